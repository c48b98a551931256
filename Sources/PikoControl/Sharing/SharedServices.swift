import PikoCompose
import PikoConfig
package import PikoCore
package import PikoProject
import PikoStore
import SystemPackage

/// The containers that run once for all environments of a project: Compose project
/// `piko-<project>-shared`, made of the main checkout's own definition (SPEC part 11).
///
/// The container of a shared service joins the networks of the environments that use it; they join
/// none of its. Whoever changes what runs here holds a lock of its own, which is only ever taken
/// last, so that verbs on several environments wait for each other here and never in a circle.
package struct SharedServices {
  let project: Project
  let live: LiveEnvironment
  let narrator: Narrator

  /// What stands for them, as all verbs speak of it.
  package var environment: Environment { live.environment }

  /// - Returns: nil in a project that never shared a service.
  package init?(of project: Project, narrator: Narrator) throws {
    guard let state = project.state, let register = project.register else { return nil }
    let isKnown = try !state.sharedServices().isEmpty
    guard try isKnown || !register.consumers(ofRoot: project.root).isEmpty else { return nil }
    try self.init(whatever: project, narrator)
  }

  /// Those of a project whether it ever shared a service or not: a lost `state.db` tells nothing of
  /// those that no environment uses.
  ///
  /// - Returns: nil in a project that is not registered.
  package init?(whatever project: Project, _ narrator: Narrator) throws {
    guard project.state != nil,
      let registered = try project.register?.sharedEnvironment(ofRoot: project.root)
    else { return nil }
    self.project = project
    self.narrator = narrator
    live = try LiveEnvironment(
      project.sharedServices(as: registered), in: project, narrator: narrator)
  }

  // MARK: - Running

  /// Has all running that environments use, whether one of those runs or not.
  ///
  /// - Throws: where one cannot be started or does not become ready.
  package func start(timeout: Duration?) throws {
    try alone("up") {
      let consumers = try live.register.consumers(ofRoot: project.root)
      let used = Set(consumers.flatMap { $0.uses.map(\.service) })
      guard !used.isEmpty else {
        return narrator.say("no environment uses a shared service")
      }
      try live.journalled("up") { operation in
        try operation.step(.start) {
          try serve(used, timeout: timeout)
          try connect()
        }
      }
    }
  }

  /// Has services running and ready. One that runs already is left as it is, whatever its definition
  /// says by now: others use it.
  ///
  /// - Throws: where they cannot be started or do not become ready.
  func serve(_ wanted: Set<String>, timeout: Duration?) throws {
    try locked {
      let begun = ContinuousClock.now
      let stranded = try Set(live.strandedServices())
      let alive = try live.containers().filter(\.isAlive).compactMap(\.service)
      let missing = wanted.subtracting(Set(alive).subtracting(stranded))
      if !missing.isEmpty {
        if alive.isEmpty { try FormerEngine(of: live.record, in: project)?.refuseToStart() }
        try live.isolate(isStrict: false, explains: false)
        try live.refuseTakenPorts()
        let definitions = try SharedDefinition.all(in: project)
        try tellChanged(missing, definitions)
        try live.start(missing.sorted(), freshVolumes: false, timeout: timeout)
        try record(missing, definitions)
      }
      try live.ready(
        wanted, startedAt: nil, timeout: timeout ?? .seconds(120),
        since: timeout == nil ? .now : begun)
    }
  }

  /// Whether a service has a container that runs.
  func runs(_ service: String) throws -> Bool {
    try live.containers().contains { $0.service == service && $0.isAlive }
  }

  /// Makes the containers of services anew by their definition as it is now; their data stays.
  func renew(_ services: Set<String>) throws {
    try locked {
      let definitions = try SharedDefinition.all(in: project)
      try live.isolate(isStrict: false, explains: false)
      try live.start(services.sorted(), freshVolumes: false)
      try record(services, definitions)
    }
    try connect()
  }

  /// The services whose containers were made by another definition than the main checkout's now.
  func changed() throws -> Set<String> {
    let definitions = try SharedDefinition.all(in: project)
    let made = try live.state.sharedServices()
    let there = try Set(live.containers().compactMap(\.service))
    return Set(
      made.filter { known in
        there.contains(known.service) && known.definition != nil
          && definitions[known.service] != known.definition
      }.map(\.service))
  }

  private func tellChanged(_ services: Set<String>, _ definitions: [String: String]) throws {
    for known in try live.state.sharedServices() where services.contains(known.service) {
      guard let before = known.definition, before != definitions[known.service] else { continue }
      narrator.say(
        "the definition of shared service \(known.service.quoted) has changed: "
          + "its container is made anew, with the data it had")
    }
  }

  private func record(_ services: Set<String>, _ definitions: [String: String]) throws {
    let containers = try live.containers()
    let known = try live.state.sharedServices()
    for service in services.sorted() {
      var entry =
        known.first { $0.service == service }
        ?? SharedServiceRecord(service: service, network: live.record.composeProject)
      entry.container = containers.first { $0.service == service }?.names.first
      entry.definition = definitions[service]
      try live.state.record(entry)
    }
  }

  // MARK: - Networks

  /// Connects every container to the networks of the environments that use it, as far as those are
  /// there; again is the same as once.
  func connect() throws {
    try locked {
      let containers = try live.containers()
      let networks = Dictionary(
        try Engine().networks(labels: [Label.root]).filter { try isOfProject($0.labels) }
          .map { ($0.name, $0.id) }
      ) { first, _ in first }
      for consumer in try live.register.consumers(ofRoot: project.root) {
        for use in consumer.uses {
          for (network, aliases) in use.aliases.sorted(by: { $0.key < $1.key }) {
            guard let id = networks[network] else { continue }
            for container in containers
            where container.service == use.service && !container.networkIDs.contains(id) {
              try connect(container, to: network, as: aliases)
            }
          }
        }
      }
    }
  }

  private func connect(
    _ container: EngineContainer, to network: String, as aliases: [String]
  ) throws {
    _ = try Program("docker").output(
      ["network", "connect"] + aliases.flatMap { ["--alias", $0] } + [network, container.id],
      failing: "cannot connect shared service \((container.service ?? "").quoted) to network "
        + network.quoted)
  }

  /// Takes the containers off an environment's networks, which cannot be removed before.
  ///
  /// - Parameter services: those that stay connected.
  package func disconnect(
    from environment: Environment, besides services: Set<String> = []
  ) throws {
    let networks = try EngineObjects(environment, on: Engine()).networks()
    guard !networks.isEmpty else { return }
    try locked {
      for container in try live.containers()
      where !services.contains(container.service ?? "") {
        for network in networks where container.networks.contains(network.name) {
          _ = try Program("docker").output(
            ["network", "disconnect", "--force", network.name, container.id],
            failing: "cannot take shared service \((container.service ?? "").quoted) off network "
              + network.name.quoted)
        }
      }
    }
  }

  /// Whether labels are those of something that piko made for this project, where it is or was.
  func isOfProject(_ labels: [String: String]) throws -> Bool {
    try ([project.root] + project.formerRoots()).contains { $0 == Label.root(in: labels) }
  }

  // MARK: - The locks

  /// Does what a verb was told to do with all of them while no other verb does, as with any other
  /// environment.
  func alone<Value>(_ verb: String, _ work: () throws -> Value) throws -> Value {
    let lock = try EnvironmentLock.acquire(
      .sharedServices, root: project.root, verb: verb, waits: true, narrator: narrator)
    defer { lock.release() }
    try live.closeCutOff()
    return try work()
  }

  /// Does something while no other piko changes what runs here.
  func locked<Value>(_ work: () throws -> Value) throws -> Value {
    // No environment can have this name.
    let name = EnvironmentName(stored: "\(EnvironmentName.sharedServices).containers")
    let lock = try FileLock.acquire(
      FileLock.file(of: name, root: project.root, in: Paths.stateDirectory()),
      activity: "piko: shared services", wait: true
    ) { holder in
      narrator.say("waiting for \(holder.map(\.description) ?? "another piko")")
    }
    defer { lock.release() }
    return try work()
  }
}
