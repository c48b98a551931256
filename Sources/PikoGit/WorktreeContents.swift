package import PikoCore
package import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What a linked worktree holds that would go with it.
package struct WorktreeContents: Sendable, Equatable {
  /// Whether git has a record of it: without one nothing tells the user's work from the rest.
  package fileprivate(set) var isRecorded = false
  /// What it has checked out; nil where that cannot be read.
  package fileprivate(set) var checkout: LinkedWorktree.Checkout?
  /// Changed and untracked files, those included that git was told not to look at.
  package fileprivate(set) var uncommitted = 0
  /// Staged files of a worktree whose files are not there.
  package fileprivate(set) var staged = 0
  /// What git was doing there and has not ended, such as `a rebase`; nil where nothing.
  package fileprivate(set) var unfinished: String?
  /// Whether submodules were initialised in it: their repositories, with branches that may be nowhere
  /// else, are in its record.
  package fileprivate(set) var hasSubmodules = false
  /// Commits that only the worktree's own record leads to, beside those of its HEAD.
  package fileprivate(set) var left: [LeftCommits] = []

  fileprivate init() {}

  /// Of a worktree that git cannot read, and whose loss was agreed to.
  package static var unreadable: WorktreeContents {
    var contents = WorktreeContents()
    contents.isRecorded = true
    return contents
  }
}

extension Repository {
  /// What a linked worktree holds, also where its `.git` file or all its files are gone.
  ///
  /// - Parameter aside: where its files are while they are not at `path`.
  package func contents(
    ofWorktree path: FilePath, movedTo aside: FilePath? = nil
  ) throws(Failure) -> WorktreeContents {
    let tree = aside ?? path
    var contents = WorktreeContents()
    guard let entry = recordedEntry(of: path, tree) else { return contents }
    contents.isRecorded = true
    contents.checkout = try linkedWorktrees().first { $0.name == entry.name }?.checkout
    contents.unfinished = entry.unfinished
    contents.hasSubmodules = Disk.kind(of: entry.directory.appending("modules")) == .directory
    contents.left = try commitsLeft(in: entry, at: contents.checkout)
    let own = git(of: entry, tree)
    if Disk.kind(of: tree) == .directory {
      contents.uncommitted = try ShownIndex(of: entry, tree, own).asked { git throws(Failure) in
        try git.status()
      }.uncommitted
    } else if Disk.kind(of: entry.directory.appending("index")) != nil {
      contents.staged = try staged(in: entry)
    }
    return contents
  }

  /// Those of a worktree's files and folders that git does not track, or of which it tracks nothing.
  package func untracked(
    _ names: [String], inWorktree path: FilePath
  ) throws(Failure) -> [String] {
    guard !names.isEmpty, let entry = recordedEntry(of: path, path) else { return [] }
    let git = self.git(of: entry, path)
    var untracked: [String] = []
    for name in names {
      let tracked = try git.output(
        ["ls-files", "-z", "--", ":(literal)\(name)"],
        failing: "cannot list the files of '\(Paths.display(path))'")
      if tracked.isEmpty { untracked.append(name) }
    }
    return untracked
  }

  /// The ignored files of a worktree, by their paths in it.
  package func ignoredFiles(inWorktree path: FilePath) throws(Failure) -> [String] {
    guard let entry = recordedEntry(of: path, path) else { return [] }
    return try git(of: entry, path).output(
      ["ls-files", "--others", "--ignored", "--exclude-standard", "-z"],
      failing: "cannot list the ignored files of '\(Paths.display(path))'"
    ).split(separator: "\0").map(String.init)
  }

  /// The entry that the `.git` file in a worktree names, else the one that names the worktree.
  func recordedEntry(of path: FilePath, _ tree: FilePath) -> AdminEntry? {
    if let inside = entryNamed(inside: tree) { return inside.exists ? inside : nil }
    return Disk.kind(of: tree.appending(".git")) == nil ? entries(for: path).first : nil
  }

  /// git for a worktree, told where all is: its `.git` file may be gone, or the tree elsewhere.
  func git(of entry: AdminEntry, _ tree: FilePath) -> Git {
    Git(
      in: tree,
      environment: git.environment.setting([
        "GIT_DIR": entry.directory.string, "GIT_WORK_TREE": tree.string,
      ]))
  }

