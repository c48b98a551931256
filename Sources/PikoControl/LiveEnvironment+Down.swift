import PikoCompose
import PikoCore
import PikoProject
import PikoStore

extension LiveEnvironment {
  /// Stops the containers, those of every profile, and removes nothing: leases, data and containers
  /// stay. The compose files may be gone.
  ///
  /// - Throws: where the engine does not answer.
  package func putDown(in operation: Operation) throws {
    let hasContainers = try mayHaveContainers
    if hasContainers { try operation.step(.stop) { try stop() } }
    try state.setPutDown(true, of: record.name)
    if !hasContainers { narrator.finished("Put \(record.name) down: it has no containers") }
  }

  private func stop() throws {
    let objects = EngineObjects(environment, on: Engine())
    let alive = try objects.containers().filter(\.isAlive)
    guard !alive.isEmpty else { return narrator.say("no container of \(record.name) was running") }
    let services = Set(alive.compactMap(\.service)).sorted().joined(separator: ", ")
    try narrator.step(
      "Stopping containers",
      done: { "Stopped \(alive.count.counted("container")) (\(services))" }
    ) {
      for warning in try Compose().stop(named: record.composeProject) {
        Output.warn("compose: \(warning.masked)")
      }
      // Compose leaves those of `docker compose run` alone.
      try objects.stopContainers(objects.containers().filter(\.isAlive).map(\.id))
    }
  }
}
