import ArgumentParser
import PikoConfig
import PikoControl
import PikoCore
import PikoProject
import PikoStore

/// Becomes the project's run script, or any command, inside an environment.
struct Run: Command {
  static let configuration = CommandConfiguration(
    commandName: "piko-run",
    abstract: "Run the project's script, or any command, in an environment",
    usage: """
      piko-run [OPTIONS] [NAME] [--script run|setup|prepare|destroy]
      piko-run [OPTIONS] [NAME] -- COMMAND [ARGUMENT...]
      """)

  @Option(help: "The script: run, setup, prepare or destroy.") var script: Script = .run
  @Flag(name: .long, help: "Approve the project's scripts.") var yes = false
  @Flag(name: .shortAndLong, help: "Say nothing but warnings and errors.") var quiet = false
  @Argument(help: "The environment, or its branch (default: the current one).") var name: String?
  @Argument(parsing: .postTerminator, help: "A command to run instead.")
  var command: [String] = []

  func perform() throws {
    let project = try Project.current()
    let record = try project.environment(name)
    try record.requireMade()
    let environment = try LiveEnvironment(
      record, in: project, narrator: Narrator(quiet: quiet))
    if command.isEmpty { try environment.requireScript(script) }
    try environment.approveScripts(Consent(yes: yes, digest: nil))
    if command.isEmpty, script == .prepare { try environment.become(.prepare) }
    if try !environment.isUp() { try start(environment) }
    guard command.isEmpty else { try environment.become(command) }
    guard script == .setup else { try environment.become(script) }
    Interrupt.trap()
    try change(environment) { try $0.setUpAgain(in: $1) }
  }

  /// What does not run is brought up, without a setup that a rerun of it or a command may be there to
  /// mend.
  private func start(_ environment: LiveEnvironment) throws {
    var request = UpRequest()
    request.runsSetup = command.isEmpty && script != .setup
    Interrupt.trap()
    try change(environment) { try $0.bringUp(request, in: $1) }
    try Interrupt.check()
  }

  private func change(
    _ environment: LiveEnvironment, _ work: (LiveEnvironment, Operation) throws -> Void
  ) throws {
    try LiveEnvironment.change(
      environment.record, in: environment.project, verb: "run",
      narrator: Narrator(quiet: quiet), work)
  }
}

extension Script: ExpressibleByArgument {}
