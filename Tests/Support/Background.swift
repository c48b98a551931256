import PikoCore

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Threads for what waits as long as a test lasts.
package enum Background {
  package static func start(_ work: @escaping @Sendable () -> Void) {
    var thread = pthread_t()
    let box = Unmanaged.passRetained(Box(work))
    let created = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().work()
        return nil
      }, box.toOpaque())
    precondition(created == 0, "no thread for a test")
    pthread_detach(thread)
  }

  /// Reads what a program writes and waits for its end.
  static func follow(_ program: RunningProgram) { start { _ = program.follow { _, _ in } } }

  private final class Box {
    let work: @Sendable () -> Void

    init(_ work: @escaping @Sendable () -> Void) { self.work = work }
  }
}
