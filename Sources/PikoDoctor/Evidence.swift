import PikoCompose
import PikoConfig
import PikoCore
import PikoStore
import SystemPackage

/// What a worktree and the engine still tell of an environment that the databases have lost: its
/// override, and its containers where that is gone too, hold the ports it was given and whose it is.
struct Evidence {
  /// The project's name in the labels; nil where there are none.
  let projectName: String?
  let runs: [PortRun]
  let subnets: [(network: String, subnet: Subnet)]
  /// The services of the model.
  let services: [String]
  private let configuration: ProjectConfiguration
  private let files: [FilePath]

  /// Nil where there is neither, or nobody can read it.
  init?(
    in worktree: FilePath, root: FilePath, containers: [EngineContainer], networks: [EngineNetwork]
  ) {
    guard let configuration = try? Configuration.load(root: root, worktree: worktree),
      let files = try? ComposeFiles.find(in: worktree, configured: configuration.compose),
      !files.isEmpty
    else { return nil }
    self.configuration = configuration
    self.files = files
    if let model = Evidence.overridden(in: worktree, root: root, configuration, files) {
      projectName =
        model.services.lazy.compactMap { $0.document["labels"]?[Label.project]?.string }.first
      runs = ((try? Requirements(of: model).ports) ?? []).compactMap { port in
        port.published.map { PortRun(port.mapping, ports: $0) }
      }
      subnets = Evidence.subnets(of: model)
      services = model.services.map(\.name)
      return
    }
    guard let first = containers.first(where: { $0.labels[Label.project] != nil }) else {
      return nil
    }
    projectName = first.labels[Label.project]
    runs = Evidence.bindings(of: containers)
    subnets = networks.flatMap { network in
      network.subnets.compactMap { Subnet($0) }
        .map { (network.labels[Label.composeNetwork] ?? "default", $0) }
    }
    services = Set(containers.compactMap(\.service)).sorted()
  }

  /// The variables that point Compose at the environment.
  func variables(composeProject: String, worktree: FilePath) -> [String: String] {
    ComposeProject(
      name: composeProject, directory: worktree, files: files,
      override: worktree.appending(Override.fileName), profiles: configuration.profiles
    ).variables
  }

  // MARK: - The two sources

  private static func overridden(
    in worktree: FilePath, root: FilePath, _ configuration: ProjectConfiguration,
    _ files: [FilePath]
  ) -> Model? {
    let override = worktree.appending(Override.fileName)
    guard FileCopy.exists(override), Program("docker").exists else { return nil }
    // Under what name it is read does not matter for what is looked at.
    let reading = ComposeProject(
      name: "piko", directory: worktree, files: files, override: override,
      profiles: configuration.profiles)
    return try? Compose().model(of: reading, root: root).model
  }

  private static func subnets(of model: Model) -> [(network: String, subnet: Subnet)] {
    model.networks.filter { !$0.isExternal }.flatMap { network in
      (network.document["ipam"]?["config"]?.array ?? []).compactMap { pool in
        pool["subnet"]?.string.flatMap { Subnet($0) }.map { (network.key, $0) }
      }
    }
  }

  /// What containers are bound to, running or not; one of each service, since replicas are bound
  /// alike.
  private static func bindings(of containers: [EngineContainer]) -> [PortRun] {
    var seen: Set<String> = []
    var runs: [PortRun] = []
    for container in containers where !container.isOneOff {
      guard let service = container.service, seen.insert(service).inserted else { continue }
      var counts: [PortMapping: Int] = [:]
      for binding in (try? Engine().bindings(of: container.id)) ?? [] {
        let mapping = PortMapping(
          service: service, target: binding.target, transport: binding.transport,
          address: binding.address)
        let ordinal = counts[mapping, default: 0]
        counts[mapping] = ordinal + 1
        runs.append(
          PortRun(
            PortMapping(
              service: service, target: binding.target, transport: binding.transport,
              address: binding.address, ordinal: ordinal), ports: binding.ports))
      }
    }
    return runs
  }
}
