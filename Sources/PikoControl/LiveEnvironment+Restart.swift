import PikoCompose
import PikoCore
import PikoProject
import PikoStore

extension LiveEnvironment {
  /// Stops and starts the containers again, all or those of one service, and waits until they are
  /// ready.
  package func restart(
    _ service: String?, timeout: Duration = .seconds(120), in operation: Operation
  ) throws {
    guard try mayHaveContainers else {
      let name = record.name
      throw Failure(
        "environment \(name.text.quoted) has no containers",
        hint: "to begin anew all the same, run 'piko down \(name) && piko up \(name)'")
    }
    // The engine would make what is mounted from a worktree that is gone.
    try requireWorktree()
    let lastStart = try lastStart()
    let readiness = readiness(startedAt: lastStart)
    // Those of a profile that is off stay off.
    let found = try containers()
      .filter { try $0.service == service || !readiness.isResting($0) }
    guard found.contains(where: { service == nil || $0.service == service }) else {
      let what = service.map { "service \($0.quoted) of environment" } ?? "environment"
      throw Failure(
        "\(what) \(record.name.text.quoted) has no container to restart",
        hint: "to make what is missing, run 'piko up \(record.name)'")
    }
    try refuseTakenPorts()
    if !isShared { try state.setPutDown(false, of: record.name) }
    let services = Set(found.compactMap(\.service).filter { service == nil || $0 == service })
    let names = services.sorted().joined(separator: ", ")
    try operation.step(.restart) {
      try narrator.step(
        "Restarting containers",
        done: { "Restarted \(services.count.counted("service")) (\(names))" }
      ) {
        let compose = Compose()
        for warning in try compose.restart(
          named: record.composeProject, services: services.sorted())
        {
          Output.warn("compose: \(warning.masked)")
        }
        try ready(
          services, startedAt: lastStart, timeout: timeout, settling: LiveEnvironment.settling)
      }
    }
  }
}
