import PikoCore
import PikoSession

/// An environment's tmux session as it was found.
package struct SessionFinding {
  /// Whether there is one, and whether anybody looks at it.
  package enum State: String {
    case none
    case detached
    case attached
    /// tmux does not answer.
    case unknown
  }

  package let state: State
  /// Its name: where there is one the one that it has now.
  package let name: String

  /// That of something that never has one.
  init() {
    state = .none
    name = ""
  }

  init(_ session: EnvironmentSession) throws(Failure) {
    do {
      let found = try session.presence()
      state = found.map { $0.isAttached ? .attached : .detached } ?? .none
      name = found?.name ?? session.name
    } catch {
      try Interrupt.check()
      state = .unknown
      name = session.name
    }
  }
}
