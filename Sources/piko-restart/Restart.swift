import ArgumentParser
import PikoControl
import PikoCore
import PikoProject
import PikoStore

/// Restarts containers.
struct Restart: Command {
  static let configuration = CommandConfiguration(
    commandName: "piko-restart",
    abstract: "Restart containers, and wait until they are ready",
    usage: "piko-restart [OPTIONS] [NAME] [SERVICE]")

  @Option(help: ArgumentHelp("Seconds to wait for them.", valueName: "seconds"))
  var timeout: UInt16 = 120
  @Flag(name: .shortAndLong, help: "Say nothing but warnings and errors.") var quiet = false
  @Argument(help: "The environment (default: the current one), and a service of it.")
  var words: [String] = []

  func perform() throws {
    let project = try Project.current()
    let subject = try Subject(words, in: project, of: "restart")
    guard subject.rest.isEmpty else { throw Misuse("too many arguments") }
    Interrupt.trap()
    try LiveEnvironment.change(
      subject.environment, in: project, verb: "restart", narrator: Narrator(quiet: quiet)
    ) {
      try $0.restart(subject.service, timeout: .seconds(Int64(timeout)), in: $1)
    }
  }
}
