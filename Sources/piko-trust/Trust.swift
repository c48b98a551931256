import ArgumentParser
import PikoConfig
import PikoControl
import PikoCore
import PikoProject
import PikoStore
import SystemPackage

/// Approves what the project supplies to be run: shows it, and asks where somebody can answer.
/// Typed anywhere else, it is the approval itself.
struct Trust: Command {
  static let configuration = CommandConfiguration(
    commandName: "piko-trust",
    abstract: "Approve the project's scripts",
    usage: "piko-trust [--yes] [NAME]\npiko-trust --list [--json | -q]\npiko-trust --revoke")

  @Flag(name: .long, help: "List what is approved, and what is not.") var list = false
  @Flag(name: .long, help: "Take every approval of the project back.") var revoke = false
  @Flag(name: .long, help: "Do not ask.") var yes = false
  @Flag(name: .long, help: "With --list, print JSON.") var json = false
  @Flag(name: .shortAndLong, help: "Say nothing; with --list, digests only.") var quiet = false
  @Argument(help: "An environment, its branch, or a revision (default: the current one).")
  var name: String?

  func perform() throws {
    guard !list || !revoke else { throw Misuse("'--list' and '--revoke' exclude each other") }
    guard name == nil || !(list || revoke) else {
      throw Misuse("'\(list ? "--list" : "--revoke")' takes no name")
    }
    guard list || !json else { throw Misuse("'--json' needs '--list'") }
    let project = try Project.current()
    if list { return try show(Trusted(in: project)) }
    if revoke { return try revokeAll(in: project) }
    try approve(in: project)
  }

  // MARK: - Approving

  private func approve(in project: Project) throws {
    let narrator = Narrator(quiet: quiet)
    let (configuration, place) = try meant(in: project)
    let approving = Approving(configuration, root: project.root, named: name)
    guard approving.isNeeded else {
      return narrator.say("nothing of \(place) needs approval")
    }
    if !quiet || Terminal.canPrompt && !yes { approving.show() }
    guard try !approving.isSettled(in: project) else {
      return narrator.say("\(place) is approved already")
    }
    if Terminal.canPrompt, !yes { try approving.confirm() }
    let register = try Register.creating(in: Paths.stateDirectory())
    let registered = try register.projects.register(
      root: project.root, gitDirectory: project.location.commonDirectory,
      name: Project.wantedName(configuration, at: project.location))
    try approving.record(for: registered, in: register)
    narrator.finished("Approved \(place)")
  }

  /// What would be run in the place that is meant: an environment's worktree, the main checkout, or
  /// what a revision would check out.
  private func meant(in project: Project) throws -> (ProjectConfiguration, place: String) {
    let root = project.root
    let environment: EnvironmentRecord
    do {
      environment = try project.environment(name)
    } catch {
      guard let name else {
        // In no environment it is the main checkout.
        return (try Configuration.load(root: root), Paths.display(root).quoted)
      }
      let git = Git(in: project.location.worktree ?? project.location.commonDirectory)
      guard let files = try CommitFiles(git: git, revision: name) else { throw error }
      let own = try files.configuration(
        as: FilePath("\(name):\(ProjectConfiguration.fileName)"))
      return (
        Configuration.effective(root: try Configuration.file(in: root), worktree: own),
        "revision \(name.quoted)"
      )
    }
    return (
      try Configuration.load(root: root, worktree: environment.path),
      "environment \(environment.name.text.quoted)"
    )
  }

  // MARK: - Listing and taking back

  private func show(_ trusted: Trusted) throws {
    if json { return try Output.json(trusted.answer) }
    if quiet {
      for approval in trusted.answer.approvals where approval.approvedAt != nil {
        Output.line(approval.digest)
      }
    } else {
      Output.table(header: trusted.header, rows: trusted.rows)
    }
  }

  private func revokeAll(in project: Project) throws {
    let registered = try project.register?.projects.project(atRoot: project.root)
    let count = try registered.flatMap { try project.register?.approvals.revoke(of: $0) } ?? 0
    Narrator(quiet: quiet).finished("Took back \(count.counted("approval"))")
  }
}
