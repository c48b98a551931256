import ArgumentParser
import PikoCore
import PikoInspection
import PikoProject

/// Shows what containers of an environment wrote, running or not, by `docker compose logs`.
struct Logs: Command {
  static let configuration = CommandConfiguration(
    commandName: "piko-logs", abstract: "Show what containers wrote",
    usage: "piko-logs [-f] [-t] [--tail LINES] [--since TIME] [NAME] [SERVICE]")

  @Flag(name: .shortAndLong, help: "Go on with what they write from now on.") var follow = false
  @Option(
    help: ArgumentHelp("Begin with the last lines of each container.", valueName: "lines"))
  var tail: String?
  @Option(help: ArgumentHelp("Begin at a time, or so long ago: 10m, 2h.", valueName: "time"))
  var since: String?
  @Flag(name: .shortAndLong, help: "Begin each line with its time.") var timestamps = false
  @Argument(help: "The environment, or its branch (default: the current one).") var name: String?
  @Argument(help: "The service (default: all).") var service: String?

  func perform() throws {
    if let tail, tail != "all", Int(tail).map({ $0 < 0 }) ?? true {
      throw Misuse("'--tail' takes a number or 'all', not \(tail.quoted)")
    }
    if let since, !LogTime.isValid(since) {
      throw Misuse(
        "'--since' takes how long ago ('10m', '2h') or a time ('2026-11-21T14:30:00Z'), not "
          + since.quoted)
    }
    let words = [name, service].compactMap(\.self)
    let project = try Project.current()
    let environment = try Subject(words, in: project, of: "logs", takesService: false).environment
    let call = try ComposeCall(of: environment, in: project)
    let service = try Subject(words, in: project, of: "logs").ended().service
    try call.requireContainer(of: service)
    let arguments = ["logs"] + options + [service].compactMap(\.self)
    let variables = try project.ownVariables(of: environment)
    if Terminal.outputIsTerminal { try call.become(arguments, variables: variables) }
    Interrupt.trap(outlivesReader: false)
    do {
      throw Finished(ExitStatus(code: try call.stream(arguments, variables: variables)))
    } catch let failure as Failure {
      // An interrupt is how following ends.
      if let signal = Interrupt.received { throw Finished(.signal(signal)) }
      throw failure
    }
  }

  private var options: [String] {
    let colour = Terminal.allowsColour(onTerminal: Terminal.outputIsTerminal)
    return (colour ? [] : ["--no-color"]) + (follow ? ["--follow"] : [])
      + (timestamps ? ["--timestamps"] : [])
      + (tail.map { ["--tail=\($0)"] } ?? []) + (since.map { ["--since=\($0)"] } ?? [])
  }
}
