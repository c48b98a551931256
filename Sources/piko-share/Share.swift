import ArgumentParser
import PikoControl
import PikoCore
import PikoProject

/// Runs a service once for all environments of the project.
struct Share: Command {
  static let configuration = CommandConfiguration(
    commandName: "piko-share", abstract: "Run a service once for all environments",
    usage: "piko-share [OPTIONS] SERVICE")

  @Flag(name: .long, help: "Recreate containers without asking.") var yes = false
  @Flag(name: .shortAndLong, help: "Say nothing but warnings and errors.") var quiet = false
  @Argument(help: "The service, by its name in the compose files.") var service: String?

  func perform() throws {
    guard let service else { throw Misuse("no service given") }
    let project = try Project.current()
    Interrupt.trap()
    try SharingChange(
      service, isShared: true, in: project, narrator: Narrator(quiet: quiet)
    ).perform(approves: yes)
  }
}
