import ArgumentParser
import PikoControl
import PikoCore
import PikoProject
import PikoStore

/// Has the tmux client show an environment's session; attaches to it outside tmux.
struct Switch: Command {
  static let configuration = CommandConfiguration(
    commandName: "piko-switch", abstract: "Switch to another environment's session")

  @Argument(help: "The environment, or its branch (default: the current one).") var name: String?

  func perform() throws {
    let project = try Project.current()
    try SessionEntry.enter(project.environment(name), in: project, verb: "switch")
  }
}
