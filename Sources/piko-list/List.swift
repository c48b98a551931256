import ArgumentParser
import PikoConfig
import PikoCore
import PikoInspection
import PikoProject
import PikoStore

/// Lists environments with their state.
struct List: Command {
  static let configuration = CommandConfiguration(
    commandName: "piko-list", abstract: "List environments",
    usage: """
      piko-list [--all] [--no-git] [-q | --json]
      piko-list --services NAME | --scripts NAME
      """)

  @Flag(name: .long, help: "Those of all projects.") var all = false
  @Flag(name: .long, help: "Print JSON.") var json = false
  @Flag(name: .long, help: "Leave out what git has to be asked for.") var noGit = false
  @Flag(name: .shortAndLong, help: "Print the names only.") var quiet = false
  @Option(help: ArgumentHelp("Print its services instead.", valueName: "name"))
  var services: String?
  @Option(help: ArgumentHelp("Print the scripts it defines instead.", valueName: "name"))
  var scripts: String?

  func perform() throws {
    if let services { return try listServices(of: services) }
    if let scripts { return try listScripts(of: scripts) }
    let projects = all ? try Project.all() : [try Project.current()]
    for project in projects { try warnOfLost(in: project) }
    if quiet && !json {
      for project in projects {
        for record in try project.environments() { Output.line(record.name.text) }
      }
      return
    }
    let found = try Inspection(of: projects, git: !noGit).overview()
    if json {
      try Output.json(
        Answer(
          environments: found.environments.map(\.answer),
          sharedServices: found.shared.isEmpty ? nil : found.shared.map(\.answer)))
    } else {
      let table = Listing(found.environments, found.shared, withProject: all, git: !noGit)
      Output.table(header: table.header, rows: table.rows)
    }
  }

  /// Says which environments a listing leaves out because the databases were lost.
  private func warnOfLost(in project: Project) throws {
    do throws(Failure) {
      try project.requireNothingLost()
    } catch {
      Output.warn(([error.message] + error.hints).joined(separator: "; "))
    }
  }

  /// What completion asks for: one line a service, an empty name standing for the current environment;
  /// with `--all` those of every environment, shared or not.
  private func listServices(of name: String) throws {
    let project = try Project.current()
    let records =
      all
      ? try project.environments()
      : [try project.environment(name.isEmpty ? nil : name, orShared: true)]
    var services: Set<String> = []
    for record in records {
      services.formUnion(try project.services(of: record))
      if all { services.formUnion(try project.sharedUses(of: record)) }
    }
    for service in services.sorted() { Output.line(service) }
  }

  /// The same for scripts.
  private func listScripts(of name: String) throws {
    let project = try Project.current()
    let record = try project.environment(name.isEmpty ? nil : name)
    let defined = try Configuration.load(root: project.root, worktree: record.path).scripts
    for script in Script.allCases where defined[script] != nil { Output.line(script.rawValue) }
  }

  private struct Answer: Encodable {
    let environments: [EnvironmentAnswer]
    /// Absent where nothing is shared.
    let sharedServices: [SharedFinding.Answer]?
  }
}
