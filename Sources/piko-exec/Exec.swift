import ArgumentParser
import PikoCore
import PikoInspection
import PikoProject

/// Runs a command in a running container of an environment, by becoming `docker compose exec`.
struct Exec: Command {
  static let configuration = CommandConfiguration(
    commandName: "piko-exec", abstract: "Run a command in a container",
    usage: "piko-exec [NAME] [SERVICE] [--] COMMAND [ARGUMENT...]")

  // All words are taken as they are: options behind the first one are the command's.
  @Argument(
    parsing: .captureForPassthrough,
    help: "The environment, the service, and the command with its arguments.")
  var words: [String] = []

  func perform() throws {
    try refuseOptions()
    let project = try Project.current()
    let subject = try Subject(ofCommand: words, in: project, of: "exec")
    let call = try ComposeCall(of: subject.environment, in: project)
    let service = try subject.requiredService(in: project)
    guard !subject.rest.isEmpty else { throw Misuse("no command was given") }
    try call.becomeExec(
      in: service, subject.rest, variables: project.variables(of: subject.environment))
  }

  /// An option before all words is this program's own, and it has no other than help.
  private func refuseOptions() throws {
    guard let first = words.first, first.hasPrefix("-"), first != "--" else { return }
    if first == "-h" || first == "--help" { throw CleanExit.helpRequest(self) }
    if first == "--experimental-dump-help" {
      Output.line(Self._dumpHelp())
      throw Finished(.success)
    }
    throw Misuse("unknown option \(first.quoted)")
  }
}
