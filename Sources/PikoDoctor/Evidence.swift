import PikoCompose
import PikoConfig
import PikoCore
import PikoStore
import SystemPackage

/// What a worktree itself still tells of an environment that the databases have lost: its override
/// holds the ports and subnets it was given, and whose it is.
struct Evidence {
  /// The project's name in the labels; nil where there are none.
  let projectName: String?
  let runs: [PortRun]
  let subnets: [(network: String, subnet: Subnet)]
  /// The services of the model.
  let services: [String]
  private let configuration: ProjectConfiguration
  private let files: [FilePath]

  /// Nil where the worktree has no override, or nobody can read it.
  init?(in worktree: FilePath, root: FilePath) {
    let override = worktree.appending(Override.fileName)
    guard FileCopy.exists(override), Program("docker").exists,
      let configuration = try? Configuration.load(root: root, worktree: worktree),
      let files = try? ComposeFiles.find(in: worktree, configured: configuration.compose),
      !files.isEmpty
    else { return nil }
    self.configuration = configuration
    self.files = files
    // Under what name it is read does not matter for what is looked at.
    let reading = ComposeProject(
      name: "piko", directory: worktree, files: files, override: override,
      profiles: configuration.profiles)
    guard let model = try? Compose().model(of: reading, root: root).model else { return nil }
    projectName =
      model.services.lazy.compactMap { $0.document["labels"]?[Label.project]?.string }.first
    runs = ((try? Requirements(of: model).ports) ?? []).compactMap { port in
      port.published.map { PortRun(port.mapping, ports: $0) }
    }
    subnets = model.networks.filter { !$0.isExternal }.flatMap { network in
      (network.document["ipam"]?["config"]?.array ?? []).compactMap { pool in
        pool["subnet"]?.string.flatMap { Subnet($0) }.map { (network.key, $0) }
      }
    }
    services = model.services.map(\.name)
  }

  /// The variables that point Compose at the environment.
  func variables(composeProject: String, worktree: FilePath) -> [String: String] {
    ComposeProject(
      name: composeProject, directory: worktree, files: files,
      override: worktree.appending(Override.fileName), profiles: configuration.profiles
    ).variables
  }
}
