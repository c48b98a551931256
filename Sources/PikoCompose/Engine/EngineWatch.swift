package import PikoCore
import Synchronization

/// Listens for changes of containers, so that nothing has to be asked again and again.
package final class EngineWatch: Sendable {
  /// What changes a container's state, as the engine names it. The starts and ends of commands inside
  /// containers, which every health check is, are not among them.
  private static let changes = [
    "create", "start", "restart", "die", "kill", "oom", "stop", "pause", "unpause", "destroy",
    "rename", "update", "health_status",
  ]

  private let engine: Engine
  private let labels: [String]
  private let isOver = Atomic<Bool>(false)
  private let program = Mutex<RunningProgram?>(nil)

  /// A watch over the containers that carry all the labels (`name` or `name=value`).
  package init(of engine: Engine = Engine(), labels: [String]) {
    self.engine = engine
    self.labels = labels
  }

  /// Listens until ``stop()`` or until the engine goes away, on a thread that may wait.
  ///
  /// - Parameter changed: called when the engine has begun to tell, and at each change.
  /// - Throws: where the engine cannot be reached.
  package func run(_ changed: () -> Void) throws(Failure) {
    switch engine.endpoint {
    case .socket:
      var hasBegun = false
      try engine.stream(path, until: { isOver.load(ordering: .relaxed) }) {
        // A piece may tell of several changes; what they were is asked for anyway.
        hasBegun = true
        changed()
      }
      if !hasBegun { throw Failure("the container engine tells nothing of its changes") }
    case .commandLine:
      let filters = labels.map { "label=\($0)" } + Self.changes.map { "event=\($0)" }
      let started = try RunningProgram(
        Program("docker"),
        ["events", "--filter", "type=container", "--format", "{{.Action}}"]
          + filters.flatMap { ["--filter", $0] }, environment: .pinned())
      program.withLock { $0 = started }
      if isOver.load(ordering: .relaxed) { started.terminate() }
      changed()
      _ = started.follow { _, _ in changed() }
    }
  }

  /// Ends ``run(_:)``, within a fraction of a second.
  package func stop() {
    isOver.store(true, ordering: .relaxed)
    program.withLock { $0?.terminate() }
  }

  private var path: String {
    let list = { (words: [String]) in words.map(Override.quoted).joined(separator: ",") }
    return "/events?filters="
      + Engine.encoded(
        "{\"type\":[\"container\"],\"event\":[\(list(Self.changes))],\"label\":[\(list(labels))]}")
  }
}
