import PikoCore
package import SystemPackage

/// Whose the containers are: every private name and every label is made from it.
package struct Identity: Sendable, Equatable {
  /// piko's name of the project.
  package let project: String
  /// The environment's name.
  package let environment: String
  /// The project's root: its main checkout.
  package let root: FilePath
  /// The roots it had before it was moved.
  package let formerRoots: [FilePath]
  /// The environment's worktree.
  package let worktree: FilePath
  /// Where the override is written: the worktree, but for the shared services, which run from the
  /// main checkout and leave nothing there.
  package let overrideDirectory: FilePath
  /// Where Compose looks for `.env` and starts its relative paths: the directory of the first
  /// compose file.
  package let composeDirectory: FilePath
  /// The Compose project; of `a-z 0-9 -` alone, so that no `_` or `/` after it can be part of it.
  package let composeProject: String
  /// The name of the default network.
  package let defaultNetwork: String

  package init(
    project: String, environment: String, root: FilePath, worktree: FilePath,
    composeProject: String, defaultNetwork: String? = nil, composeDirectory: FilePath? = nil,
    formerRoots: [FilePath] = [], overrideDirectory: FilePath? = nil
  ) {
    self.overrideDirectory = (overrideDirectory ?? worktree).lexicallyNormalized()
    self.project = project
    self.environment = environment
    self.root = root.lexicallyNormalized()
    self.formerRoots = formerRoots
    self.worktree = worktree.lexicallyNormalized()
    self.composeDirectory = (composeDirectory ?? worktree).lexicallyNormalized()
    self.composeProject = composeProject
    self.defaultNetwork = defaultNetwork ?? composeProject
  }

  /// The labels that everything made for the environment carries.
  package var labels: [String: String] {
    [
      Label.project: project, Label.root: root.string, Label.environment: environment,
    ]
  }

  /// By which labels the engine's things are known as the environment's.
  package var owner: Owner {
    Owner(
      project: project, environment: environment, composeProject: composeProject,
      roots: [root] + formerRoots, worktree: overrideDirectory)
  }

  /// The engine's name of a volume or network of this environment.
  package func privateName(_ key: String) -> String { "\(composeProject)_\(key)" }

  /// The engine's name of the network with that key in the model.
  package func networkName(_ key: String) -> String {
    key == "default" ? defaultNetwork : privateName(key)
  }

  /// Whether `path` lies in the worktree.
  package func isInWorktree(_ path: FilePath) -> Bool { path.starts(with: worktree) }

  /// Where a relative path that leaves the worktree leads when it is taken from the root instead.
  package func asFromRoot(_ path: FilePath) -> FilePath {
    let common = zip(path.components, worktree.components).prefix { $0 == $1 }.count
    var moved = root
    for _ in worktree.components.dropFirst(common) { moved.append("..") }
    moved.append(path.components.dropFirst(common))
    return moved.lexicallyNormalized()
  }

  /// The path in the worktree as it is named from the worktree's top; nil where it lies outside.
  package func relative(_ path: FilePath) -> String? {
    guard isInWorktree(path) else { return nil }
    let inner = path.components.dropFirst(worktree.components.count)
    return FilePath(root: nil, inner).string
  }
}

/// The labels by which piko knows what it made in the engine.
package enum Label {
  package static let project = "dev.piko.project"
  package static let root = "dev.piko.root"

  /// The project's root that labels name, to be compared as a path: by its bytes.
  package static func root(in labels: [String: String]) -> FilePath? {
    labels[root].map { FilePath($0) }
  }

  package static let environment = "dev.piko.environment"
  /// Compose's own: the project a container, network or volume belongs to.
  package static let composeProject = "com.docker.compose.project"
  /// Compose's own: the key of a network in the model.
  package static let composeNetwork = "com.docker.compose.network"
  /// Compose's own: the service of a container.
  package static let composeService = "com.docker.compose.service"
  /// Compose's own: what a container's service depends on, as `SERVICE:CONDITION:RESTART,…`.
  package static let composeDependsOn = "com.docker.compose.depends_on"
  /// Compose's own: the files a container was made from, with a comma between them.
  package static let composeFiles = "com.docker.compose.project.config_files"
  /// Compose's own: the directory of the first of them.
  package static let composeDirectory = "com.docker.compose.project.working_dir"
  /// Compose's own: `True` on the containers of `docker compose run`.
  package static let composeOneOff = "com.docker.compose.oneoff"
}
