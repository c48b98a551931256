package import PikoCore
package import SystemPackage

/// Git's record of a worktree that is not at its place any more: it may have been moved by hand, and
/// what the record alone holds would be gone with it.
extension Repository {
  /// Which of these directories is a worktree that git's record still has at `path`: its `.git` file
  /// leads to that record. Nil where something stands at `path`.
  package func placeUnknownToGit(
    ofWorktree path: FilePath, among directories: [FilePath]
  ) -> FilePath? {
    guard Disk.kind(of: path) == nil else { return nil }
    let entries = entries(for: path)
    guard !entries.isEmpty else { return nil }
    return directories.first {
      $0 != asidePlace(ofWorktree: path) && entryNamed(inside: $0).map(entries.contains) ?? false
    }
  }

  /// Where git's record of a worktree leads that was made at `path` for `branch`, once the record was
  /// repaired (git-worktree(1), `repair`) or the worktree was moved by git. Nil where something stands
  /// at `path`.
  package func placeKnownToGit(
    ofWorktree path: FilePath, branch: BranchName
  ) throws(Failure) -> FilePath? {
    guard Disk.kind(of: path) == nil else { return nil }
    let name = path.lastComponent?.string
    return try linkedWorktrees().first {
      $0.name == name && $0.checkout == .branch(branch) && Disk.kind(of: $0.path) == .directory
    }?.path
  }

  /// What would be lost with the record of a worktree whose files are not there, in words.
  package func work(inRecordOf path: FilePath) throws(Failure) -> [String] {
    let contents = try contents(ofWorktree: path)
    var held: [String] = []
    if contents.staged > 0 { held.append(contents.staged.counted("staged file")) }
    if let unfinished = contents.unfinished { held.append("\(unfinished) that is not finished") }
    if contents.hasSubmodules { held.append("initialised submodules") }
    var commits = 0
    for entry in entries(for: path) {
      var heads = try self.heads(of: entry, .now)
      // The branch was deleted: what was checked out is in the log of HEAD alone.
      if heads.isEmpty { heads = [entry.lastCommit].compactMap(\.self) }
      if !heads.isEmpty { commits = max(commits, try commitsOnly(onDetached: heads)) }
    }
    if commits > 0 {
      held.append("\(commits.counted("commit")) that no branch or tag reaches")
    }
    return held
  }

  /// What is asked of a worktree's HEAD.
  enum HeadQuestion {
    case now, ever

    fileprivate var arguments: [String] {
      switch self {
      case .now: ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]
      case .ever: ["log", "--walk-reflogs", "--format=%H", "HEAD", "--"]
      }
    }
  }

  /// The commits that HEAD of a worktree points to, or ever pointed to by its log; empty where it
  /// cannot be read, as in a half-made entry: nobody committed there.
  func heads(of entry: AdminEntry, _ question: HeadQuestion) throws(Failure) -> [String] {
    let inside = Git(
      in: commonDirectory,
      environment: git.environment.setting(["GIT_DIR": entry.directory.string]))
    let answer = try inside.run(question.arguments)
    guard answer.succeeded else { return [] }
    return answer.text.split(whereSeparator: \.isNewline).map(String.init)
  }
}
