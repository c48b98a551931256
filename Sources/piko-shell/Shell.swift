import ArgumentParser
import PikoConfig
import PikoCore
import PikoInspection
import PikoProject
import PikoStore

/// Opens the shell of a service in its running container, by becoming `docker compose exec`.
struct Shell: Command {
  static let configuration = CommandConfiguration(
    commandName: "piko-shell", abstract: "Open a shell in a container")

  @Argument(help: "The environment, or its branch (default: the current one).") var name: String?
  @Argument(help: "The service (default: the only one).") var service: String?

  func perform() throws {
    let project = try Project.current()
    let environment = try Subject(words, in: project, of: "shell", takesService: false).environment
    let call = try ComposeCall(of: environment, in: project)
    let service = try Subject(words, in: project, of: "shell").ended().requiredService(in: project)
    let command = try command(in: service, of: environment, project)
    try call.becomeExec(in: service, command, variables: project.variables(of: environment))
  }

  private var words: [String] { [name, service].compactMap(\.self) }

  /// What the project configures for the service and the user approved, else the user's own shell
  /// where the container has it, else `sh`.
  private func command(
    in service: String, of record: EnvironmentRecord, _ project: Project
  ) throws -> [String] {
    let configuration = try Configuration.load(root: project.root, worktree: record.path)
    if let command = configuration.shells[service] {
      try project.requireApproval(of: configuration, for: record)
      return ["sh", "-c", command]
    }
    guard let shell = try UserConfiguration.load().defaultShell else { return ["sh"] }
    // The words are arguments of the script, never a part of it.
    let script = #"command -v "$1" >/dev/null 2>&1 && exec "$@"; exec sh"#
    return ["sh", "-c", script, "piko-shell"] + (try CommandWords.split(shell))
  }
}
