import PikoCompose
import PikoCore
import PikoProject
import PikoStore
import SystemPackage

extension LiveEnvironment {
  /// Starts what does not run and does what was never done or has gone since: override, networks,
  /// containers, session, setup. Twice is the same as once.
  package func bringUp(_ request: UpRequest, in operation: Operation) throws {
    try requireWorktree()
    if !isShared { try state.setPutDown(false, of: record.name) }
    try requireContainersKnown()
    let before = try mayHaveContainers ? containersRemembered() : []
    if before.isEmpty, try mayHaveContainers {
      try FormerEngine(of: record, in: project)?.refuseToStart()
    }
    try operation.step(.isolate) { try isolate(isStrict: false, explains: false) }
    try refuseTakenPorts()
    if try isAsWanted(request, before, in: operation) {
      try ready(
        startedAt: lastStart(), timeout: request.timeout ?? .seconds(120),
        settling: LiveEnvironment.settling)
      narrator.say("all containers of \(record.name.text.quoted) run already")
      try makeSession(in: operation)
    } else {
      try operation.step(.start) {
        try start(
          freshVolumes: request.freshVolumes, builds: request.builds, timeout: request.timeout,
          since: before
        ) {
          try makeSession(in: operation)
        }
      }
    }
    if request.runsSetup { try setUp(in: operation) }
  }

  /// Whether there is nothing to start: all containers run or have done their work, and Compose finds
  /// nothing in them to make anew. Starting would repeat what one-shot services have done.
  private func isAsWanted(
    _ request: UpRequest, _ before: [EngineContainer], in operation: Operation
  ) throws -> Bool {
    guard let composeProject = try composeProject(), try strandedServices().isEmpty,
      try missingServices().isEmpty, try isStarted()
    else { return false }
    var options = Compose.UpOptions(build: request.builds, timeout: request.timeout)
    options.withoutStarting = true
    do {
      try operation.step(.compare) {
        _ = try narrator.step("Comparing containers", done: { _ in nil }) {
          try Compose().up(composeProject, options)
        }
      }
    } catch {
      // What keeps Compose from it keeps it from starting too, where more can be said of it.
      try Interrupt.check()
      return false
    }
    let made = Set(before.filter { !$0.isOneOff }.map(\.id))
    return try Set(containers().map(\.id)) == made && isStarted()
  }

  /// Whether something runs, and nothing that was started has stopped before its work was done.
  private func isStarted() throws -> Bool {
    let containers = try containers()
    let readiness = try readiness(startedAt: lastStart())
    return try containers.contains(where: \.isAlive)
      && containers.allSatisfy { container in
        switch container.state {
        case .running, .restarting: true
        case .exited where container.exitCode == 0: true
        default: try readiness.isResting(container)
        }
      }
  }

  /// Makes sure that the engine answers where it is needed, and that no containers would be forgotten
  /// because the compose files are gone.
  private func requireContainersKnown() throws {
    if try composeProject() != nil { return try Engine().ping() }
    guard try project.composeVariables(of: record)?.isEmpty == false,
      try !containers().isEmpty
    else { return }
    throw Failure(
      "environment \(record.name.text.quoted) has containers but no compose file any more",
      hints: [
        "to see what became of it, run 'git -C \(Paths.argument(record.path)) status'",
        "to remove the containers, run 'docker compose -p \(record.composeProject) down'",
      ])
  }
}
