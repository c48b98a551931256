import ArgumentParser
import PikoControl
import PikoCore
import PikoInspection
import PikoLifecycle
import PikoProject
import PikoSession
import PikoStore
import SystemPackage

/// Makes an environment.
struct Create: Command {
  static let configuration = CommandConfiguration(
    commandName: "piko-create",
    abstract: "Make an environment: worktree, containers, ports",
    usage: "piko-create [OPTIONS] NAME")

  @Option(help: "The branch, where it is not NAME.") var branch: String?
  @Option(help: "Where a new branch begins (default: HEAD).") var from: String?
  @Flag(name: .long, help: "Make everything, start nothing.") var noStart = false
  @Flag(name: .long, help: "Do not attach to the session.") var noAttach = false
  @Flag(name: .long, help: "Succeed where it exists, and bring it up.") var reuse = false
  @Flag(name: .long, help: "Empty the volumes an earlier one kept.") var freshVolumes = false
  @Option(help: ArgumentHelp("Use the shared one.", valueName: "service"))
  var shared: [String] = []
  @Option(help: ArgumentHelp("Have an own one of what is shared.", valueName: "service"))
  var isolate: [String] = []
  @Flag(name: .long, help: "Refuse what cannot be isolated.") var strict = false
  @Flag(name: .long, help: "Say every rewrite of the model, and why.") var explain = false
  @Flag(name: .long, help: "Show what would be done, and do nothing.") var dryRun = false
  @Flag(name: .long, help: "Approve the project's scripts.") var yes = false
  @Option(
    help: ArgumentHelp(
      "Approve the project's scripts where they are those of a digest.", valueName: "digest"))
  var approve: String?
  @Flag(name: .long, help: "Print the environment as JSON.") var json = false
  @Flag(name: .shortAndLong, help: "Say nothing but warnings and errors.") var quiet = false
  @Argument(help: "The environment's name, or the branch it is for.") var name: String?

  func perform() throws {
    guard let name else { throw Misuse("no name or branch given") }
    guard !yes || approve == nil else { throw Misuse("'--yes' and '--approve' exclude each other") }
    guard !explain || !dryRun else {
      throw Misuse(
        "'--explain' and '--dry-run' exclude each other: what is explained is read from the "
          + "worktree, which '--no-start' makes")
    }
    var request = CreateRequest(typed: name)
    request.branch = branch
    request.from = from
    request.starts = !noStart
    request.reuses = reuse
    request.freshVolumes = freshVolumes
    request.isStrict = strict
    if let both = shared.first(where: isolate.contains) {
      throw Misuse("'--shared' and '--isolate' both name \(both.quoted)")
    }
    request.sharing = Dictionary(
      shared.map { ($0, true) } + isolate.map { ($0, false) }, uniquingKeysWith: { $1 })
    request.explains = explain
    request.consent = Consent(yes: yes, digest: approve)
    let creation = try Creation(request, narrator: Narrator(quiet: quiet))
    if dryRun {
      let plan = try creation.plan()
      let carriage = try plan.carriage()
      if json { return try Output.json(PlanAnswer(plan, carriage)) }
      for line in plan.lines(carriage) { Output.line(line.masked) }
      return
    }
    Interrupt.trap()
    let (project, record) = try creation.perform()
    if !json, !noAttach, Terminal.errorIsTerminal, SessionEntry.isPossible, Tmux().exists,
      try EnvironmentSession(of: record, in: project).id() != nil
    {
      try SessionEntry.enter(record, in: project, verb: "attach")
    }
    if json {
      try Output.json(Inspection(of: [project]).finding(of: record, in: project).answer)
    } else {
      Output.line(record.path.string)
    }
  }
}
