internal import PikoCore
internal import SystemPackage

/// Commits that nothing but a worktree's own record leads to: made on a detached HEAD that was
/// switched away from, or kept by a reference of that worktree alone (git-worktree(1), "Refs").
package struct LeftCommits: Sendable, Equatable {
  /// The last one of them.
  package let tip: String
  /// How many it leads to that no branch, tag or remote-tracking branch has.
  package let count: Int
}

extension Repository {
  /// What only an entry leads to.
  ///
  /// - Parameter checkout: what it has checked out, which is counted elsewhere.
  func commitsLeft(
    in entry: AdminEntry, at checkout: LinkedWorktree.Checkout?
  ) throws(Failure) -> [LeftCommits] {
    var head: String?
    if case .detached(let oid) = checkout { head = oid }
    var left: [LeftCommits] = []
    for tip in entry.leftTips + (try ownReferences(of: entry)) where tip != head {
      let named = try commonGit.run(["cat-file", "-e", "\(tip)^{commit}"])
      // What git has thrown away already cannot be lost again.
      guard named.succeeded else { continue }
      let count = try commitsOnly(onDetached: [tip], besides: head)
      if count > 0, !left.contains(where: { $0.tip == tip }) {
        left.append(LeftCommits(tip: tip, count: count))
      }
    }
    return left
  }

  /// The commits of the references that a worktree has for itself.
  private func ownReferences(of entry: AdminEntry) throws(Failure) -> [String] {
    let stores = ["refs", "reftable"].map { entry.directory.appending($0) }
    guard stores.contains(where: { Disk.kind(of: $0) != nil }) else { return [] }
    let inside = Git(
      in: commonDirectory, environment: git.environment.setting(["GIT_DIR": entry.directory.string])
    )
    let listed = try inside.run([
      "for-each-ref", "--format=%(objectname)", "refs/worktree", "refs/bisect", "refs/rewritten",
    ])
    return listed.succeeded ? listed.text.split(separator: "\n").map(String.init) : []
  }
}

extension AdminEntry {
  /// The commits that a detached HEAD pointed to when something else was checked out, the last one
  /// first: only those that were made there, not what was merely looked at. Commits that an amend or
  /// a rebase replaced, or a reset threw away, were given up on purpose.
  var leftTips: [String] {
    guard let log = Disk.line(directory.appending("logs").appending("HEAD")) else { return [] }
    var made: Set<Substring> = []
    var left: [String] = []
    for line in log.split(separator: "\n") {
      // `OLD NEW NAME <MAIL> TIME ZONE`, a tab and what was done.
      let parts = line.split(separator: "\t", maxSplits: 1)
      let oids = parts[0].split(separator: " ", maxSplits: 2)
      guard parts.count == 2, oids.count == 3 else { continue }
      let (old, new) = (oids[0], oids[1])
      if parts[1].hasPrefix("checkout: moving from \(old) to ") {
        if old != new, made.contains(old) { left.append(String(old)) }
      } else if !parts[1].hasPrefix("reset: ") {
        made.insert(new)
      }
    }
    var seen: Set<String> = []
    return left.reversed().filter { seen.insert($0).inserted }
  }
}
