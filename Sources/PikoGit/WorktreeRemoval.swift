package import PikoCore
package import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension Repository {
  /// Removes a linked worktree: its working tree and its entry. It asks for nothing that could be
  /// lost: ``Git/uncommittedChanges()`` and ``commitsOnly(onBranch:)`` do.
  ///
  /// It works where the working tree was deleted by hand, where the entry is gone, where either is
  /// partly gone, and goes on where an earlier removal ended.
  ///
  /// - Returns: whether there was anything to remove.
  /// - Throws: where the directory is no linked worktree of this repository, or is locked by a user.
  @discardableResult
  package func removeWorktree(_ path: FilePath) throws(Failure) -> Bool {
    try remove(removable(path), at: path)
  }

  /// Makes sure that ``removeWorktree(_:)`` may begin; removes nothing.
  ///
  /// - Throws: as it does, and where a filesystem is mounted below the directory.
  package func requireRemovable(worktree path: FilePath) throws(Failure) {
    if try removable(path).hasDirectory { try TreeRemoval.requireNoMounts(below: path) }
  }

  /// What git says of the files of a linked worktree, also where its `.git` file is gone; nil where
  /// git has no record of it any more.
  package func status(ofWorktree path: FilePath) throws(Failure) -> WorktreeStatus? {
    if let inside = entryNamed(inside: path) {
      return inside.exists ? try Git(in: path, environment: git.environment).status() : nil
    }
    guard Disk.kind(of: path.appending(".git")) == nil, let entry = entries(for: path).first else {
      return nil
    }
    let places = ["GIT_DIR": entry.directory.string, "GIT_WORK_TREE": path.string]
    return try Git(in: path, environment: git.environment.setting(places)).status()
  }

  /// Where a branch is checked out other than in `path`; nil where it is nowhere else.
  package func placeOfCheckout(
    ofBranch name: String, besides path: FilePath
  ) throws(Failure) -> FilePath? {
    try placeOfCheckout(ofBranch: name).flatMap { Disk.real($0) == Disk.real(path) ? nil : $0 }
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
        hint: "to allow it, run 'git worktree unlock \(path.string.masked)'")
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

  /// Removes the directory first and its `.git` file last of it, then the entries: at any moment
  /// what is left names the rest.
  func remove(_ owned: Ownership, at path: FilePath) throws(Failure) -> Bool {
    if owned.hasDirectory { try TreeRemoval.remove(path, last: ".git") }
    for entry in owned.entries { try TreeRemoval.remove(entry.directory, last: "gitdir") }
    // git removes the folder of all entries with the last one, too.
    _ = commonDirectory.appending("worktrees").withPlatformString { rmdir($0) }
    return owned.hasDirectory || !owned.entries.isEmpty
  }

  /// How many commits a branch has that no other reference has.
  ///
  /// HEADs do not count: that of the branch's own worktree would always have them all.
  package func commitsOnly(onBranch name: String) throws(Failure) -> Int {
    guard let tip = try tip(ofBranch: name) else { return 0 }
    return try count([tip], excluding: ["--exclude=refs/heads/\(name)"])
  }

  /// How many commits a detached HEAD has that no reference has.
  package func commitsOnly(onDetached oid: String) throws(Failure) -> Int {
    try commitsOnly(onDetached: [oid])
  }

  /// How many commits these have that no reference has.
  func commitsOnly(onDetached oids: [String]) throws(Failure) -> Int {
    try count(oids, excluding: [])
  }

  private func count(_ oids: [String], excluding: [String]) throws(Failure) -> Int {
    let oid = oids.first ?? ""
    let text = try commonGit.output(
      ["rev-list", "--count"] + oids + ["--not"] + excluding + ["--glob=refs/*"],
      failing: "cannot count the commits of '\(oid)'")
    guard let count = Int(text.filter { !$0.isNewline }) else {
      throw Failure("cannot count the commits of '\(oid)'")
    }
    return count
  }
}
