package import SystemPackage

/// What is checked out in a linked worktree, read from git's files alone (gitrepository-layout(5)).
package enum WorktreeHead: Equatable, Sendable {
  /// A branch.
  case branch(BranchName)
  /// A commit without a branch.
  case detached
  /// A branch whose name is no text: with U+FFFD for what cannot be read, for people to look at.
  case illegible(String)

  /// Nil where the files do not say: no worktree, or a way of keeping references without them.
  package init?(of worktree: FilePath) {
    guard let link = ShortFile.text(worktree.appending(".git"), limit: 1 << 14),
      let place = link.behind("gitdir: ")
    else { return nil }
    let directory = FilePath(place.firstLine)
    guard
      let bytes = ShortFile.bytes(worktree.pushing(directory).appending("HEAD"), limit: 1 << 14)
    else { return nil }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      let readable = String(decoding: bytes, as: UTF8.self).firstLine
      guard let name = readable.behind("ref: ").flatMap({ BranchName(reference: $0) }) else {
        return nil
      }
      self = .illegible(name.text)
      return
    }
    let head = text.firstLine
    if let name = head.behind("ref: ").flatMap({ BranchName(reference: $0) }) {
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

extension String {
  /// The text before the first newline.
  fileprivate var firstLine: String {
    String(decoding: utf8.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
  }
}
