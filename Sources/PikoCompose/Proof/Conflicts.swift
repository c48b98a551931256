package import PikoCore
import SystemPackage

/// Engine objects that have the names an environment wants but are not its own: another user's
/// project of that name, or what somebody made by hand.
package enum Conflicts {
  /// What the engine has, as far as names go.
  package struct Existing: Sendable {
    package let containers: [EngineContainer]
    package let volumes: [EngineVolume]
    package let networks: [EngineNetwork]

    package init(
      containers: [EngineContainer], volumes: [EngineVolume], networks: [EngineNetwork]
    ) {
      self.containers = containers
      self.volumes = volumes
      self.networks = networks
    }

    /// Asks the engine, once for each kind.
    package init(on engine: Engine) throws(Failure) {
      self.init(
        containers: try engine.containers(), volumes: try engine.volumes(),
        networks: try engine.networks())
    }
  }

  /// Something that has a name which the environment wants.
  struct Foreign: Equatable {
    let kind: String
    let name: String

    var text: String { "\(kind) \(name.quoted)" }
  }

  /// Refuses names that something foreign has.
  ///
  /// - Parameters:
  ///   - expected: the environment's model.
  ///   - isMade: whether the environment was made before: then what Compose made in its worktree is
  ///     its own. What lies there before it is made is not.
  ///   - volumes: those without piko's labels that are known as its own.
  /// - Throws: naming all of them.
  package static func refuse(
    _ expected: Model, as identity: Identity, existing: Existing, isMade: Bool = false,
    volumes: Set<String> = []
  ) throws(Failure) {
    let found = conflicts(
      expected, as: identity, existing: existing, isMade: isMade, volumes: volumes)
    try refuse(found, as: identity, isMade: isMade)
  }

  /// The same of containers alone, before the environment has a model.
  ///
  /// - Parameter services: gives the services that it will probably have; asked only where a
  ///   container may have the name of one.
  package static func refuse(
    _ containers: [EngineContainer], as identity: Identity, services: () -> [String]
  ) throws(Failure) {
    try refuse(
      conflicts(containers, as: identity, isMade: false, services: services), as: identity,
      isMade: false)
  }

  private static func refuse(
    _ found: [Foreign], as identity: Identity, isMade: Bool
  ) throws(Failure) {
    guard let first = found.first else { return }
    let others = found.count > 1 ? " and \(found.count - 1) more" : ""
    throw Failure(
      "cannot use the Compose project \(identity.composeProject.quoted): \(first.text)\(others) "
        + "\(found.count == 1 ? "belongs" : "belong") to something else on this engine",
      hint: isMade
        ? "to see what it is, run 'docker \(first.kind) inspect \(Quoting.word(first.name.masked))'"
        : "to take another name, set 'name:' in '.piko.yml', or run 'piko create NAME'",
      detail: found.count > 1 ? found.map(\.text).joined(separator: "\n") : nil)
  }

  /// What stands in the way.
  static func conflicts(
    _ expected: Model, as identity: Identity, existing: Existing, isMade: Bool = false,
    volumes: Set<String> = []
  ) -> [Foreign] {
    let owner = identity.owner
    var found = conflicts(existing.containers, as: identity, isMade: isMade) {
      expected.services.map(\.name)
    }
    let wantedVolumes = Set(expected.volumes.filter { !$0.isExternal }.map(\.name))
    for volume in existing.volumes
    where wantedVolumes.contains(volume.name) && !owner.owns(volume.labels ?? [:])
      && !volumes.contains(volume.name)
    {
      found.append(Foreign(kind: "volume", name: volume.name))
    }
    let networks = Set(expected.networks.filter { !$0.isExternal }.map(\.name))
    let own = existing.containers.filter { isOwn($0, identity, isMade) }
    let used = isMade ? existing.networks.used(by: own).map(\.id) : []
    for network in existing.networks
    where networks.contains(network.name) && !owner.owns(network.labels)
      && !(owner.mayHaveMade(network.labels) && used.contains(network.id))
    {
      found.append(Foreign(kind: "network", name: network.name))
    }
    return found
  }

  private static func conflicts(
    _ containers: [EngineContainer], as identity: Identity, isMade: Bool, services: () -> [String]
  ) -> [Foreign] {
    var names: [String]?
    return containers.filter { !isOwn($0, identity, isMade) }.filter { container in
      if container.composeProject == identity.composeProject { return true }
      let wanted = container.names.compactMap { service($0, identity) }
      guard !wanted.isEmpty else { return false }
      let known = names ?? services()
      names = known
      return wanted.contains(where: known.contains)
    }.map { Foreign(kind: "container", name: $0.names.first ?? $0.id) }
  }

  /// The service whose container Compose would give the name to: `PROJECT-SERVICE-NUMBER`.
  private static func service(_ name: String, _ identity: Identity) -> String? {
    let start = "\(identity.composeProject)-"
    guard name.hasPrefix(start), let dash = name.lastIndex(of: "-"),
      Int(name[name.index(after: dash)...]) != nil
    else { return nil }
    let service = name[..<dash].dropFirst(start.count)
    return service.isEmpty ? nil : String(service)
  }

  private static func isOwn(
    _ container: EngineContainer, _ identity: Identity, _ isMade: Bool
  ) -> Bool {
    let owner = identity.owner
    return owner.owns(container.labels) || isMade && owner.made(container.labels)
  }
}
