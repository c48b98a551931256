package import PikoCore
package import SystemPackage

/// A linked worktree as the repository records it (gitrepository-layout(5), `worktrees/`).
package struct LinkedWorktree: Sendable, Equatable {
  /// What it has checked out.
  package enum Checkout: Sendable, Equatable {
    case branch(BranchName)
    case detached(String)
  }

  /// The name of its admin entry.
  package let name: String
  /// Its working tree, whether it exists or not.
  package let path: FilePath
  /// What it has checked out; nil where its HEAD cannot be read.
  package let checkout: Checkout?
  /// Why it is locked (git-worktree(1)), empty where no reason was given; nil where it is not.
  package let lockReason: String?
  /// Whether git would forget it: its working tree is gone and it is not locked.
  package let isPrunable: Bool

  /// Whether it was never finished: git and piko hold this lock while they make one.
  package var isHalfMade: Bool { lockReason == "initializing" }
}

extension Repository {
  /// The linked worktrees, by the name of their entry.
  package func linkedWorktrees() throws(Failure) -> [LinkedWorktree] {
    let checkouts = try reftableCheckouts()
    return entries().compactMap { entry in
      guard let path = entry.workingTree else { return nil }
      let lock = Disk.line(entry.directory.appending("locked"))
      return LinkedWorktree(
        name: entry.name, path: path,
        checkout: checkouts[path]
          ?? Disk.textLine(entry.directory.appending("HEAD")).flatMap(LinkedWorktree.Checkout.init),
        lockReason: lock, isPrunable: lock == nil && Disk.kind(of: path.appending(".git")) == nil)
    }
  }

  /// The working tree that has a branch checked out, the main one included; nil where none has.
  package func placeOfCheckout(ofBranch name: BranchName) throws(Failure) -> FilePath? {
    try placesOfCheckout(ofBranch: name).first
  }

  /// Where a branch is checked out other than in `path`; nil where it is nowhere else.
  package func placeOfCheckout(
    ofBranch name: BranchName, besides path: FilePath
  ) throws(Failure) -> FilePath? {
    let real = Disk.real(path)
    return try placesOfCheckout(ofBranch: name).first { Disk.real($0) != real }
  }

  /// The working trees that have a branch checked out: several after `git worktree add --force`.
  ///
  /// As in git, HEAD of a bare repository does not count, and a branch that is being rebased or
  /// bisected does.
  private func placesOfCheckout(ofBranch name: BranchName) throws(Failure) -> [FilePath] {
    var places: [FilePath] = []
    if !isBare, let path = mainWorkingTree {
      let head = Disk.textLine(commonDirectory.appending("HEAD")).flatMap(
        LinkedWorktree.Checkout.init)
      if (try mainCheckout() ?? head) == .branch(name) || isAtWork(on: name, in: commonDirectory) {
        places.append(path)
      }
    }
    for worktree in try linkedWorktrees() {
      let admin = commonDirectory.appending("worktrees").appending(worktree.name)
      if worktree.checkout == .branch(name) || isAtWork(on: name, in: admin) {
        places.append(worktree.path)
      }
    }
    return places
  }

  /// The main checkout's directory; nil in a bare repository.
  package var mainWorkingTree: FilePath? {
    if isBare { return nil }
    if commonDirectory.lastComponent?.string == ".git" {
      return commonDirectory.removingLastComponent()
    }
    return gitDirectory == commonDirectory ? workingTree : commonDirectory
  }

  /// Whether a rebase or bisection there will go back to the branch.
  private func isAtWork(on branch: BranchName, in gitDirectory: FilePath) -> Bool {
    let names = ["rebase-merge/head-name", "rebase-apply/head-name", "BISECT_START"]
    return names.contains { name in
      let line = Disk.line(gitDirectory.appending(FilePath(name).components))
      // A bisection keeps the short name.
      return line.map { BranchName(reference: $0) ?? BranchName($0) } == branch
    }
  }

  private var hasReftable: Bool {
    configuration.string("extensions.refstorage").map { $0 != "files" } ?? false
  }

  /// A reftable repository keeps HEADs in tables, and a stand-in in the HEAD files.
  private func reftableCheckouts() throws(Failure) -> [FilePath: LinkedWorktree.Checkout] {
    guard hasReftable else { return [:] }
    let text = try commonGit.output(
      ["worktree", "list", "--porcelain", "-z"], failing: "cannot list the worktrees")
    var checkouts: [FilePath: LinkedWorktree.Checkout] = [:]
    var path = FilePath()
    for line in text.split(separator: "\0") {
      if let place = line.behind("worktree ") { path = FilePath(place) }
      if let oid = line.behind("HEAD ") { checkouts[path] = .detached(oid) }
      if let name = line.behind("branch ").flatMap({ BranchName(reference: $0) }) {
        checkouts[path] = .branch(name)
      }
    }
    return checkouts
  }

  private func mainCheckout() throws(Failure) -> LinkedWorktree.Checkout? {
    guard hasReftable, let path = mainWorkingTree else { return nil }
    return try reftableCheckouts()[path]
  }
}

extension LinkedWorktree.Checkout {
  /// Reads a HEAD file.
  init?(_ line: String) {
    if let name = line.behind("ref: ").flatMap({ BranchName(reference: $0) }) {
      self = .branch(name)
    } else if line.utf8.count >= 40, line.utf8.allSatisfy({ UInt8(ascii: "0") <= $0 }) {
      self = .detached(line)
    } else {
      return nil
    }
  }
}
