import ArgumentParser
import PikoCore
import PikoProject
import PikoStore
import SystemPackage

/// Prints where an environment's worktree is.
struct Path: Command {
  static let configuration = CommandConfiguration(
    commandName: "piko-path", abstract: "Print an environment's worktree")

  @Flag(name: .long, help: "Print JSON.") var json = false
  @Argument(help: "The environment, or its branch (default: the current one).") var name: String?

  func perform() throws {
    let record = try Project.current().environment(name)
    if json {
      try Output.json(Answer(environment: record.name.text, path: record.path.string))
    } else {
      Output.line(record.path.string)
    }
  }

  private struct Answer: Encodable {
    let environment: String
    let path: String
  }
}