  private func staged(in entry: AdminEntry) throws(Failure) -> Int {
    let own = Git(
      in: commonDirectory,
      environment: git.environment.setting([
        "GIT_DIR": entry.directory.string, "GIT_WORK_TREE": commonDirectory.string,
      ]))
    let staged = ["diff-index", "--cached", "--name-only", "-z"]
    var answer = try own.run(staged + ["HEAD", "--"])
    if !answer.succeeded, let last = entry.lastCommit {
      // The branch was deleted: what it had when it was last checked out here is no staged work.
      answer = try own.run(staged + [last, "--"])
    }
    // Where HEAD never named a commit, whatever is in the index was never committed.
    let names =
      answer.succeeded
      ? answer.text
      : try own.output(["ls-files", "-z"], failing: "cannot read the index of '\(entry.name)'")
    return names.split(separator: "\0").count
  }
}

extension AdminEntry {
  /// The commit that HEAD last pointed to, by its reflog.
  var lastCommit: String? {
    let lines = Disk.line(directory.appending("logs").appending("HEAD"))?.split(separator: "\n")
    return lines?.last?.split(separator: " ").dropFirst().first.map(String.init)
  }

  /// What git calls unfinished, by the files it keeps meanwhile (gitrepository-layout(5), and
  /// wt-status.c of git).
  var unfinished: String? {
    let signs = [
      ("rebase-merge", "a rebase"), ("rebase-apply", "a rebase"), ("MERGE_HEAD", "a merge"),
      ("CHERRY_PICK_HEAD", "a cherry-pick"), ("REVERT_HEAD", "a revert"),
      ("sequencer", "a cherry-pick"), ("BISECT_LOG", "a bisection"),
    ]
    return signs.first { Disk.kind(of: directory.appending($0.0)) != nil }?.1
  }
}

/// A worktree's index with all its entries to be looked at: files marked `assume-unchanged` or
/// `skip-worktree` (git-update-index(1)) would hide their changes.
struct ShownIndex {
  private let entry: AdminEntry
  private let tree: FilePath
  private let git: Git

  init(of entry: AdminEntry, _ tree: FilePath, _ git: Git) {
    self.entry = entry
    self.tree = tree
    self.git = git
  }

  /// Asks git, with the marks taken from a copy of the index where there are any.
  func asked<Answer>(_ ask: (Git) throws(Failure) -> Answer) throws(Failure) -> Answer {
    let hidden = try hiddenFiles()
    guard !hidden.isEmpty, let bytes = Disk.read(entry.directory.appending("index")) else {
      return try ask(git)
    }
    let copy = entry.directory.appending(
      "piko-index-\(getpid())-\(UInt32.random(in: 0 ... .max))")
    defer { _ = copy.withPlatformString { unlink($0) } }
    try Disk.write(bytes, to: copy, mode: 0o600)
    let shown = Git(
      in: tree, environment: git.environment.setting(["GIT_INDEX_FILE": copy.string]))
    let paths = Array(hidden.joined(separator: [0])) + [0]
    for mark in ["--no-skip-worktree", "--no-assume-unchanged"] {
      let result = try shown.run(["update-index", "-z", mark, "--stdin"], input: paths)
      guard result.succeeded else {
        throw Failure(
          "cannot read the index of '\(Paths.display(tree))'", detail: result.errors)
      }
    }
    return try ask(shown)
  }

  /// The marked files that are there; those that a sparse checkout leaves out are not.
  private func hiddenFiles() throws(Failure) -> [[UInt8]] {
    let listing = try git.run(["--no-optional-locks", "ls-files", "-v", "-z"])
    guard listing.succeeded else {
      throw Failure("cannot read the index of '\(Paths.display(tree))'", detail: listing.errors)
    }
    return listing.output.split(separator: 0).compactMap { record -> [UInt8]? in
      guard let tag = record.first, tag == UInt8(ascii: "S") || tag >= UInt8(ascii: "a") else {
        return nil
      }
      let name = Array(record.dropFirst(2))
      let text = String(decoding: name, as: UTF8.self)
      // A name that is no text cannot be asked for; git knows.
      let isThere =
        Array(text.utf8) != name || Disk.kind(of: tree.appending(FilePath(text).components)) != nil
      return isThere ? name : nil
    }
  }
}
