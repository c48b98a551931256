import PikoCompose
import PikoControl
import PikoCore
import PikoStore
import SystemPackage

/// What an environment has in the engine, as it was found once.
struct EngineInventory {
  let containers: [EngineContainer]
  let networks: [EngineNetwork]
  /// Named volumes that carry the environment's labels.
  let volumes: [EngineVolume]
  /// Volumes without a name of their own, known by the containers that mount them. For telling the
  /// user alone: the engine itself knows which go with a container.
  let anonymousVolumes: [String]
  let imageTags: [String]

  /// Asks the engine, once for each kind.
  ///
  /// - Throws: where the engine does not answer.
  init(of environment: Environment, on engine: Engine) throws {
    let objects = EngineObjects(environment, on: engine)
    containers = try objects.containers()
    networks = try objects.networks()
    volumes = try objects.volumes()
    imageTags = try objects.imageTags()
    let mounted = containers.flatMap(\.mounts).filter { $0.type == "volume" }.compactMap(\.name)
    anonymousVolumes = Set(mounted).filter { EngineInventory.isAnonymous($0) }.sorted()
  }

  /// Refuses where containers that are not the environment's hold on to what would be removed.
  ///
  /// - Throws: naming the first one.
  func refuseForeignUse(of environment: Environment, volumes: Bool, on engine: Engine) throws {
    let own = Set(containers.map(\.id))
    let ownNetworks = Set(networks.map(\.name))
    let ownVolumes = Set(self.volumes.map(\.name))
    for container in try engine.containers() where !own.contains(container.id) {
      // Those of shared services are taken off its networks first.
      if container.composeProject == Naming.sharedComposeProject(of: environment.project),
        container.labels[Label.environment] == EnvironmentName.sharedServices.text
      {
        continue
      }
      let name = container.names.first ?? container.id
      if container.composeProject == environment.composeProject {
        throw Failure(
          "container \(name.quoted) is in the Compose project "
            + "\(environment.composeProject.quoted) but not piko's",
          hint: "remove it yourself: 'docker rm --force \(name.masked)'")
      }
      if container.isConnected, let network = container.networks.first(where: ownNetworks.contains)
      {
        throw Failure(
          "cannot remove network \(network.quoted): container \(name.quoted) is on it",
          hint: "to take it off, run 'docker network disconnect \(network) \(name.masked)'")
      }
      let mounted = container.mounts.filter { $0.type == "volume" }.compactMap(\.name)
      if volumes, let volume = mounted.first(where: ownVolumes.contains) {
        throw Failure(
          "cannot remove volume \(volume.quoted): container \(name.quoted) uses it",
          hint: "to keep the volumes, leave out '--volumes'")
      }
    }
  }

  /// Whether the engine made the name: 64 hex digits.
  private static func isAnonymous(_ name: String) -> Bool {
    name.utf8.count == 64 && name.allSatisfy { $0.isHexDigit }
  }

  /// The services that have containers.
  var services: [String] { Set(containers.compactMap(\.service)).sorted() }

  func lines(volumes removesVolumes: Bool) -> [String] {
    var lines: [String] = []
    if !containers.isEmpty { lines.append("containers   \(services.joined(separator: ", "))") }
    for network in networks.map(\.name).sorted() { lines.append("network      \(network)") }
    for tag in imageTags.sorted() { lines.append("image        \(tag)") }
    for volume in volumes.map(\.name).sorted() + anonymousVolumes.sorted() {
      lines.append("volume       \(volume)\(removesVolumes ? "" : " (kept)")")
    }
    return lines
  }
}

extension EngineContainer {
  /// Whether its networks count it as a member: a stopped container only remembers them.
  fileprivate var isConnected: Bool {
    switch state {
    case .running, .paused, .restarting: true
    case .created, .removing, .exited, .dead: false
    }
  }
}
