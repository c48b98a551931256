package import PikoCore
package import SystemPackage

/// Which of a project's configuration files says what.
package enum Configuration {
  /// The configuration that holds in a worktree.
  ///
  /// What belongs to the root (``ProjectConfiguration/Key/belongsToRoot``) is the root's, all else
  /// the worktree's own. A worktree without a file has the root's whole: its branch may be older
  /// than the file. Nil stands for a file that is not there.
  package static func effective(
    root: ProjectConfiguration?, worktree: ProjectConfiguration?
  ) -> ProjectConfiguration {
    let root = root ?? ProjectConfiguration()
    guard var effective = worktree else { return root }
    effective.origins = effective.origins.filter { !$0.key.belongsToRoot }
    for key in ProjectConfiguration.Key.allCases where key.belongsToRoot {
      effective.origins[key] = root.origins[key]
      switch key {
      case .name: effective.name = root.name
      case .compose: effective.compose = root.compose
      case .copy: effective.copy = root.copy
      case .link: effective.link = root.link
      case .shared: effective.shared = root.shared
      case .isolation: effective.isolation = root.isolation
      case .profiles, .scripts, .env, .shells, .ignore, .windows, .ports, .open: break
      }
    }
    return effective
  }

  /// Reads what holds in the worktree at `worktree` of the project at `root`; with nil, what holds
  /// in the root itself.
  ///
  /// - Throws: status 128 where a file cannot be read or says something wrong.
  package static func load(
    root: FilePath, worktree: FilePath? = nil
  ) throws(Failure) -> ProjectConfiguration {
    let main = try file(in: root)
    guard let worktree, worktree != root else { return main ?? ProjectConfiguration() }
    return effective(root: main, worktree: try file(in: worktree))
  }

  /// The configuration in `directory`; nil where it has no file.
  package static func file(in directory: FilePath) throws(Failure) -> ProjectConfiguration? {
    let path = directory.appending(ProjectConfiguration.fileName)
    guard try exists(in: directory), let bytes = try ConfigurationFile.bytes(of: path) else {
      return nil
    }
    return try ProjectConfiguration(parsing: bytes, from: path)
  }

  /// Whether a directory has a configuration.
  ///
  /// - Throws: where it has one whose name ends otherwise, which would go unread.
  package static func exists(in directory: FilePath) throws(Failure) -> Bool {
    if FileCopy.exists(directory.appending(ProjectConfiguration.fileName)) { return true }
    let misnamed = directory.appending(".piko.yaml")
    guard FileCopy.exists(misnamed) else { return false }
    throw Failure(
      "'\(Paths.display(misnamed))' is not read: the name is '\(ProjectConfiguration.fileName)'",
      hint: "to use it, run 'mv .piko.yaml \(ProjectConfiguration.fileName)' in its directory",
      status: .cannotStart)
  }
}
