import PikoCompose
import PikoConfig
package import PikoCore
import PikoProject
import PikoStore
import SystemPackage

extension LiveEnvironment {
  /// Makes the project's model this environment's own: leases its ports and subnets, writes the
  /// override, and proves what Compose makes of both (SPEC part 6). Again is the same as once.
  ///
  /// - Parameters:
  ///   - says: tells what stays shared and what cannot be isolated.
  ///   - moving: leased mappings that get other ports.
  package func isolate(
    isStrict: Bool, explains: Bool, says: Bool = true, moving: [PortMapping] = []
  ) throws {
    let before = try register.ports.current(of: registered).map(\.mapping)
    let wasMade = try project.composeVariables(of: record) != nil
    do {
      try isolate(isStrict, explains, says, moving, remembering: true)
    } catch is MisrememberedModel {
      try isolate(isStrict, explains, says, moving, remembering: false)
    }
    if wasMade { try tellNewPorts(besides: before) }
  }

  /// Says which host ports an environment has now that it had not when it was made.
  private func tellNewPorts(besides before: [PortMapping]) throws {
    let new = try register.ports.current(of: registered).filter { !before.contains($0.mapping) }
      .flatMap { $0.leases(isShared: isShared) }
    guard !new.isEmpty else { return }
    let words = new.map { "\($0.mapping.service) \($0.display)" }.joined(separator: ", ")
    narrator.finished("Leased \(new.count.counted("port")): \(words)")
  }

  private func isolate(
    _ isStrict: Bool, _ explains: Bool, _ says: Bool, _ moving: [PortMapping], remembering: Bool
  ) throws {
    let configuration = try configuration()
    let files = try ComposeFiles.find(in: composeDirectory, configured: configuration.compose)
    let hostPorts = (isShared ? [] : configuration.ports).map { PortRequest($0.mapping) }
    guard !files.isEmpty else {
      try lease(hostPorts, avoiding: [], moving: moving)
      try register.recordCompose(variables: [:], services: [], of: registered)
      return
    }
    let own = ComposeProject(
      name: record.composeProject, directory: composeDirectory, files: files,
      profiles: profiles(configuration))
    _ = try narrator.step("Isolating containers", done: { $0 }) { () -> String? in
      let compose = Compose()
      try ComposeInstallation.found().version.require()
      // What does not depend on each other is asked at once.
      let mainAhead = mainModel(configured: configuration.compose)
      let existingAhead = Ahead { try Conflicts.Existing(on: Engine()) }
      let reading = try compose.model(of: own, root: project.root, remembering: remembering)
      for warning in reading.warnings { Output.warn("compose: \(warning.masked)") }
      let main = try? mainAhead?.value()
      let sharing = try sharing(of: reading.model, main, configured: configuration.shared)
      let needs = try Requirements(of: sharing.leavingOut.model)
      let mainPorts = (try? main.map { try Requirements(of: $0).publishedPorts }) ?? []
      let existing = try? existingAhead.value()
      try Interrupt.check()
      let runs = try lease(
        hostPorts + needs.ports.map { PortRequest($0.mapping, count: $0.count) },
        avoiding: needs.publishedPorts.union(mainPorts), moving: moving)
      let ports = Dictionary(runs.map { ($0.mapping, $0.ports.lowerBound) }) { first, _ in first }
      let identity = identity(files: files)
      try leaseShared(sharing, avoiding: mainPorts)
      try register.recordSharedUses(sharing.uses(as: identity), of: registered)
      let isolated = ComposeProject(
        name: own.name, directory: own.directory, files: files,
        override: record.path.appending(Override.fileName), profiles: own.profiles)
      let plan = try PikoCompose.Isolation.plan(
        reading.model, leavingOut: sharing.leavingOut, as: identity, ports: { ports[$0] ?? 0 },
        subnets: leaseSubnets(needs.networks, networks: existing?.networks ?? []),
        choices: Choices(of: configuration.isolation), files: Files.facts,
        locate: ComposeLines(files: files).locate,
        variables: isShared
          ? []
          : containerVariables(
            of: configuration, in: reading.model, compose: isolated.variables
          ).leavingOut(sharing.services))
      if isStrict { try plan.refuseWhatCannotBeIsolated() }
      if let existing { try refuseForeign(plan.expected, as: identity, existing) }
      if isShared { try Files.makeDirectory(record.path) }
      let isNew = try plan.writeOverride(writtenBy: isShared ? "piko share" : "piko create")
      let merged = try compose.model(of: isolated, root: project.root)
      do {
        try Proof(of: plan, main: main).check(merged.model)
      } catch {
        // What Compose says now decides, not what it said once.
        guard reading.isRemembered else { throw error }
        throw MisrememberedModel()
      }
      try register.recordCompose(
        variables: isolated.variables, services: plan.expected.services.map(\.name),
        active: plan.expected.services(
          in: ComposeFiles.profiles(in: record.path, configured: configuration.profiles)),
        of: registered)
      if says {
        tell(plan, explains: explains)
        try tellChanges(of: sharing, as: identity, existing?.containers ?? [])
      }
      // The second try finds what the first one wrote.
      return isNew || !remembering ? summary(of: plan) : nil
    }
  }

