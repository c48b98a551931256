internal import CLibgit2
package import PikoCore
internal import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension Repository {
  /// Takes back what ``addWorktree(_:at:progress:)`` made, even half of it, from its record alone.
  ///
  /// The branch goes only where it is known to have been made for the worktree, and still points to
  /// the recorded commit.
  ///
  /// - Parameters:
  ///   - footprint: what piko and the programs that it ran are known to have put there since.
  ///   - isOwn: whether a further file, by its path below the worktree, is piko's all the same.
  /// - Throws: before anything is removed, where the worktree holds what piko did not write, staged
  ///   and ignored files too, a rebase or the like, or commits that no reference would reach; where the directory is not
  ///   this repository's.
  package func undoWorktree(
    _ record: WorktreeRecord, knowing footprint: Footprint = Footprint(),
    isOwn: (String) -> Bool = { _ in false }
  ) throws(Failure) {
    let path = FilePath(record.path)
    let owned = try ownership(of: path)
    if owned.hasDirectory {
      let foreign = try foreignFiles(in: path, owned, record, footprint).filter { !isOwn($0) }
      if let first = foreign.first {
        throw Failure(
          "cannot undo worktree at '\(Paths.display(path))': it holds "
            + (foreign.count == 1 ? "" : "\(foreign.count) files like ")
            + "\(first.quoted), which piko did not write",
          hint: "to see what it holds, run 'git -C \(Paths.argument(path)) status --ignored'")
      }
    }
    if let unfinished = owned.entries.lazy.compactMap(\.unfinished).first {
      throw Failure(
        "cannot undo worktree at '\(Paths.display(path))': it has \(unfinished) that is not finished",
        hint: "to see it, run 'git -C \(Paths.argument(path)) status'")
    }
    try refuseLostCommits(of: owned, at: path)
    _ = try remove(owned, at: path)
    if record.createsBranch, record.hasMadeBranch == true {
      try deleteBranch(record.branch, at: record.tip)
    }
  }

  /// Files of a worktree that are neither what its commit has nor in the footprint.
  private func foreignFiles(
    in path: FilePath, _ owned: Ownership, _ record: WorktreeRecord, _ footprint: Footprint
  ) throws(Failure) -> [String] {
    let isFinished = owned.entries.contains { entry in
      Disk.kind(of: entry.directory.appending("index")) != nil
        && Disk.line(entry.directory.appending("locked")) != "initializing"
    }
    // Where a removal has begun, tracked files are missing: they show, and are nothing to lose.
    guard isFinished, Disk.kind(of: path.appending(".git")) != nil else {
      return try HalfMadeTree(commonGit, record, at: path).foreignFiles()
    }
    return try extras(inWorktree: path).filter { !footprint.contains($0) }.map(\.path)
  }

  /// - Throws: where HEAD of the worktree has, or had, commits that no reference would reach.
  private func refuseLostCommits(of owned: Ownership, at path: FilePath) throws(Failure) {
    var isHead = false
    var lost = 0
    for entry in owned.entries where entry.exists {
      for question in [HeadQuestion.now, .ever] {
        let commits = try heads(of: entry, question)
        guard !commits.isEmpty else { continue }
        let count = try commitsOnly(onDetached: commits)
        if question == .now, count > 0 { isHead = true }
        lost = max(lost, count)
      }
    }
    guard lost > 0 else { return }
    let git = "run 'git -C \(Paths.argument(path))"
    throw Failure(
      "cannot undo worktree at '\(Paths.display(path))': it has \(lost.counted("commit")) that no "
        + "branch or tag reaches",
      hints: [
        isHead
          ? "to keep what is checked out, \(git) switch --create kept'"
          : "to see what was checked out, \(git) log --walk-reflogs'"
      ])
  }
}

/// The files of a worktree whose making was cut off, against the commit that it was made from.
private struct HalfMadeTree {
  private let git: Git
  private let record: WorktreeRecord
  private let root: FilePath
  private var files: [FilePath: (mode: String, oid: String)] = [:]

  init(_ git: Git, _ record: WorktreeRecord, at root: FilePath) throws(Failure) {
    self.git = git
    self.record = record
    self.root = root
    let text = try git.output(
      ["ls-tree", "-r", "-z", "--full-tree", record.tip],
      failing: "cannot read commit '\(record.tip)'")
    for line in text.split(separator: "\0") {
      let parts = line.split(separator: "\t", maxSplits: 1)
      let words = parts[0].split(separator: " ")
      if parts.count == 2, words.count == 3 {
        files[FilePath(String(parts[1]))] = (String(words[0]), String(words[2]))
      }
    }
  }

  func foreignFiles() throws(Failure) -> [String] { try foreign(in: root, below: "") }

  private func foreign(in directory: FilePath, below prefix: String) throws(Failure) -> [String] {
    var found: [String] = []
    for name in Disk.names(in: directory) where !(prefix.isEmpty && name == ".git") {
      let path = directory.appending(name)
      let shown = prefix + name
      guard let kind = Disk.kind(of: path) else { continue }
      if kind == .directory {
        found += try foreign(in: path, below: shown + "/")
      } else if try !isOurs(path, kind, shown) {
        found.append(shown)
      }
    }
    return found
  }

  private func isOurs(_ path: FilePath, _ kind: Disk.Kind, _ name: String) throws(Failure) -> Bool {
    guard let file = files[FilePath(name)] else { return false }
    let content: [UInt8]
    switch (kind, file.mode) {
    case (.link, "120000"):
      guard let target = Disk.target(of: path) else { return false }
      return try git.run(["cat-file", "blob", file.oid]).output == target
    case (.file, "100644"), (.file, "100755"), (.file, "120000"):
      guard let bytes = Disk.read(path) else { return false }
      content = bytes
    default: return false
    }
    if content.isEmpty || isBlob(file.oid, content) { return true }
    let raw = try git.run(["cat-file", "blob", file.oid])
    if raw.output.starts(with: content) { return true }
    return try filtered(name).starts(with: content)
  }

  /// What a filter, or a line ending, makes of a file, by the attributes of the commit: git finds
  /// them through an index, so a passing one is made, aside from all others.
  private func filtered(_ name: String) throws(Failure) -> [UInt8] {
    let index = git.directory.appending("piko-index-\(getpid())-\(UInt32.random(in: 0 ... .max))")
    defer { _ = index.withPlatformString { unlink($0) } }
    let aside = Git(
      in: root,
      environment: git.environment.setting([
        "GIT_DIR": git.directory.string, "GIT_WORK_TREE": root.string,
        "GIT_INDEX_FILE": index.string,
      ]))
    guard try aside.run(["read-tree", record.tip]).succeeded else { return [] }
    return try aside.run(["cat-file", "--filters", "\(record.tip):\(name)"]).output
  }

  private func isBlob(_ oid: String, _ content: [UInt8]) -> Bool {
    guard Libgit2.started >= 0 else { return false }
    var id = git_oid()
    let code = content.withUnsafeBytes {
      git_odb_hash(&id, $0.baseAddress, $0.count, GIT_OBJECT_BLOB)
    }
    return code == 0 && id.hexadecimal == oid
  }
}
