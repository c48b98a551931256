import PikoCompose
package import PikoCore
package import PikoProject
package import PikoStore
import SystemPackage

/// `docker compose` on the containers of one environment: what verbs become that reach into them.
package struct ComposeCall {
  private let record: EnvironmentRecord
  private let project: Project
  private let services: [String]
  private let files: String

  /// - Throws: where the environment has no containers to call for, with what to type instead.
  package init(of record: EnvironmentRecord, in project: Project) throws(Failure) {
    let name = record.name.text
    guard let variables = try project.composeVariables(of: record) else {
      throw Failure(
        "environment \(name.quoted) is not complete", hint: "to finish it, run 'piko up \(name)'")
    }
    guard let files = variables["COMPOSE_FILE"] else {
      throw Failure(
        "environment \(name.quoted) has no containers",
        hint: "to run a command in its worktree, run 'piko run \(name) -- COMMAND'")
    }
    guard FileCopy.isDirectory(record.path) else {
      throw Failure(
        "the worktree of environment \(name.quoted) is gone: "
          + "there is no \(Paths.display(record.path).quoted)",
        hint: "to remove what is left of it, run 'piko destroy \(name)'")
    }
    self.record = record
    self.project = project
    self.files = files
    services = try project.services(of: record)
  }

  /// Makes sure that a container of the service runs; one engine query.
  ///
  /// - Throws: where none does, with those that do and what to type.
  package func requireRunning(_ service: String) throws(Failure) {
    let containers = try containers()
    let running = containers.filter { $0.state == .running }.compactMap(\.service)
    guard !running.contains(service) else { return }
    let name = record.name.text
    let others = Set(running).sorted().joined(separator: ", ")
    let own = containers.filter { $0.service == service }
    let hint =
      own.contains { $0.state == .exited && $0.exitCode == 0 } && !running.isEmpty
      ? "it has ended with status 0; to start it again, run 'piko restart \(name) \(service)'"
      : try project.hint(toStart: service, in: record)
    let isPaused = own.contains { $0.state == .paused }
    throw Failure(
      "service \(service.quoted) of environment \(name.quoted) is "
        + (isPaused ? "paused" : "not running"),
      hints: [
        others.isEmpty ? "none of its services runs" : "its running services are \(others)", hint,
      ])
  }

  /// Makes sure that there is a container of the service, or with nil of any, running or not; one
  /// engine query.
  ///
  /// - Throws: where there is none, with those that are and what to type.
  package func requireContainer(of service: String?) throws(Failure) {
    let made = Set(try containers().compactMap(\.service))
    guard !(service.map { made.contains($0) } ?? !made.isEmpty) else { return }
    let name = record.name.text
    guard let service, !made.isEmpty else {
      throw Failure(
        "environment \(name.quoted) has no containers yet",
        hint: "to make them, run 'piko up \(name)'")
    }
    throw Failure(
      "service \(service.quoted) of environment \(name.quoted) has no container",
      hints: [
        "those with one are \(made.sorted().joined(separator: ", "))",
        try project.hint(toStart: service, in: record),
      ])
  }

  /// Replaces this process by `docker compose` with these arguments, in the worktree.
  ///
  /// - Parameter variables: the environment's; `COMPOSE_…` ones are among them.
  package func become(_ arguments: [String], variables: Variables) throws(Failure) -> Never {
    try requireOverride()
    try Program("docker").become(
      ["compose"] + arguments, in: record.path, environment: .forUser(setting: variables))
  }

  /// Runs `docker compose` with these arguments in the worktree and writes its lines to standard
  /// output without what would clear a terminal's line: Compose 2.26 puts that into pipes too.
  ///
  /// - Returns: its exit status.
  /// - Throws: where they cannot be written; Compose is ended then.
  package func stream(_ arguments: [String], variables: Variables) throws(Failure) -> Int32 {
    try requireOverride()
    let clear = Array("\u{1B}[2K".utf8)
    return try Program("docker").stream(
      ["compose"] + arguments, in: record.path, environment: .forUser(setting: variables)
    ) { (line) throws(Failure) in
      var line = line
      while line.starts(with: clear) { line = line.dropFirst(clear.count) }
      Output.write(Array(line))
      try Output.requireWritten()
    }
  }

  private func requireOverride() throws(Failure) {
    let override = record.path.appending(Override.fileName)
    guard files.contains(override.string), !FileCopy.exists(override) else { return }
    throw Failure(
      "\(Paths.display(override).quoted) is gone",
      hint: "to write it again, run 'piko up \(record.name)'")
  }

  private func containers() throws(Failure) -> [EngineContainer] {
    try Engine().containers(labels: ["\(Label.composeProject)=\(record.composeProject)"])
      .filter { !$0.isOneOff }
  }
}
