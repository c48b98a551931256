/// What `git status --porcelain=v2 --branch -z` says of one working tree (git-status(1)).
package struct WorktreeStatus: Sendable, Equatable {
  /// Commits that only one of two branches has.
  package struct Divergence: Sendable, Equatable {
    /// The branch that HEAD is compared with.
    package let from: String
    /// Commits of HEAD that it lacks.
    package let ahead: Int
    /// Its commits that HEAD lacks.
    package let behind: Int

    package init(from: String, ahead: Int, behind: Int) {
      self.from = from
      self.ahead = ahead
      self.behind = behind
    }
  }

  /// The branch checked out; nil where HEAD is detached.
  package private(set) var branch: String?
  /// HEAD's commit; nil before the first one.
  package private(set) var oid: String?
  /// The configured upstream, such as `origin/main`.
  package private(set) var upstream: String?
  /// Where HEAD stands against its upstream, or what else it was compared with; nil where unknown.
  package internal(set) var divergence: Divergence?
  /// Tracked files that differ from HEAD, in the index or in the working tree; conflicts too.
  package private(set) var changed = 0
  /// Of ``changed``, the files that are gone from the working tree and differ in nothing else.
  package private(set) var missing = 0
  /// Untracked files and directories that are not ignored.
  package private(set) var untracked = 0

  /// The paths that git ignores, where it was asked for them; directories end with a slash and stand
  /// for all they hold.
  package private(set) var ignored: [[UInt8]] = []

  /// Everything that a commit of all would take.
  package var uncommitted: Int { changed + untracked }

  /// Reads git's NUL-terminated records; unknown ones are skipped, as git asks of its readers.
  package init(porcelain bytes: [UInt8]) {
    var skipsPath = false
    for record in bytes.split(separator: 0, omittingEmptySubsequences: false) {
      if skipsPath {  // the former path of a rename is a record of its own
        skipsPath = false
        continue
      }
      switch record.first {
      case UInt8(ascii: "#"): readHeader(String(decoding: record, as: UTF8.self))
      case UInt8(ascii: "1"), UInt8(ascii: "u"):
        changed += 1
        if record.starts(with: Array("1 .D ".utf8)) { missing += 1 }
      case UInt8(ascii: "2"):
        changed += 1
        skipsPath = true
      case UInt8(ascii: "?"): untracked += 1
      case UInt8(ascii: "!"): ignored.append(Array(record.dropFirst(2)))
      default: break
      }
    }
  }

  private mutating func readHeader(_ line: String) {
    let words = line.split(separator: " ", maxSplits: 2).map(String.init)
    guard words.count == 3 else { return }
    switch words[1] {
    case "branch.oid": oid = words[2] == "(initial)" ? nil : words[2]
    case "branch.head": branch = words[2] == "(detached)" ? nil : words[2]
    case "branch.upstream": upstream = words[2]
    case "branch.ab":
      let counts = words[2].split(separator: " ").compactMap { Int($0) }
      guard counts.count == 2, let upstream else { return }
      divergence = Divergence(from: upstream, ahead: counts[0], behind: -counts[1])
    default: break
    }
  }
}
