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
    let found = conflicts(expected, as: identity, existing: existing)
    guard let first = found.first else { return }
    let others = found.count > 1 ? " and \(found.count - 1) more" : ""
    throw Failure(
      "cannot use the Compose project \(identity.composeProject.quoted): \(first)\(others) "
        + "belongs to something else on this engine",
      hint: "to take another name, set 'name:' in '.piko.yml', or run 'piko create NAME'",
      detail: found.count > 1 ? found.joined(separator: "\n") : nil)
  }

  /// What stands in the way, each as `network 'x'`.
  static func conflicts(
    _ expected: Model, as identity: Identity, existing: Existing
  ) -> [String] {
    var found: [String] = []
    for container in existing.containers
    where !isOwn(container.labels, identity)
      && (container.composeProject == identity.composeProject
        || container.names.contains { isWanted($0, expected, identity) })
    {
      found.append("container \((container.names.first ?? container.id).quoted)")
    }
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

  /// Whether Compose would give the name to a container of the model: `PROJECT-SERVICE-NUMBER`.
  private static func isWanted(
    _ name: String, _ expected: Model, _ identity: Identity
  ) -> Bool {
    expected.services.contains { service in
      let start = "\(identity.composeProject)-\(service.name)-"
      return name.hasPrefix(start) && Int(name.dropFirst(start.count)) != nil
    }
  }

  private static func isOwn(_ labels: [String: String], _ identity: Identity) -> Bool {
    identity.owner.owns(labels)
  }
}
