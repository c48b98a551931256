package import SystemPackage

/// What is checked out in a linked worktree, read from git's files alone (gitrepository-layout(5)).
package enum WorktreeHead: Equatable, Sendable {
  /// A branch's short name.
  case branch(String)
  /// A commit without a branch.
  case detached

  /// Nil where the files do not say: no worktree, or a way of keeping references without them.
  package init?(of worktree: FilePath) {
    let prefix = "gitdir: "
    guard let link = ShortFile.text(worktree.appending(".git"), limit: 1 << 14),
      link.hasPrefix(prefix)
    else { return nil }
    let directory = FilePath(String(link.dropFirst(prefix.count).prefix { $0 != "\n" }))
    guard
      let text = ShortFile.text(worktree.pushing(directory).appending("HEAD"), limit: 1 << 14)
    else { return nil }
    let head = text.prefix { $0 != "\n" }
    let branches = "ref: refs/heads/"
    if head.hasPrefix(branches) {
      let name = String(head.dropFirst(branches.count))
      // What git writes where references are kept in tables.
      guard !name.isEmpty, name != ".invalid" else { return nil }
      self = .branch(name)
    } else if head.count >= 40, head.allSatisfy(\.isHexDigit) {
      self = .detached
    } else {
      return nil
    }
  }
}
