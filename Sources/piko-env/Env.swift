import ArgumentParser
import PikoCore
import PikoProject
import PikoStore

/// Prints an environment's variables, or runs a command with them.
struct Env: Command {
  static let configuration = CommandConfiguration(
    commandName: "piko-env",
    abstract: "Print an environment's variables or run a command with them",
    usage: """
      piko-env [--format sh|fish|make|dotenv|json | --json] [NAME]
      piko-env [NAME] -- COMMAND [ARGUMENT...]
      """)

  @Flag(name: .long, help: "Print JSON.") var json = false
  @Option(help: "How to write them: sh, fish, make, dotenv or json.") var format: VariableFormat =
    .sh
  @Argument(help: "The environment, or its branch (default: the current one).") var name: String?
  @Argument(parsing: .postTerminator, help: "A command to run with the variables.")
  var command: [String] = []

  func perform() throws {
    let project = try Project.current()
    let record = try project.environment(name)
    let variables = try project.variables(of: record)
    if let program = command.first {
      try Program(program).become(
        Array(command.dropFirst()), environment: .forUser(setting: variables))
    }
    if json || format == .json {
      try Output.json(Answer(environment: record.name.text, variables: variables.values))
    } else {
      Output.write(variables.text(as: format))
    }
  }

  private struct Answer: Encodable {
    let environment: String
    let variables: [String: String]
  }
}

extension VariableFormat: ExpressibleByArgument {}
