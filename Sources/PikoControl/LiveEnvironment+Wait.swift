import PikoCompose
import PikoCore
import PikoProject
import PikoSession
import PikoStore
import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension LiveEnvironment {
  /// Waits until the environment is ready, or one of its services: first for the verb that changes it
  /// now, then for the containers.
  ///
  /// - Throws: where it is stopped, where a service fails, and where the time is over.
  package func waitUntilReady(_ service: String?, timeout: Duration) throws {
    let start = ContinuousClock.now
    let file = FileLock.file(of: record.name, root: project.root, in: try Paths.stateDirectory())
    while let holder = FileLock.holder(of: file) {
      try holder.refuseAround()
      guard ContinuousClock.now < start + timeout else {
        throw Failure(
          "environment \(record.name.text.quoted) not ready after \(timeout.components.seconds) s: "
            + "\(holder) is still at work")
      }
      usleep(50_000)
    }
    let now = try project.reread(record)
    try now.requireMade()
    if try !project.sharedInsteadOfOwn(of: now).isEmpty {
      guard !now.isPutDown, let shared = try SharedServices(of: project, narrator: narrator) else {
        throw stopped
      }
      return try shared.live.waitUntilReady(service, timeout: timeout - (.now - start))
    }
    guard try mayHaveContainers else { return try requireProcesses(of: now) }
    let containers = try containers()
    if !containers.contains(where: \.isAlive) {
      guard try !containers.isEmpty && !isDown(now) else { throw stopped }
    }
    let wanted = try isShared ? wanted(service, among: containers) : Set(service.map { [$0] } ?? [])
    let missing = try service.map { [$0] } ?? missingServices()
    if let first = missing.first(where: { name in !containers.contains { $0.service == name } }) {
      throw Failure(
        "service \(first.quoted) of environment \(record.name.text.quoted) has no container",
        hint: try project.hint(toStart: first, in: record))
    }
    try ready(
      wanted, startedAt: lastStart(), timeout: timeout, since: start,
      settling: LiveEnvironment.settling)
  }

  /// Whether nothing of it is meant to run: it was put down, or no environment that runs uses it.
  private func isDown(_ now: EnvironmentRecord) throws -> Bool {
    try isShared ? usedNow().isEmpty : now.isPutDown
  }

  /// The shared services that environments use which run.
  private func usedNow() throws -> Set<String> {
    let users = try SharedServices(of: project, narrator: narrator)?.running() ?? [:]
    return users.values.reduce(into: []) { $0.formUnion($1) }
  }

  /// Which of the shared services are waited for: piko stops one that no environment uses which runs.
  ///
  /// - Returns: empty for all.
  /// - Throws: where the one that was named is stopped so.
  private func wanted(
    _ service: String?, among containers: [EngineContainer]
  ) throws -> Set<String> {
    let used = try usedNow()
    let alive = Set(containers.filter(\.isAlive).compactMap(\.service))
    guard let service else { return used.isEmpty ? [] : used.union(alive) }
    guard used.contains(service) || alive.contains(service) else {
      throw Failure(
        "shared service \(service.quoted) is stopped",
        hint: "to start it, run 'piko up \(record.name)'")
    }
    return [service]
  }

  /// The same where there are no containers: what the windows of its session run stands for them.
  private func requireProcesses(of now: EnvironmentRecord) throws {
    guard let processes = try session.processes() else {
      guard !now.rests else { throw stopped }
      return
    }
    guard processes.running > 0 else { throw stopped }
    guard processes.running == processes.total else {
      throw Failure(
        "\(processes.total - processes.running) of \(processes.total) processes of environment "
          + "\(record.name.text.quoted) have ended",
        hint: "to start them again, run 'piko up \(record.name)'")
    }
  }

  private var stopped: Failure {
    Failure(
      "environment \(record.name.text.quoted) is stopped",
      hint: "to start it, run 'piko up \(record.name)'")
  }
}
