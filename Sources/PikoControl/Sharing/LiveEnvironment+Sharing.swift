import PikoCompose
import PikoCore
import PikoProject
import PikoStore
import SystemPackage

extension LiveEnvironment {
  /// How a model stands to the project's shared services.
  struct Sharing {
    /// The services of the model that are shared.
    let services: [String]
    /// The project's model, which has them still.
    let model: Model
    let leavingOut: LeavingOut
    /// The main checkout's model, which defines them.
    let main: Model?

    /// How an environment uses them.
    func uses(as identity: Identity) -> [SharedUse] {
      services.map { name in
        var aliases: [String: [String]] = [:]
        if let service = model.service(name) {
          for network in leavingOut.model.networks
          where service.networks.contains(network.key) && !network.isExternal {
            aliases[identity.networkName(network.key)] = model.aliases(of: service, on: network.key)
          }
        }
        return SharedUse(service: name, aliases: aliases)
      }
    }
  }

  /// Leases the host ports of the shared services that an environment uses, before any of them was
  /// started: they are among its variables.
  func leaseShared(_ sharing: Sharing, avoiding ports: Set<Int>) throws {
    guard !sharing.services.isEmpty, let main = sharing.main,
      let shared = try register.sharedEnvironment(ofRoot: project.root)
    else { return }
    let requests = try sharing.services.compactMap(main.service)
      .flatMap { service in try Requirements.ports(of: service) }
      .map { PortRequest($0.mapping, count: $0.count) }
    _ = try register.ports.lease(
      requests, for: shared, forbidden: ports, isFree: PortProbe.isFree)
  }

  /// What of a model is shared: of an environment's the services that run once for all; of the shared
  /// services' own, what no environment uses is left out.
  ///
  /// - Parameters:
  ///   - main: the main checkout's model; nil where there is none that can be read.
  ///   - configured: `shared:` of `.piko.yml`.
  /// - Throws: where something is to be shared that cannot be.
  func sharing(of model: Model, _ main: Model?, configured: [String]) throws -> Sharing {
    guard !isShared else {
      let used = try register.consumers(ofRoot: project.root).flatMap { $0.uses.map(\.service) }
      let needed = used.reduce(into: Set(used)) { $0.formUnion(model.dependencies(of: $1)) }
      let others = Set(model.services.map(\.name)).subtracting(needed)
      return Sharing(
        services: [], model: model,
        leavingOut: LeavingOut(others, of: model, because: "each environment has its own"),
        main: main)
    }
    let decided = try state.sharing(for: record.name)
    let wanted = Set(configured).union(decided.keys).filter { decided[$0] ?? true }
    for name in wanted.sorted() {
      try SharingRules.requireService(name, in: model, main)
    }
    let shared = wanted.filter { model.service($0) != nil }
    for name in shared.sorted() {
      if try main?.service(name) == nil && runsAsMade(name) { continue }
      try SharingRules.check(name, in: model, main, shared: wanted, project: project)
    }
    return Sharing(
      services: shared.sorted(), model: model,
      leavingOut: LeavingOut(
        shared, of: model, because: "it runs once for all environments that share it"),
      main: main)
  }

  /// Whether a shared service that the main checkout defines no more runs as it was made: it can be
  /// used while it does.
  private func runsAsMade(_ name: String) throws -> Bool {
    guard let shared = try SharedServices(of: project, narrator: narrator),
      try shared.runs(name)
    else { return false }
    Output.warn(
      "the main checkout defines shared service \(name.quoted) no more: it runs as it was")
    Output.hint("to give each environment its own, run 'piko isolate \(name)'")
    return true
  }

  /// Says where the definition of a shared service is another than that of the container that runs:
  /// the main checkout's has changed since, or this branch has one of its own.
  func tellChanges(
    of sharing: Sharing, as identity: Identity, _ containers: [EngineContainer]
  ) throws {
    guard let main = sharing.main, !sharing.services.isEmpty else { return }
    let running = containers.filter {
      $0.isAlive && $0.composeProject == Naming.sharedComposeProject(of: environment.project)
        && $0.labels[Label.environment] == EnvironmentName.sharedServices.text
    }.compactMap(\.service)
    let made = try state.sharedServices()
    let model = sharing.model.takenFromRoot(identity)
    for name in sharing.services {
      guard let theirs = main.service(name), let own = model.service(name) else { continue }
      let now = SharedDefinition.digest(of: theirs, in: project.root)
      let before = made.first { $0.service == name }?.definition
      if running.contains(name), let before, before != now {
        Output.warn(
          "the definition of shared service \(name.quoted) has changed since it was started")
        Output.hint("to run it as it is defined now, run 'piko share \(name)'")
      }
      let names = (own: record.composeProject, other: main.name)
      if SharedDefinition.digest(of: own, in: record.path, names) != now {
        Output.warn(
          "this branch defines service \(name.quoted) otherwise than the main checkout, whose "
            + "definition the shared one runs by")
        Output.hint("to give each environment its own, run 'piko isolate \(name)'")
      }
    }
  }
}

extension [ContainerVariable] {
  /// Without services that an environment does not run.
  func leavingOut(_ services: [String]) -> [ContainerVariable] {
    map { variable in
      ContainerVariable(
        name: variable.name, value: variable.value,
        services: variable.services.filter { !services.contains($0) })
    }
  }
}
