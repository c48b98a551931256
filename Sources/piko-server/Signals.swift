import Dispatch
import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Counts what asks this process to end: SIGINT, SIGTERM, SIGHUP.
final class Signals: Sendable {
  private let counter = Counter()
  private let news: AsyncStream<Void>
  /// Kept alive, and touched by nobody after the beginning.
  private nonisolated(unsafe) let sources: [any DispatchSourceSignal]

  init() {
    let counter = counter
    let (news, teller) = AsyncStream.makeStream(of: Void.self)
    self.news = news
    sources = [SIGINT, SIGTERM, SIGHUP].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        counter.value.add(1, ordering: .relaxed)
        teller.yield()
      }
      source.resume()
      return source
    }
  }

  var count: Int { counter.value.load(ordering: .relaxed) }

  /// Waits until one has come, or the task is cancelled.
  func first() async { for await _ in news { return } }

  private final class Counter: Sendable {
    let value = Atomic<Int>(0)
  }
}
