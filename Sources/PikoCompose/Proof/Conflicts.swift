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

  /// Refuses names that something foreign has.
  ///
  /// - Parameter expected: the environment's model.
  /// - Throws: naming all of them.
  package static func refuse(
    _ expected: Model, as identity: Identity, existing: Existing
  ) throws(Failure) {
    try refuse(conflicts(expected, as: identity, existing: existing), as: identity)
  }

  /// The same of containers alone, before the environment has a model.
  ///
  /// - Parameter services: gives the services that it will probably have; asked only where a
  ///   container may have the name of one.
  package static func refuse(
    _ containers: [EngineContainer], as identity: Identity, services: () -> [String]
  ) throws(Failure) {
    try refuse(conflicts(containers, as: identity, services: services), as: identity)
  }

  private static func refuse(_ found: [String], as identity: Identity) throws(Failure) {
    guard let first = found.first else { return }
    let others = found.count > 1 ? " and \(found.count - 1) more" : ""
    throw Failure(
      "cannot use the Compose project \(identity.composeProject.quoted): \(first)\(others) "
        + "\(found.count == 1 ? "belongs" : "belong") to something else on this engine",
      hint: "to take another name, set 'name:' in '.piko.yml', or run 'piko create NAME'",
      detail: found.count > 1 ? found.joined(separator: "\n") : nil)
  }

  /// What stands in the way, each as `network 'x'`.
  static func conflicts(
    _ expected: Model, as identity: Identity, existing: Existing
  ) -> [String] {
    var found = conflicts(existing.containers, as: identity) { expected.services.map(\.name) }
    let volumes = Set(expected.volumes.filter { !$0.isExternal }.map(\.name))
    for volume in existing.volumes
    where volumes.contains(volume.name) && !isOwn(volume.labels ?? [:], identity) {
      found.append("volume \(volume.name.quoted)")
    }
    let networks = Set(expected.networks.filter { !$0.isExternal }.map(\.name))
    for network in existing.networks
    where networks.contains(network.name) && !isOwn(network.labels, identity) {
      found.append("network \(network.name.quoted)")
    }
    return found
  }

  private static func conflicts(
    _ containers: [EngineContainer], as identity: Identity, services: () -> [String]
  ) -> [String] {
    var names: [String]?
    return containers.filter { !isOwn($0.labels, identity) }.filter { container in
      if container.composeProject == identity.composeProject { return true }
      let wanted = container.names.compactMap { service($0, identity) }
      guard !wanted.isEmpty else { return false }
      let known = names ?? services()
      names = known
      return wanted.contains(where: known.contains)
    }.map { "container \(($0.names.first ?? $0.id).quoted)" }
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

  private static func isOwn(_ labels: [String: String], _ identity: Identity) -> Bool {
    identity.owner.owns(labels)
  }
}
