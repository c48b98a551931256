import PikoCompose
package import PikoConfig
package import PikoCore
package import SystemPackage

/// What a commit holds, asked before it is checked out.
package struct CommitFiles {
  private let git: Git
  private let commit: String

  /// - Parameters:
  ///   - git: in the repository, or a worktree of it.
  ///   - commit: its name in full.
  package init(git: Git, commit: String) {
    self.git = git
    self.commit = commit
  }

  /// The commit that a revision names.
  ///
  /// - Returns: nil where there is none.
  package init?(git: Git, revision: String) throws(Failure) {
    let found = try git.run([
      "rev-parse", "--verify", "--quiet", "--end-of-options", "\(revision)^{commit}",
    ])
    let commit = found.text.prefix { !$0.isNewline }
    guard found.succeeded, !commit.isEmpty else { return nil }
    self.init(git: git, commit: String(commit))
  }

  /// The branch's own `.piko.yml`; nil where it has none.
  ///
  /// - Parameter path: where it will be, as errors name it.
  package func configuration(as path: FilePath) throws -> ProjectConfiguration? {
    let file = try git.run(["cat-file", "blob", "\(commit):\(ProjectConfiguration.fileName)"])
    guard file.succeeded else { return nil }
    return try ProjectConfiguration(parsing: file.output, from: path)
  }

  /// The compose files that its `.env` names for Compose; empty where it says nothing.
  private func composeFilesOfDotEnv() throws -> [String] {
    let file = try git.run(["cat-file", "blob", "\(commit):.env"])
    return file.succeeded ? ComposeFiles.names(inDotEnv: file.text) : []
  }

  /// Whether it has a compose file, by the configured names, those of its `.env`, or Compose's
  /// default ones.
  package func hasComposeFile(configured: [String]) throws -> Bool {
    if !configured.isEmpty { return true }
    if try has(anyOf: ComposeFiles.defaultNames) { return true }
    return try !composeFilesOfDotEnv().isEmpty
  }

  /// A compose file that is named and cannot come to be there; nil where there is none.
  ///
  /// - Parameter root: the main checkout, of which ignored files may be copied.
  package func missingComposeFile(configured: [String], root: FilePath) throws -> String? {
    let names = try configured.isEmpty ? composeFilesOfDotEnv() : configured
    return try names.first { name in
      let path = FilePath(name)
      if path.isAbsolute { return !FileCopy.exists(path) }
      // Where a path that leaves the worktree leads to is not known here.
      let inside = path.lexicallyNormalized()
      guard inside.components.first?.kind == .regular else { return false }
      return try !FileCopy.exists(root.pushing(inside)) && !has(anyOf: [inside.string])
    }
  }

  /// Whether it has one of these files.
  package func has(anyOf names: [String]) throws -> Bool {
    let listing = try git.run(
      ["ls-tree", "-z", "--name-only", "--full-tree", commit, "--"] + names)
    return !listing.output.isEmpty
  }
}
