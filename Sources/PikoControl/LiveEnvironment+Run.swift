import PikoCompose
package import PikoConfig
import PikoCore
import PikoProject
import PikoStore
import SystemPackage

extension LiveEnvironment {
  /// Whether everything that was started is ready. True without containers.
  ///
  /// Costs one question to the engine.
  package func isUp() throws -> Bool {
    guard try mayHaveContainers else { return true }
    if try !project.sharedInsteadOfOwn(of: record).isEmpty {
      let shared = try SharedServices(of: project, narrator: narrator)
      return try !record.isPutDown && shared?.live.isUp() == true
    }
    guard try !record.isPutDown && missingServices().isEmpty else { return false }
    let containers = try containers()
    let readiness = try readiness(startedAt: lastStart())
    return try containers.contains(where: \.isAlive)
      && containers.allSatisfy {
        try Readiness.verdict(on: $0) == .ready || readiness.isResting($0)
      }
  }

  /// Makes sure that there is a script of this kind.
  ///
  /// - Throws: where there is none, with the lines that define one.
  package func requireScript(_ script: Script) throws {
    _ = try text(of: script, in: configuration())
  }

  /// The text of a script that is approved, by one reading of the file.
  private func approvedText(of script: Script) throws -> String {
    let configuration = try configuration()
    let text = try text(of: script, in: configuration)
    try project.requireApproval(of: configuration, for: record)
    return text
  }

  private func text(of script: Script, in configuration: ProjectConfiguration) throws -> String {
    if let text = configuration.scripts[script] { return text }
    let own = record.path.appending(ProjectConfiguration.fileName)
    let file =
      FileCopy.exists(own) ? own : project.root.appending(ProjectConfiguration.fileName)
    throw Failure(
      "no \(script.rawValue) script is defined",
      hint: "to define it, add these lines to \(Paths.display(file).quoted)",
      detail: "scripts:\n  \(script.rawValue): COMMAND")
  }

  /// Replaces this process by a script in the worktree, with all variables.
  package func become(_ script: Script) throws -> Never {
    let text = try approvedText(of: script)
    try becomeProgram("/bin/sh", Scripts.arguments(script, text))
  }

  /// Replaces this process by a command in the worktree, with all variables.
  package func become(_ command: [String]) throws -> Never {
    try becomeProgram(command[0], Array(command.dropFirst()))
  }

  private func becomeProgram(_ program: String, _ arguments: [String]) throws -> Never {
    try requireWorktree()
    try Program(program).become(
      arguments, in: record.path, environment: .forUser(setting: project.variables(of: record)))
  }

  /// Runs the setup script again, on this process's own streams, and remembers that it ended well.
  ///
  /// - Throws: ``Finished`` with its status where that is not 0.
  package func setUpAgain(in operation: Operation) throws {
    let text = try approvedText(of: .setup)
    try requireWorktree()
    try operation.step(.setup) {
      let status = try Scripts(worktree: record.path, variables: project.variables(of: record))
        .status(of: .setup, text)
      guard status == 0 else { throw Finished(ExitStatus(code: status)) }
      try requireLeft(by: .setup, hint: "to make it anew, first run 'piko destroy \(record.name)'")
      try state.setSetup(.done, of: record.name)
    }
  }
}
