package import SystemPackage

extension Git {
  /// A worktree of the repository as `git worktree list` gives it.
  package struct Worktree: Sendable, Hashable {
    package let path: FilePath
    /// Its branch; nil with a detached HEAD, for a bare repository and for a name that is no text.
    package let branch: BranchName?
  }

  /// Every worktree of the repository, the main one first.
  package func worktrees() throws(Failure) -> [Worktree] {
    let result = try run(["worktree", "list", "--porcelain", "-z"])
    guard result.succeeded else {
      throw Failure("cannot list the worktrees", detail: result.errors)
    }
    let lines = result.output.split(separator: 0, omittingEmptySubsequences: false)
    return lines.split(whereSeparator: \.isEmpty).compactMap { record in
      var path: FilePath?
      var branch: BranchName?
      // What is no text is no place of piko's and no branch that it knows.
      for line in record.compactMap({ String(validating: $0, as: UTF8.self) }) {
        if let place = line.behind("worktree ") { path = FilePath(place) }
        if let name = line.behind("branch ") { branch = BranchName(reference: name) }
      }
      return path.map { Worktree(path: $0, branch: branch) }
    }
  }
}
