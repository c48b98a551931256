import ArgumentParser
import PikoControl
import PikoCore
import PikoProject
import PikoStore

/// Waits until containers are ready.
struct Wait: Command {
  static let configuration = CommandConfiguration(
    commandName: "piko-wait",
    abstract: "Wait until an environment is ready",
    usage: "piko-wait [OPTIONS] [NAME] [SERVICE]")

  @Option(help: ArgumentHelp("Seconds to wait.", valueName: "seconds"))
  var timeout: UInt16 = 120
  @Argument(help: "The environment (default: the current one), and a service of it.")
  var words: [String] = []

  func perform() throws {
    let project = try Project.current()
    let subject = try Subject(words, in: project, of: "wait")
    guard subject.rest.isEmpty else { throw Misuse("too many arguments") }
    try LiveEnvironment(subject.environment, in: project, narrator: Narrator(quiet: true))
      .waitUntilReady(subject.service, timeout: .seconds(Int64(timeout)))
  }
}
