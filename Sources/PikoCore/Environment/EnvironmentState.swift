/// What an environment is doing, as listings show it (SPEC part 12).
package enum EnvironmentState: Sendable, Equatable {
  /// Its creation goes on, or was cut off before its containers were started.
  case creating
  /// Its removal goes on, or was cut off.
  case destroying
  /// All that should run does: `running` of `total` containers.
  case running(Int, of: Int)
  /// Some of it runs, some failed or is not healthy.
  case degraded(Int, of: Int)
  /// It is up and has no containers that could run.
  case ready
  /// Nothing of it runs.
  case stopped
  /// Its worktree is gone.
  case broken
  /// It has containers, and no engine told of them.
  case unknown

  /// The same for an environment whose parts are processes on the host.
  package func counting(_ running: Int, of total: Int) -> EnvironmentState {
    switch self {
    case .creating, .destroying, .broken, .unknown: self
    case .running, .degraded, .stopped, .ready:
      running == 0
        ? .stopped
        : running == total ? .running(total, of: total) : .degraded(running, of: total)
    }
  }

  /// The word in JSON, and the first word for people; nil where it is not known.
  package var word: String? {
    switch self {
    case .creating: "creating"
    case .destroying: "destroying"
    case .running: "running"
    case .degraded: "degraded"
    case .ready: "ready"
    case .stopped: "stopped"
    case .broken: "broken"
    case .unknown: nil
    }
  }

  /// As a table shows it: `running 2/2`; `…` where it is not known.
  package var display: String {
    let word = word ?? "…"
    return switch self {
    case .running(let count, let total), .degraded(let count, let total):
      "\(word) \(count)/\(total)"
    default: word
    }
  }
}
