package import PikoCore
package import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension Repository {
  /// Makes a linked worktree, indistinguishable from that of `git worktree add`, and its branch.
  ///
  /// The order is such that ``undoWorktree(_:)`` knows, after a kill at any moment, what is piko's:
  /// the branch, the entry (whole and locked from its first moment), the directory, its `.git` file,
  /// the files, the index, the end of the lock. So journal a ``WorktreeRecord/init(intending:at:)``
  /// before.
  ///
  /// - Parameters:
  ///   - path: the working tree's absolute path: absent, or an empty directory.
  ///   - branchMade: called as soon as the branch is made, to journal that: undoing deletes no
  ///     branch without it.
  ///   - progress: told of files done and in all, from half a second on; on the caller's thread.
  /// - Throws: what went wrong, or the interrupt; what was made until then stays, to be undone.
  package func addWorktree(
    _ plan: BranchPlan, at path: FilePath, progress: CheckoutProgress? = nil,
    branchMade: () -> Void = {}
  ) throws(Failure) -> AddedWorktree {
    try checkPlace(path)
    let tree = try plainTree(of: plan.tip)
    try Interrupt.check()
    if plan.createsBranch {
      try makeBranch(plan)
      branchMade()
    }
    try Disk.makeDirectories(path.removingLastComponent())
    let real = Disk.real(path)
    guard let tree else { return try addByGit(plan, at: real) }

    let entry = try makeEntry(for: real, plan)
    try makeWorkingTree(real, of: entry)
    let checkout = Checkout(
      tree: tree, main: MainCheckout(of: self, for: tree), commonDirectory: commonDirectory,
      root: real)
    let written = try checkout.write(progress: progress)
    let lock = entry.directory.appending("index.lock")
    try Disk.write(IndexFile.bytes(of: tree, stats: written.stats), to: lock, mode: 0o666)
    try rename(lock, to: entry.directory.appending("index"))
    _ = entry.directory.appending("locked").withPlatformString { unlink($0) }
    let hook = try runPostCheckoutHook(in: real, new: plan.tip)
    return AddedWorktree(
      record: record(of: entry, plan, at: real), hook: hook, isMadeByGit: false,
      filesCopied: written.copied)
  }

  private func record(
    of entry: AdminEntry, _ plan: BranchPlan, at path: FilePath
  ) -> WorktreeRecord {
    var record = WorktreeRecord(
      path: path.string, adminName: entry.name, branch: plan.branch,
      createsBranch: plan.createsBranch, tip: plan.tip)
    record.hasMadeBranch = plan.createsBranch
    return record
  }

  private func checkPlace(_ path: FilePath) throws(Failure) {
    let shown = Paths.display(path)
    switch Disk.kind(of: path) {
    case nil: break
    case .directory where Disk.names(in: path).isEmpty: break
    default: throw Failure("cannot create worktree at '\(shown)': it already exists")
    }
    if let entry = entries(for: path).first {
      throw Failure(
        "cannot create worktree at '\(shown)': worktree '\(entry.name)' is registered there",
        hint: "to forget worktrees that are gone, run 'git worktree prune'")
    }
  }

  private func addByGit(_ plan: BranchPlan, at path: FilePath) throws(Failure) -> AddedWorktree {
    let result = try git.run(["worktree", "add", "--quiet", "--", path.string, plan.branch.text])
    guard let entry = entries(for: path).first,
      Disk.kind(of: entry.directory.appending("index")) != nil,
      Disk.line(entry.directory.appending("locked")) == nil
    else {
      throw Failure(
        "cannot create worktree at '\(Paths.display(path))'",
        detail: result.errors.isEmpty ? nil : result.errors)
    }
    // git's status is then the hook's.
    let hook =
      hookFile("post-checkout", runIn: path) == nil
      ? nil : HookOutcome(status: result.status, output: result.errors)
    return AddedWorktree(record: record(of: entry, plan, at: path), hook: hook, isMadeByGit: true)
  }

  // MARK: - The entry

  /// Makes the worktree's entry: aside first, then put in its place whole, so that no other program
  /// ever sees half of one.
  private func makeEntry(for path: FilePath, _ plan: BranchPlan) throws(Failure) -> AdminEntry {
    let parent = commonDirectory.appending("worktrees")
    try Disk.makeDirectory(parent)
    let aside = commonDirectory.appending(
      "\(asidePrefix)\(getpid())-\(UInt32.random(in: 0 ... .max))")
    do {
      try CommonLock.holding(commonDirectory) { () throws(Failure) in
        try Disk.makeDirectory(aside)
        try Disk.write("\(path.string)/.git\n", to: aside.appending("gitdir"))
      }
      try Disk.write("initializing\n", to: aside.appending("locked"))
      try Disk.write("../..\n", to: aside.appending("commondir"))
      try Disk.write("ref: \(plan.branch.reference)\n", to: aside.appending("HEAD"))
      try Disk.write("\(plan.tip)\n", to: aside.appending("ORIG_HEAD"))
      try Disk.makeDirectory(aside.appending("logs"))
      let stamp = Identity(configuration, git.environment).stamp()
      let zeros = String(repeating: "0", count: plan.tip.count)
      try Disk.write(
        """
        \(zeros) \(plan.tip) \(stamp)
        \(plan.tip) \(plan.tip) \(stamp)\treset: moving to HEAD

        """, to: aside.appending("logs").appending("HEAD"))
      return try place(aside, in: parent, called: EntryName.sanitized(path.lastComponent))
    } catch {
      _ = try? TreeRemoval.remove(aside, last: "gitdir")
      throw error
    }
  }

  /// What the names of entries still being made begin with, in the common directory.
  var asidePrefix: String { "piko-worktree-" }

  /// Removes entries whose making was cut off before they named a worktree.
  func removeNamelessEntries() {
    guard !namelessEntries().isEmpty else { return }
    // One that is being made this moment has its name when the lock is free.
    try? CommonLock.holding(commonDirectory) { () throws(Failure) in
      for entry in namelessEntries() { try TreeRemoval.remove(entry.directory, last: "gitdir") }
    }
  }

  private func namelessEntries() -> [AdminEntry] {
    var entries: [AdminEntry] = []
    for name in Disk.names(in: commonDirectory) where name.hasPrefix(asidePrefix) {
      let entry = AdminEntry(directory: commonDirectory.appending(name))
      if Disk.kind(of: entry.directory.appending("gitdir")) == nil { entries.append(entry) }
    }
    return entries
  }

  /// Gives the entry the first free of `name`, `name1`, `name2` …, as git counts: an empty directory
  /// reserves the name, and the entry replaces it.
  private func place(
    _ aside: FilePath, in parent: FilePath, called name: String
  ) throws(Failure) -> AdminEntry {
    var counter = 0
    while true {
      let target = parent.appending(counter == 0 ? name : "\(name)\(counter)")
      if target.withPlatformString({ mkdir($0, 0o777) }) == 0 {
        try rename(aside, to: target)
        return AdminEntry(directory: target)
      }
      if errno == ENOENT {  // another process has just removed the last worktree, and the folder
        try Disk.makeDirectory(parent)
        continue
      }
      guard errno == EEXIST else {
        throw Failure("cannot make '\(Paths.display(target))': \(Errno.current)")
      }
      counter += 1
    }
  }

  private func makeWorkingTree(_ path: FilePath, of entry: AdminEntry) throws(Failure) {
    try Disk.makeDirectory(path)
    try Disk.write("gitdir: \(entry.directory.string)\n", to: path.appending(".git"))
  }

  private func rename(_ from: FilePath, to target: FilePath) throws(Failure) {
    let code = from.withPlatformString { old in
      target.withPlatformString { Glibc.rename(old, $0) }
    }
    guard code != 0 else { return }
    throw Failure("cannot rename '\(Paths.display(from))': \(Errno.current)")
  }
}

/// The name of a worktree's entry.
enum EntryName {
  /// The working tree's name made fit for a reference, as git's `sanitize_refname_component` does.
  static func sanitized(_ component: FilePath.Component?) -> String {
    var name: [Character] = []
    for character in component?.string ?? "" {
      if character == ".", name.last == "." { continue }
      let isRefused =
        "~^:?*[\\ ".contains(character)
        || character.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
        || (character == "{" && name.last == "@")
      name.append(isRefused ? "-" : character)
    }
    if name.first == "." { name[0] = "-" }
    var text = String(name)
    while text.hasSuffix(".lock") { text = String(text.dropLast(5)) }
    return text.isEmpty ? "-" : text
  }
}
