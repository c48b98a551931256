package import PikoCompose
import PikoConfig
import PikoCore
import PikoStore
import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension LiveEnvironment {
  /// The Compose project as it runs; nil without containers.
  func composeProject() throws -> ComposeProject? {
    let configuration = try configuration()
    let files = try ComposeFiles.find(in: composeDirectory, configured: configuration.compose)
    guard !files.isEmpty else { return nil }
    return ComposeProject(
      name: record.composeProject, directory: composeDirectory, files: files,
      override: record.path.appending(Override.fileName), profiles: profiles(configuration))
  }

  /// The profiles that are up: of shared services all, as only those that are used are in the model.
  func profiles(_ configuration: ProjectConfiguration) -> [String] {
    isShared ? ["*"] : configuration.profiles
  }

  /// Starts the containers and waits until they are ready. What has only just started is watched for
  /// a moment more, as most that fails does so at once.
  ///
  /// - Parameters:
  ///   - services: starts these alone, with what they depend on; empty for all.
  ///   - freshVolumes: removes volumes that an earlier environment of this name left, first.
  ///   - builds: builds images first.
  ///   - timeout: how long all of it may take; nil for 120 s of waiting after Compose has ended.
  ///   - earlier: the containers that there were before something else was done to them.
  ///   - meanwhile: what is done during that moment; done too where there is nothing to start.
  package func start(
    _ services: [String] = [], freshVolumes: Bool, builds: Bool = false, timeout: Duration? = nil,
    since earlier: [EngineContainer] = [], meanwhile: () throws -> Void = {}
  ) throws {
    guard let composeProject = try composeProject() else { return try meanwhile() }
    let objects = EngineObjects(environment, on: Engine())
    let before = try containersRemembered()
    if !isShared, before.isEmpty { try settleKeptVolumes(objects, freshVolumes) }
    let running = Set(before.filter { $0.state == .running }.map(\.id))
    let uses = try register.sharedUses(of: registered).map(\.service)
    let shared = try serve(uses, timeout: timeout)
    let own = try register.services(of: registered)
    let isAllShared =
      try services.isEmpty && !uses.isEmpty
      && register.activeServices(of: registered)?.isEmpty == true
    guard !own.isEmpty, !isAllShared else {
      // All that it had is shared: Compose cannot start nothing.
      try objects.removeContainers(
        before.filter { !own.contains($0.service ?? "") }.map(\.id))
      try tellKeptVolumes(of: before)
      if isAllShared {
        narrator.finished(
          "Brought \(record.name) up: it uses the shared \(uses.joined(separator: ", "))")
      }
      return try meanwhile()
    }
    let moment = EngineMoment.now
    let limit = timeout ?? .seconds(120)
    var settled = ContinuousClock.now
    _ = try narrator.step("Starting containers", done: { $0 }) { () -> String? in
      let begun = ContinuousClock.now
      try wake(before.filter { $0.state == .paused }, limit: limit)
      let composing = ContinuousClock.now
      if let address = EngineAddress.current() {
        try register.recordEngine(address.description, of: registered)
      }
      try up(composeProject, services, shared, builds: builds, timeout: timeout, since: begun)
      settled = .now + LiveEnvironment.settling(after: .now - composing)
      try refuseAnotherEngine(services)
      try ready(startedAt: moment, timeout: limit, since: timeout == nil ? .now : begun)
      let readiness = readiness(startedAt: moment)
      let now = try containersRemembered()
      let started = try now.filter { try !running.contains($0.id) && !readiness.isResting($0) }
      let removed = Set((earlier + before).compactMap(\.service))
        .subtracting(now.compactMap(\.service))
      return outcome(
        started: Set(started.compactMap(\.service)).sorted() + uses.map { "\($0):shared" },
        removed: removed.sorted())
    }
    try tellKeptVolumes(of: before)
    try meanwhile()
    try ready(startedAt: moment, timeout: limit, settling: settled - .now)
  }

  /// What a start came to, by the services.
  private func outcome(started: [String], removed: [String]) -> String {
    func words(_ verb: String, _ names: [String]) -> String {
      let what = isShared ? "shared service" : "container"
      return "\(verb) \(names.count.counted(what)) (\(names.joined(separator: ", ")))"
    }
    switch (started.isEmpty, removed.isEmpty) {
    case (true, true): return "Started nothing: there was nothing to start"
    case (true, false): return words("Removed", removed)
    case (false, true): return words("Started", started)
    case (false, false):
      return words("Started", started) + ", removed \(removed.joined(separator: ", "))"
    }
  }

  /// Makes sure that what Compose has just started is on the engine that is asked here: a script in
  /// the place of docker, or of its plug-in, may lead to another.
  private func refuseAnotherEngine(_ services: [String]) throws {
    let missing = try Set(missingServices())
    guard services.isEmpty ? !missing.isEmpty : !missing.isDisjoint(with: services),
      let asked = EngineAddress.current()
    else { return }
    // A service may be scaled to none.
    let made = try Compose().containers(named: record.composeProject)
    let label = "\(Label.composeProject)=\(record.composeProject)"
    guard try !made.isSubset(of: Engine().containers(labels: [label]).map(\.id)) else { return }
    let other = EngineAddress.ofDocker().flatMap { $0.leads(whereLeads: asked) ? nil : $0 }
    if let other { try register.recordEngine(other.description, of: registered) }
    throw Failure(
      "'docker' reaches another engine than \(asked.description.masked.quoted): what Compose has "
        + "started for environment \(record.name.text.quoted) is not there",
      hints: [
        "to remove it, run 'docker compose -p \(record.composeProject) down'",
        other.map {
          "to name that engine without a script, run 'export DOCKER_HOST="
            + "\(Quoting.word($0.description.masked))'"
        } ?? "to name an engine without a script, run 'docker context use NAME'",
      ])
  }

  /// Lets paused containers go on: Compose takes them for stopped, and the engine does not start
  /// them. Their health checks failed meanwhile, which says nothing: the next ones are waited for.
  private func wake(_ paused: [EngineContainer], limit: Duration) throws {
    guard !paused.isEmpty else { return }
    let engine = Engine()
    let end = ContinuousClock.now + limit
    try EngineObjects(environment, on: engine).unpauseContainers(paused.map(\.id))
    for container in paused {
      let last = try engine.details(of: container.id).lastCheck
      while last != nil, ContinuousClock.now < end,
        try containers().contains(where: { $0.id == container.id && $0.health == .unhealthy }),
        try engine.details(of: container.id).lastCheck == last
      {
        usleep(100_000)
        try Interrupt.check()
      }
    }
  }

  private func up(
    _ composeProject: ComposeProject, _ services: [String], _ shared: SharedServices?,
    builds: Bool, timeout: Duration?,
    since begun: ContinuousClock.Instant
  ) throws {
    let compose = Compose()
    do {
      let stranded = try strandedServices()
      if !stranded.isEmpty {
        _ = try compose.up(
          composeProject,
          Compose.UpOptions(
            services: stranded, recreate: true, starts: shared == nil, timeout: timeout))
      }
      let options = Compose.UpOptions(services: services, build: builds, timeout: timeout)
      if let shared {
        // What uses a shared service finds it from its first moment on, and no copy beside it.
        var making = options
        making.starts = false
        _ = try upMovingSubnets(composeProject, making)
        try shared.connect()
      }
      for warning in try upMovingSubnets(composeProject, options) {
        Output.warn("compose: \(warning.masked)")
      }
    } catch let error as Failure {
      guard Interrupt.received == nil else { throw error }
      // Compose says which container failed, not what that wrote.
      if let timeout, ContinuousClock.now >= begun + timeout {
        try ready(startedAt: nil, timeout: timeout, since: begun)
        throw Failure(
          "the containers of environment \(record.name.text.quoted) were not started within "
            + "\(timeout.components.seconds) s",
          hint: "to go on without a limit, run 'piko up \(record.name)'")
      }
      let words = ([error.message] + [error.detail ?? ""]).joined(separator: "\n")
      try judging(startedAt: nil) { readiness throws(Failure) in
        try readiness.refuseFailed(namedIn: words)
      }
      throw error
    }
  }

  /// Has the shared services that the environment uses running, and takes others off its networks.
  ///
  /// - Returns: those services, to connect them; nil where it uses none.
  private func serve(_ uses: [String], timeout: Duration?) throws -> SharedServices? {
    guard !isShared, let shared = try SharedServices(of: project, narrator: narrator) else {
      return nil
    }
    try shared.disconnect(from: environment, besides: Set(uses))
    guard !uses.isEmpty else { return nil }
    try shared.serve(Set(uses), timeout: timeout)
    return shared
  }

  /// The services whose containers are tied to a network that is gone: Compose makes the network
  /// anew, and then starts those containers on the one they knew.
  func strandedServices() throws -> [String] {
    let containers = try containers()
    guard !containers.isEmpty else { return [] }
    let networks = try Set(Engine().networks().map(\.id))
    let stranded = containers.filter { !networks.isSuperset(of: $0.networkIDs) }
    return Set(stranded.compactMap(\.service)).sorted()
  }

  /// Creates and starts the containers, with other subnets where need be: between isolating and this
  /// another user of the engine may have made networks of the leased ones.
  private func upMovingSubnets(
    _ composeProject: ComposeProject, _ options: Compose.UpOptions
  ) throws -> [String] {
    for _ in 1...3 {
      do {
        return try Compose().up(composeProject, options)
      } catch {
        try Interrupt.check()
        guard try !subnetsTaken(by: Engine().networks()).isEmpty else { throw error }
        try isolate(isStrict: false, explains: false, says: false)
      }
    }
    return try Compose().up(composeProject, options)
  }

  /// The leased subnets that a network which is not this environment's has come to use: another
  /// user's, whose register does not know of this one's.
  func subnetsTaken(by existing: [EngineNetwork]) throws -> [SubnetLedger.Lease] {
    let owner = environment.owner
    let others = existing.filter { !owner.owns($0.labels) }
    let used = others.flatMap(\.subnets).compactMap { Subnet($0) }
    return try register.subnets.leases(of: registered).filter { lease in
      used.contains { $0.overlaps(lease.subnet) }
    }
  }
}
