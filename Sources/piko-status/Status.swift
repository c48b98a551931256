import ArgumentParser
import PikoCore
import PikoInspection
import PikoProject

/// Shows what an environment is doing: services, worktree, scripts, last steps.
struct Status: Command {
  static let configuration = CommandConfiguration(
    commandName: "piko-status", abstract: "Show what an environment is doing")

  @Flag(name: .long, help: "Measure processor and memory too.") var stats = false
  @Flag(name: .long, help: "Print JSON.") var json = false
  @Argument(help: "The environment, or its branch (default: the current one).") var name: String?

  func perform() throws {
    let project = try Project.current()
    let record = try project.environment(name, orShared: true)
    let report = try Narrator(quiet: !stats).step("Measuring", done: { _ in nil }) {
      try Report(on: record, in: project, measures: stats)
    }
    if json {
      try Output.json(StatusAnswer(report))
    } else {
      Output.write(report.text)
    }
  }
}
