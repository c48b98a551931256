import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Independent blocking work on several threads at once.
package enum Parallel {
  /// Does `work` for every item, on at most `threads` threads, and gives the results in the items'
  /// order.
  package static func map<Item: Sendable, Value: Sendable>(
    _ items: [Item], threads: Int = 8, _ work: @escaping @Sendable (Item) -> Value
  ) -> [Value] {
    guard items.count > 1 else { return items.map(work) }
    let job = Job(items, work)
    var started: [pthread_t] = []
    for _ in 0..<min(threads, items.count) {
      var thread = pthread_t()
      let created = pthread_create(
        &thread, nil,
        { argument in
          guard let argument else { return nil }
          Unmanaged<Worker>.fromOpaque(argument).takeRetainedValue().run()
          return nil
        }, Unmanaged.passRetained(Worker(job.run)).toOpaque())
      guard created == 0 else { break }
      started.append(thread)
    }
    job.run()  // this thread too: the work ends even where no other could be started
    for thread in started { pthread_join(thread, nil) }
    return job.results.withLock { $0 }.sorted { $0.key < $1.key }.map(\.value)
  }
}

private final class Job<Item: Sendable, Value: Sendable>: Sendable {
  private let items: [Item]
  private let work: @Sendable (Item) -> Value
  private let next = Atomic<Int>(0)
  let results = Mutex<[Int: Value]>([:])

  init(_ items: [Item], _ work: @escaping @Sendable (Item) -> Value) {
    self.items = items
    self.work = work
  }

  @Sendable func run() {
    while true {
      let index = next.add(1, ordering: .relaxed).oldValue
      guard index < items.count else { return }
      let value = work(items[index])
      results.withLock { $0[index] = value }
    }
  }
}

/// Blocking work that begins now, on a thread of its own, and whose result is asked for later.
package final class Ahead<Value: Sendable>: Sendable {
  private let job: Once<Value>
  private let thread = Mutex<pthread_t?>(nil)

  /// Begins. Where the system gives no thread, the work is done when it is asked for.
  package init(_ work: @escaping @Sendable () throws -> Value) {
    let job = Once(work)
    self.job = job
    var created = pthread_t()
    let worker = Unmanaged.passRetained(Worker { job.run() })
    let status = pthread_create(
      &created, nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<Worker>.fromOpaque(argument).takeRetainedValue().run()
        return nil
      }, worker.toOpaque())
    if status == 0 { thread.withLock { $0 = created } } else { worker.release() }
  }

  /// What is never asked for is not waited for.
  deinit { thread.withLock { if let id = $0 { pthread_detach(id) } } }

  /// What came of it, waited for; throws what the work threw.
  package func value() throws -> Value {
    thread.withLock { id in
      if let id { pthread_join(id, nil) }
      id = nil
    }
    return try job.run().get()
  }

  /// The same, of work that throws a ``Failure`` or nothing.
  package func answer() throws(Failure) -> Value {
    do {
      return try value()
    } catch {
      throw error as? Failure ?? Failure("internal error: \(error)")
    }
  }
}

private final class Once<Value: Sendable>: Sendable {
  private let work: @Sendable () throws -> Value
  private let result = Mutex<Result<Value, any Error>?>(nil)

  init(_ work: @escaping @Sendable () throws -> Value) { self.work = work }

  @discardableResult
  func run() -> Result<Value, any Error> {
    result.withLock { known in
      let value = known ?? Result { try work() }
      known = value
      return value
    }
  }
}

private final class Worker: Sendable {
  let run: @Sendable () -> Void

  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}
