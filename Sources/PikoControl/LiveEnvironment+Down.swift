import PikoCompose
import PikoCore
package import PikoProject
import PikoSession
package import PikoStore

extension LiveEnvironment {
  /// Ends the processes in the session's windows and stops the containers, those of every profile,
  /// and removes nothing: leases, data, containers and the session stay. The compose files may be
  /// gone.
  ///
  /// - Throws: where the engine does not answer.
  package func putDown(in operation: Operation) throws {
    let ended = try endProcesses(in: operation)
    let hasContainers = try mayHaveContainers
    let now = try project.reread(record)
    let leaves = try project.isUpByShared(now) ? project.sharedInsteadOfOwn(of: now) : []
    if hasContainers { try operation.step(.stop) { try stop(leaving: leaves) } }
    try state.setPutDown(true, of: record.name)
    if !hasContainers, ended.isEmpty {
      narrator.finished("Put \(record.name) down: it has no containers")
    }
    try SharedServices(of: project, narrator: narrator)?.stopUnused()
  }

  /// Ends what runs in the window of the session that this process was called from, which
  /// ``putDown(in:)`` has left going: nothing after it is seen.
  package static func endOwnProcesses(
    of record: EnvironmentRecord, in project: Project
  ) throws {
    try Interrupt.shielded { try EnvironmentSession(of: record, in: project).endOwnProcesses() }
  }

  /// - Returns: the windows in which something was ended.
  private func endProcesses(in operation: Operation) throws -> [String] {
    guard Tmux().exists, try session.hasAny() else { return [] }
    let (ended, kept) = try operation.step(.stop) { try session.endProcesses() }
    for work in kept { Output.warn("left \(work.text) of \(record.name) running") }
    guard !ended.isEmpty else { return [] }
    let count = ended.count == 1 ? "1 process" : "\(ended.count) processes"
    narrator.finished("Ended \(count) (\(ended.joined(separator: ", ")))")
    return ended
  }

  /// - Parameter shared: the shared services that it was up by alone.
  private func stop(leaving shared: Set<String>) throws {
    let objects = EngineObjects(environment, on: Engine())
    let containers = try objects.containers()
    if containers.isEmpty {
      try FormerEngine(of: record, in: project)?.refuse("put down", "piko down \(record.name)")
    }
    let alive = containers.filter(\.isAlive)
    guard !alive.isEmpty else {
      guard shared.isEmpty else {
        return narrator.finished(
          "Put \(record.name) down: it uses the shared \(shared.sorted().joined(separator: ", ")) "
            + "no more")
      }
      return narrator.say("no container of \(record.name.text.quoted) was running")
    }
    let services = Set(alive.compactMap(\.service)).sorted().joined(separator: ", ")
    try narrator.step(
      "Stopping containers",
      done: { "Stopped \(alive.count.counted("container")) (\(services))" }
    ) {
      for warning in try Compose().stop(named: record.composeProject) {
        Output.warn("compose: \(warning.masked)")
      }
      // Compose leaves those of `docker compose run` alone, and says that it has stopped one before
      // the engine lists it so.
      try objects.stopContainers(objects.containers().filter(\.isAlive).map(\.id))
    }
  }
}
