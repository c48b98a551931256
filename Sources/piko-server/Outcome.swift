import Synchronization

/// How the server ended, told by the task that ran it to the thread that waits for it.
final class Outcome: Sendable {
  private let stored = Mutex<(any Error)?>(nil)

  var error: (any Error)? { stored.withLock { $0 } }

  func set(_ error: any Error) { stored.withLock { $0 = error } }
}
