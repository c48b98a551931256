import ArgumentParser
import PikoControl
import PikoCore
import PikoProject
import PikoStore

/// Shows an environment's tmux session.
struct Attach: Command {
  static let configuration = CommandConfiguration(
    commandName: "piko-attach", abstract: "Attach to an environment's session")

  @Argument(help: "The environment, or its branch (default: the current one).") var name: String?

  func perform() throws {
    let project = try Project.current()
    try SessionEntry.enter(project.environment(name), in: project, verb: "attach")
  }
}
