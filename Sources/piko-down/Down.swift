import ArgumentParser
import PikoControl
import PikoCore
import PikoProject
import PikoStore

/// Stops environments.
struct Down: Command {
  static let configuration = CommandConfiguration(
    commandName: "piko-down",
    abstract: "Stop containers and processes and keep everything",
    usage: "piko-down [OPTIONS] [NAME | --all]")

  @Flag(name: .long, help: "Every environment of the project.") var all = false
  @Flag(name: .shortAndLong, help: "Say nothing but warnings and errors.") var quiet = false
  @Argument(help: "The environment, or its branch (default: the current one).") var name: String?

  func perform() throws {
    guard !all || name == nil else { throw Misuse("'--all' takes no name") }
    let project = try Project.current()
    if name == EnvironmentName.sharedServices.text {
      Interrupt.trap()
      return try SharedServices.required(in: project, Narrator(quiet: quiet)).stop()
    }
    let records = all ? try project.environments() : [try project.environment(name)]
    Interrupt.trap()
    var attempts = Attempts()
    for record in records {
      try attempts.attempt(all ? record.name.text : nil) {
        try LiveEnvironment.change(
          record, in: project, verb: "down", narrator: Narrator(quiet: quiet)
        ) {
          try $0.putDown(in: $1)
        }
      }
    }
    // Whoever calls this from one of the windows sees no more than what is said by now.
    for record in records {
      try LiveEnvironment.endOwnProcesses(of: record, in: project)
    }
    try attempts.finish()
  }
}