  private func refuseForeign(
    _ expected: Model, as identity: Identity, _ existing: Conflicts.Existing
  ) throws {
    let isMade = try project.composeVariables(of: record) != nil
    let owner = identity.owner
    if isMade {
      try namelessVolumes.remember(
        existing.containers.filter { owner.owns($0.labels) || owner.made($0.labels) })
    }
    try Conflicts.refuse(
      expected, as: identity, existing: existing, isMade: isMade,
      volumes: Set(namelessVolumes.remembered()))
  }

  private func identity(files: [FilePath]) -> Identity {
    Identity(
      project: environment.project, environment: environment.name.text, root: project.root,
      worktree: composeDirectory, composeProject: record.composeProject,
      composeDirectory: files.first?.removingLastComponent(),
      formerRoots: environment.formerRoots, overrideDirectory: record.path)
  }

  /// The main checkout's own model, being read; nil where it has none. Where it cannot be read, that
  /// checkout cannot be up.
  private func mainModel(configured: [String]) -> Ahead<Model>? {
    guard !project.location.isBare,
      let files = try? ComposeFiles.find(in: project.root, configured: configured), !files.isEmpty
    else { return nil }
    let root = project.root
    return Ahead { try Compose().mainModel(in: root, files: files) }
  }

  @discardableResult
  private func lease(
    _ requests: [PortRequest], avoiding ports: Set<Int>, moving: [PortMapping]
  ) throws -> [PortRun] {
    if !moving.isEmpty {
      _ = try register.ports.reassign(
        moving, of: registered, forbidden: ports, isFree: PortProbe.isFree)
    }
    let runs = try register.ports.lease(
      requests, for: registered, forbidden: ports, isFree: PortProbe.isFree)
    try register.ports.retire(allBut: Set(requests.map(\.mapping)), of: registered)
    return runs
  }

  private func leaseSubnets(
    _ networks: [Requirements.Network], networks existing: [EngineNetwork]
  ) throws -> [String: LeasedSubnets] {
    let taken =
      HostRoutes.load() + existing.flatMap(\.subnets).compactMap { Subnet($0) }
    for lease in try subnetsTaken(by: existing) {
      try register.subnets.release(lease.network, of: registered, family: lease.subnet.family)
    }
    let pool = try UserConfiguration.load().subnetPool.flatMap { Subnet($0) }.map { SubnetPool($0) }
    var leased: [String: LeasedSubnets] = [:]
    for network in networks {
      let ipv4 = try register.subnets.lease(
        network.key, for: registered, hosts: network.hosts, from: pool ?? .ipv4, avoiding: taken)
      let ipv6 =
        network.needsIPv6
        ? try register.subnets.lease(
          network.key, for: registered, hosts: network.hosts, from: .ipv6, avoiding: taken) : nil
      leased[network.key] = LeasedSubnets(ipv4: ipv4.description, ipv6: ipv6?.description)
    }
    return leased
  }

  private func tell(_ plan: IsolationPlan, explains: Bool) {
    if explains {
      for line in plan.explanations { Output.narrate("  \(line)") }
    }
    for remark in plan.remarks {
      switch remark.kind {
      case .shared:
        narrator.say("note: \(remark.text)")
        if narrator.isQuiet { continue }
      case .warning, .cannotIsolate: Output.warn(remark.text.masked)
      }
      if let hint = remark.hint { Output.hint(hint.masked) }
    }
  }

  private func summary(of plan: IsolationPlan) -> String {
    let services = plan.expected.services.count
    let ports = plan.leases.reduce(0) { $0 + $1.ports.count }
    let networks = plan.expected.networks.filter { !$0.isExternal }.count
    return "Isolated \(services.counted("service")): \(ports.counted("port")), "
      + networks.counted("network")
  }
}

/// The proof failed on a model that was remembered: Compose must be asked.
private struct MisrememberedModel: Error {}

extension Choices {
  /// What `isolation:` in `.piko.yml` decided.
  fileprivate init(of isolation: PikoConfig.Isolation) {
    var named: [String: Choice] = [:]
    for (name, choice) in isolation.volumes.merging(isolation.binds, uniquingKeysWith: { $1 }) {
      named[name] = choice == .private ? .private : .shared
    }
    for network in isolation.networks { named[network] = .shared }
    self.init(named)
  }
}

/// Finds the line on which something stands in compose files: for messages alone, never for what it
/// means; only Compose knows that.
private struct ComposeLines: Sendable {
  private let documents: [YAML]

  init(files: [FilePath]) {
    documents = files.compactMap { YAML.places(in: $0) }
  }

  @Sendable func locate(_ keys: [String]) -> (file: String, line: Int)? {
    for document in documents {
      if let position = document.locate(path: keys) {
        return (document.file.lastComponent?.string ?? "", position.line)
      }
    }
    return nil
  }
}
