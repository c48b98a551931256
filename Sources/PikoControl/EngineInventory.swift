package import PikoCompose
package import PikoCore
package import PikoProject
package import PikoStore
import SystemPackage

/// What an environment has in the engine, as it was found once.
package struct EngineInventory {
  package let containers: [EngineContainer]
  package let networks: [EngineNetwork]
  package let imageTags: [String]
  /// Its volumes by name: those that carry its labels, then those without that its containers mount,
  /// or mounted once.
  package let volumes: [String]
  private let namedVolumes: [String]
  /// Those without labels that are known to be its own.
  private let rememberedVolumes: [String]
  private let environment: Environment
  private let objects: EngineObjects
  private let nameless: NamelessVolumes

  /// Asks the engine, once for each kind.
  ///
  /// - Throws: where the engine does not answer.
  package init(of record: EnvironmentRecord, in project: Project) throws {
    environment = try project.environment(record)
    objects = EngineObjects(environment, on: Engine())
    nameless = try NamelessVolumes(of: record, in: project)
    containers = try objects.containers()
    networks = try objects.networks()
    imageTags = try objects.imageTags()
    namedVolumes = try objects.volumes().map(\.name).sorted()
    rememberedVolumes = try nameless.remembered()
    let composed = try nameless.composed(for: containers)
    volumes =
      namedVolumes
      + Set(try nameless.made(for: containers) + composed).union(rememberedVolumes).sorted()
  }

  /// Refuses where containers that are not the environment's hold on to what would be removed.
  ///
  /// - Throws: naming the first one.
  package func refuseForeignUse(volumes: Bool) throws {
    let own = Set(containers.map(\.id))
    let ownNetworks = Set(networks.map(\.name))
    let ownVolumes = Set(namedVolumes + rememberedVolumes)
    for container in try Engine().containers() where !own.contains(container.id) {
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
      if volumes, let volume = container.volumes.first(where: ownVolumes.contains) {
        throw Failure(
          "cannot remove volume \(volume.quoted): container \(name.quoted) uses it",
          hint: "to keep the volumes, leave out '--volumes'")
      }
    }
  }

  /// The containers that somebody's own `docker compose` has made of files in a worktree, as another
  /// Compose project than its environment's, by that project's name.
  package static func composedBeside(
    _ record: EnvironmentRecord
  ) throws -> [String: [EngineContainer]] {
    let made = try Engine().containers(labels: [Label.composeDirectory]).filter { container in
      let directory = FilePath(container.labels[Label.composeDirectory] ?? "")
      return directory.starts(with: record.path)
        && container.composeProject != record.composeProject
    }
    return Dictionary(grouping: made) { $0.composeProject ?? "" }
  }

  /// Whether there is nothing.
  package var isEmpty: Bool {
    containers.isEmpty && networks.isEmpty && imageTags.isEmpty && volumes.isEmpty
  }

  /// The services that have containers.
  package var services: [String] { Set(containers.compactMap(\.service)).sorted() }

  // MARK: - Removal

  /// Removes the containers, the networks and the private image tags. No volume goes with its
  /// container: the engine would take those of others (`volumes_from`) along.
  package func removeContainers() throws {
    try nameless.remember(containers)
    try objects.removeContainers(containers.map(\.id))
    try objects.removeNetworks(networks.map(\.id))
    try objects.removeImageTags(imageTags)
  }

  /// Removes the volumes of containers that are gone, or says which of them are kept.
  package func settleVolumes(
    removing: Bool, in operation: Operation, narrator: Narrator
  ) throws {
    guard !volumes.isEmpty else { return }
    guard removing else {
      return narrator.say(
        "kept \(volumes.count.counted("volume")): \(volumes.joined(separator: ", "))")
    }
    try operation.step(.volumes) {
      try objects.removeVolumes(namedVolumes)
      try objects.removeVolumes(nameless.remembered())
      try nameless.forgetGone()
    }
    narrator.finished("Removed \(volumes.count.counted("volume"))")
  }

  /// What there is in lines, as `--dry-run` prints it.
  package func lines(volumes removesVolumes: Bool) -> [String] {
    var lines: [String] = []
    if !containers.isEmpty { lines.append("containers   \(services.joined(separator: ", "))") }
    for network in networks.map(\.name).sorted() { lines.append("network      \(network)") }
    for tag in imageTags.sorted() { lines.append("image        \(tag)") }
    for volume in volumes {
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
