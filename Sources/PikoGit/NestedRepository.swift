package import PikoCore
package import SystemPackage

/// A repository inside of a worktree, of which the worktree's own git sees nothing.
package struct NestedRepository {
  private let path: FilePath
  private let git: Git

  /// - Parameter path: the directory that has a `.git`.
  package init(at path: FilePath, environment: ChildEnvironment = .pinned()) {
    self.path = path
    // Where its `.git` is none, the worktree around must not answer for it.
    let around = path.removingLastComponent().string
    git = Git(in: path, environment: environment.setting(["GIT_CEILING_DIRECTORIES": around]))
  }

  /// Whether it may hold what is nowhere else. A clean clone whose branches its remotes have holds
  /// nothing, as package managers make them; what git cannot read may hold anything.
  package var mayHoldWork: Bool {
    let own = path.appending(".git")
    if Disk.kind(of: own) == .directory, Disk.kind(of: own.appending("HEAD")) == nil {
      return false
    }
    guard let status = try? git.status(), status.uncommitted == 0,
      let remotes = text(["for-each-ref", "--count=1", "refs/remotes"]), !remotes.isEmpty,
      let stash = text(["for-each-ref", "refs/stash"]), stash.isEmpty,
      let commits = text([
        "rev-list", "--count", "HEAD", "--branches", "--not", "--remotes", "--tags",
      ])
    else { return true }
    return commits != "0\n"
  }

  /// Whether it is a submodule, whose repository is in the record of a worktree.
  package func isSubmodule(of repository: borrowing Repository) -> Bool {
    guard let line = Disk.line(path.appending(".git")), line.hasPrefix("gitdir: ") else {
      return false
    }
    let target = FilePath(String(line.dropFirst("gitdir: ".count)))
    let place = Disk.real(
      (target.isAbsolute ? target : Disk.real(path).appending(target.components))
        .lexicallyNormalized())
    let entries = repository.commonDirectory.appending("worktrees")
    return place.starts(with: entries) && place.components.contains { $0.string == "modules" }
  }

  private func text(_ arguments: [String]) -> String? {
    guard let result = try? git.run(arguments), result.succeeded else { return nil }
    return result.text
  }
}
