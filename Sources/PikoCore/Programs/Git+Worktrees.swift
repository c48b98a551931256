package import SystemPackage

extension Git {
  /// A worktree of the repository as `git worktree list` gives it.
  package struct Worktree: Sendable, Hashable {
    package let path: FilePath
    /// Its branch's short name; nil with a detached HEAD and for a bare repository.
    package let branch: String?
  }

  /// Every worktree of the repository, the main one first.
  package func worktrees() throws(Failure) -> [Worktree] {
    let text = try output(
      ["worktree", "list", "--porcelain", "-z"], failing: "cannot list the worktrees")
    return text.split(separator: "\0\0").compactMap { record in
      var path: FilePath?
      var branch: String?
      for line in record.split(separator: "\0") {
        if line.hasPrefix("worktree ") { path = FilePath(String(line.dropFirst(9))) }
        if line.hasPrefix("branch refs/heads/") { branch = String(line.dropFirst(18)) }
      }
      return path.map { Worktree(path: $0, branch: branch) }
    }
  }
}
