import ArgumentParser
import PikoControl
import PikoCore
import PikoProject
import PikoStore

/// Lets the user choose an environment and shows its session.
struct Pick: Command {
  static let configuration = CommandConfiguration(
    commandName: "piko-pick", abstract: "Pick an environment from a list and go to its session",
    usage: "piko-pick [--print]")

  @Flag(name: .long, help: "Print the name instead.") var print = false
  @Option(help: "Print what is shown beside a name.") var preview: String?

  func perform() throws {
    let project = try Project.current()
    if let preview { return try show(Preview(of: project.environment(preview), in: project)) }
    let records = try project.environments()
    guard !records.isEmpty else {
      throw Failure(
        "no environment in \(Paths.display(project.root).quoted)",
        hint: "to make one, run 'piko create NAME'")
    }
    guard Terminal.canPrompt else {
      throw Failure(
        "cannot ask which environment: not on a terminal",
        hint: "to list them, run 'piko list -q'")
    }
    if !print { try SessionEntry.requireTmux() }
    let table = Table(
      header: ["NAME", "BRANCH"], rows: records.map { [$0.name.text, $0.branch.text] })
    let finder = Finder()
    let name = try finder.isUsable ? finder.choose(from: table) : Menu(table).choose()
    if print { return Output.line(name) }
    try SessionEntry.enter(project.environment(name), in: project, verb: "attach")
  }

  private func show(_ preview: Preview) { Output.write(preview.text) }
}
