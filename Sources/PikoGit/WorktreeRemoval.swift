package import PikoCore
package import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension Repository {
  /// Removes a linked worktree: its working tree and its entry. What could be lost with it is asked
  /// before: ``contents(ofWorktree:movedTo:)`` and ``commitsOnly(onBranch:)`` tell.
  ///
  /// It works where the working tree was deleted by hand, where the entry is gone, where either is
  /// partly gone, and goes on where an earlier removal ended: the tree is moved aside in one step
  /// before anything of it goes, so that what stands at `path` is never half of one.
  ///
  /// - Parameters:
  ///   - kept: where given, what a program writes into the tree after it was moved stays, and this
  ///     makes the failure that tells where; where nil it goes, too.
  ///   - check: looks at the tree once more where it was moved to, out of the way of all who write to
  ///     `path`; where it throws, the tree is moved back.
  /// - Returns: whether there was anything to remove.
  /// - Throws: where the directory is no linked worktree of this repository, or is locked by a user.
  @discardableResult
  package func removeWorktree(
    _ path: FilePath, keeping kept: ((FilePath) -> Failure)? = nil,
    check: (FilePath) throws(Failure) -> Void = { (_) throws(Failure) in }
  ) throws(Failure) -> Bool {
    try remove(removable(path), at: path, keeping: kept, check: check)
  }

  /// Makes sure that ``removeWorktree(_:)`` may begin; removes nothing.
  ///
  /// - Throws: as it does, and where a filesystem is mounted below the directory.
  package func requireRemovable(worktree path: FilePath) throws(Failure) {
    if try removable(path).hasDirectory { try TreeRemoval.requireNoMounts(below: path) }
  }

  /// ``ProjectRoot/asidePlace(ofWorktree:)``
  package func asidePlace(ofWorktree path: FilePath) -> FilePath {
    ProjectRoot.asidePlace(ofWorktree: path)
  }

  private func removable(_ path: FilePath) throws(Failure) -> Ownership {
    let owned = try ownership(of: path)
    if let entry = owned.entries.first(where: { entry in
      let reason = Disk.line(entry.directory.appending("locked"))
      return reason != nil && reason != "initializing"
    }) {
      let reason = Disk.line(entry.directory.appending("locked")) ?? ""
      throw Failure(
        "cannot remove worktree at '\(Paths.display(path))': it is locked"
          + (reason.isEmpty ? "" : ": \(reason.masked)"),
        hint: "to allow it, run 'git worktree unlock \(Paths.argument(path))'")
    }
    return owned
  }

  /// What of a worktree at `path` is there and is this repository's.
  struct Ownership {
    /// The entries that name the path, finished or still aside.
    var entries: [AdminEntry]
    /// Whether there is a directory to remove.
    var hasDirectory: Bool
  }

  /// - Throws: where something stands at `path` that is not this repository's linked worktree.
  func ownership(of path: FilePath) throws(Failure) -> Ownership {
    var entries = entries(for: path)
    let real = Disk.real(path)
    for name in Disk.names(in: commonDirectory) where name.hasPrefix(asidePrefix) {
      let entry = AdminEntry(directory: commonDirectory.appending(name))
      if entry.workingTree == real { entries.append(entry) }
    }
    guard let kind = Disk.kind(of: path) else {
      return Ownership(entries: entries, hasDirectory: false)
    }
    let refusal = Failure(
      "cannot remove '\(Paths.display(path))': it is not a worktree of '\(Paths.display(commonDirectory))'"
    )
    guard kind == .directory else { throw refusal }
    if let inside = entryNamed(inside: path) {
      // Its entry may be gone, or may have been moved to another working tree.
      let isOthers = inside.exists && inside.workingTree.map { Disk.real($0) != real } ?? false
      guard !isOthers else { throw refusal }
      if inside.exists, !entries.contains(inside) { entries.append(inside) }
    } else {
      // Without its `.git` file it is known by its entry; with another one it is somebody else's.
      let isNamed = !entries.isEmpty && Disk.kind(of: path.appending(".git")) == nil
      guard isNamed || Disk.names(in: path).isEmpty else { throw refusal }
    }
    return Ownership(entries: entries, hasDirectory: true)
  }

  /// Removes the directory first, then the entries: at any moment what is left names the rest.
  func remove(
    _ owned: Ownership, at path: FilePath, keeping kept: ((FilePath) -> Failure)? = nil,
    check: (FilePath) throws(Failure) -> Void = { (_) throws(Failure) in }
  ) throws(Failure) -> Bool {
    removeNamelessEntries()
    let aside = asidePlace(ofWorktree: path)
    var late: Failure?
    let hasAside = Disk.kind(of: aside) != nil
    if hasAside {
      // Left by an earlier removal, which looked at it; its `.git` file goes last.
      guard entryNamed(inside: aside) != nil || Disk.names(in: aside).isEmpty else {
        throw Failure("cannot remove '\(Paths.display(aside))': piko did not put it there")
      }
      try TreeRemoval.remove(aside, last: ".git")
    }
    if owned.hasDirectory {
      try TreeRemoval.requireNoMounts(below: path)
      if try Disk.move(path, to: aside) {
        let inventory = kept.map { _ in TreeInventory(of: aside) }
        do {
          try check(aside)
        } catch {
          _ = try Disk.move(aside, to: path)
          throw error
        }
        if try !TreeRemoval.remove(aside, last: ".git", only: inventory) {
          let place = freePlace(beside: path)
          guard try Disk.move(aside, to: place) else {
            throw Failure("cannot move '\(Paths.display(aside))'")
          }
          late = kept?(place)
          // It would name an entry that is gone.
          _ = place.appending(".git").withPlatformString { unlink($0) }
        }
      } else {
        try check(path)
        try TreeRemoval.remove(path, last: ".git")
      }
    }
    for entry in owned.entries { try TreeRemoval.remove(entry.directory, last: "gitdir") }
    // git removes the folder of all entries with the last one, too.
    _ = commonDirectory.appending("worktrees").withPlatformString { rmdir($0) }
    if let late { throw late }
    return owned.hasDirectory || hasAside || !owned.entries.isEmpty
  }

  /// Where what was written too late is kept: beside the worktree, as its aside place is.
  private func freePlace(beside path: FilePath) -> FilePath {
    let name = ".\(path.lastComponent?.string ?? "").kept"
    let names = [name] + (2...9999).lazy.map { "\(name)-\($0)" }
    let free = names.first { Disk.kind(of: path.removingLastComponent().appending($0)) == nil }
    return path.removingLastComponent().appending(free ?? name)
  }
}
