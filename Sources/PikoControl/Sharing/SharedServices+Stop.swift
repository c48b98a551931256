import PikoCompose
import PikoCore
import PikoProject
import PikoStore
import SystemPackage

extension SharedServices {
  /// The environments that use shared services now, each with those: they have running containers, are
  /// up by these alone, or some piko is about to start some.
  func running() throws -> [String: Set<String>] {
    let containers = try Engine().containers(labels: [Label.root])
      .filter { try isOfProject($0.labels) }
    let alive = Set(containers.filter(\.isAlive).compactMap { $0.labels[Label.environment] })
    var running: [String: Set<String>] = [:]
    for (environment, uses) in try live.register.consumers(ofRoot: project.root) {
      guard let record = try live.state.environment(named: environment.name),
        record.status != .destroying
      else { continue }
      guard
        try alive.contains(environment.name.text) || project.isUpByShared(record)
          || isBeingStarted(record)
      else { continue }
      running[environment.name.text] = Set(uses.map(\.service))
    }
    return running
  }

  private func isBeingStarted(_ record: EnvironmentRecord) throws -> Bool {
    guard !record.isPutDown else { return false }
    let file = FileLock.file(of: record.name, root: project.root, in: try Paths.stateDirectory())
    return FileLock.holder(of: file) != nil
  }

  /// Stops the containers that no running environment uses; they and their data stay.
  ///
  /// Whoever stops or removes an environment asks for it afterwards, and they come here one after the
  /// other: the last one finds no user.
  package func stopUnused() throws {
    try locked {
      let containers = try live.containers()
      let alive = containers.filter(\.isAlive)
      guard !alive.isEmpty else { return }
      var used = Set(try running().values.flatMap { $0 })
      for container in containers where used.contains(container.service ?? "") {
        used.formUnion(container.dependencies)
      }
      let idle = alive.filter { !used.contains($0.service ?? "") }
      guard !idle.isEmpty else { return }
      try EngineObjects(live.environment, on: Engine()).stopContainers(idle.map(\.id))
      let names = Set(idle.compactMap(\.service)).sorted()
      narrator.finished(
        "Stopped \(names.count.counted("shared service")) that nothing uses now "
          + "(\(names.joined(separator: ", ")))")
    }
  }

  /// Stops all of them.
  ///
  /// - Throws: where running environments use one, with their names.
  package func stop() throws {
    try alone("down") {
      try formerEngine()?.refuse("put down", "piko down shared")
      try locked {
        try refuse("stop", for: running(), hint: "to stop those first, run 'piko down --all'")
      }
      try stopUnused()
    }
  }

  /// Removes the containers, their networks and images, and gives their ports back.
  ///
  /// - Parameters:
  ///   - volumes: whether the data goes too.
  ///   - isForced: whether to do so while environments use them.
  /// - Throws: where environments use one, running or not, with their names.
  package func destroy(volumes: Bool, isForced: Bool) throws {
    try alone("destroy") {
      let former = try formerEngine()
      if !isForced { try refuseDestroying(former, volumes: volumes) }
      try live.journalled("destroy") { operation in
        try locked { try remove(volumes: volumes, in: operation) }
      }
      former?.tellLeft()
    }
  }

  /// The engine that has them, where that is not the one that is asked now.
  private func formerEngine() throws -> FormerEngine? {
    try live.containers().isEmpty ? FormerEngine(of: live.record, in: project) : nil
  }

  /// Refuses to remove what environments use, running or not, with their names, and what another
  /// engine has.
  private func refuseDestroying(_ former: FormerEngine?, volumes: Bool) throws {
    let words = volumes ? "--volumes shared" : "shared"
    try former?.refuse(
      "destroy", "piko destroy \(words)",
      hint: "to leave what they have there, run 'piko destroy --force \(words)'")
    let consumers = try live.register.consumers(ofRoot: project.root)
      .map { ($0.environment.name.text, Set($0.uses.map(\.service))) }
    try refuse(
      "destroy", for: Dictionary(consumers) { first, _ in first },
      hint: "to remove them all the same, run 'piko destroy --force shared'")
  }

  private func remove(volumes: Bool, in operation: Operation) throws {
    let inventory = try inventory()
    try inventory.refuseForeignUse(volumes: volumes)
    try operation.step(.containers) { try inventory.removeContainers() }
    try inventory.settleVolumes(removing: volumes, in: operation, narrator: narrator)
    try operation.step(.release) {
      for var known in try live.state.sharedServices() {
        known.container = nil
        known.definition = nil
        try live.state.record(known)
      }
      try live.register.release(live.registered)
    }
    let names = inventory.services.joined(separator: ", ")
    narrator.finished("Removed what ran shared" + (names.isEmpty ? "" : " (\(names))"))
  }

  /// Shows in lines what destroying them would remove, as `--dry-run` prints it, and removes nothing.
  ///
  /// - Throws: after that, where it would be refused.
  package func rehearseDestroying(
    volumes: Bool, isForced: Bool, showing show: ([String]) -> Void
  ) throws {
    let inventory = try inventory()
    show(["environment  \(environment.name)"] + inventory.lines(volumes: volumes))
    if !isForced { try refuseDestroying(formerEngine(), volumes: volumes) }
    try inventory.refuseForeignUse(volumes: volumes)
  }

  /// What they have in the engine.
  package func inventory() throws -> EngineInventory {
    try EngineInventory(of: live.record, in: project)
  }

  /// Removes the containers of services that no environment uses any more; their data stays.
  func retire() throws {
    try locked {
      let used = Set(
        try live.register.consumers(ofRoot: project.root).flatMap { $0.uses.map(\.service) })
      let objects = EngineObjects(live.environment, on: Engine())
      let containers = try objects.containers()
      var needed = used
      for container in containers where used.contains(container.service ?? "") {
        needed.formUnion(container.dependencies)
      }
      let idle = containers.filter { !needed.contains($0.service ?? "") }
      guard !idle.isEmpty else { return }
      try objects.stopContainers(idle.filter(\.isAlive).map(\.id))
      try live.namelessVolumes.remember(idle)
      try objects.removeContainers(idle.map(\.id))
      if idle.count == containers.count {
        try objects.removeNetworks(objects.networks().map(\.id))
      }
      let names = Set(idle.compactMap(\.service)).sorted().joined(separator: ", ")
      narrator.finished("Removed the shared \(names)")
      let kept = Set(idle.flatMap(\.volumes))
      if !kept.isEmpty {
        narrator.say("kept its data: \(kept.sorted().joined(separator: ", "))")
      }
    }
  }

  private func refuse(
    _ act: String, for users: [String: Set<String>], hint: String
  ) throws(Failure) {
    guard !users.isEmpty else { return }
    let services = users.values.reduce(into: Set<String>()) { $0.formUnion($1) }.sorted()
    let names = users.keys.sorted().map(\.quoted).joined(separator: ", ")
    throw Failure(
      "cannot \(act) the shared \(services.joined(separator: ", ")): in use by "
        + "\(users.count == 1 ? "environment" : "environments") \(names)", hint: hint)
  }
}

extension EngineContainer {
  /// The services that Compose started before it: its label has `NAME:CONDITION:RESTART` for each.
  fileprivate var dependencies: [String] {
    (labels["com.docker.compose.depends_on"] ?? "").split(separator: ",").map { entry in
      String(entry.prefix { $0 != ":" })
    }
  }
}
