import ArgumentParser
import PikoControl
import PikoCore
import PikoProject

/// Gives each environment its own copy of a shared service again.
struct Isolate: Command {
  static let configuration = CommandConfiguration(
    commandName: "piko-isolate", abstract: "Run a service in each environment again",
    usage: "piko-isolate [OPTIONS] SERVICE")

  @Flag(name: .long, help: "Recreate containers without asking.") var yes = false
  @Flag(name: .shortAndLong, help: "Say nothing but warnings and errors.") var quiet = false
  @Argument(help: "The service, by its name in the compose files.") var service: String?

  func perform() throws {
    guard let service else { throw Misuse("no service given") }
    let project = try Project.current()
    Interrupt.trap()
    try SharingChange(
      service, isShared: false, in: project, narrator: Narrator(quiet: quiet)
    ).perform(approves: yes)
  }
}
