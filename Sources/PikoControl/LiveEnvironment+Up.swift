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
    try operation.step(.isolate) { try isolate(isStrict: false, explains: false) }
    try refuseTakenPorts()
    try operation.step(.start) {
      try start(
        freshVolumes: request.freshVolumes, builds: request.builds, timeout: request.timeout,
        settling: LiveEnvironment.settling)
    }
    try makeSession(in: operation)
    if request.runsSetup { try operation.step(.setup) { try setUp() } }
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
