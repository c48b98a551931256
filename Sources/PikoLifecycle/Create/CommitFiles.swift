import PikoCompose
import PikoConfig
import PikoCore
import SystemPackage

/// What a commit holds, asked before it is checked out.
struct CommitFiles {
  let git: Git
  let commit: String

  /// The branch's own `.piko.yml`; nil where it has none.
  ///
  /// - Parameter path: where it will be, as errors name it.
  func configuration(as path: FilePath) throws -> ProjectConfiguration? {
    let file = try git.run(["cat-file", "blob", "\(commit):\(ProjectConfiguration.fileName)"])
    guard file.succeeded else { return nil }
    return try ProjectConfiguration(parsing: file.output, from: path)
  }

  /// Whether it has a compose file, by the configured names or Compose's default ones.
  func hasComposeFile(configured: [String]) throws -> Bool {
    guard configured.isEmpty else { return true }
    let listing = try git.run(
      ["ls-tree", "-z", "--name-only", "--full-tree", commit, "--"] + ComposeFiles.defaultNames)
    return !listing.output.isEmpty
  }
}
