import PikoCompose
import PikoCore
import PikoGit
import PikoProject
import PikoStore
import SystemPackage

/// What of the user's work would be gone with an environment, as git and the disk tell it now. It is
/// looked at twice: before anything is touched, and again right before the worktree goes.
struct Losses {
  /// A branch that goes, and the commit it points to.
  struct DoomedBranch {
    let name: String
    let tip: String?
  }

  let hasWorktree: Bool
  let contents: WorktreeContents
  /// The branch that goes with it; nil where it stays.
  let branch: DoomedBranch?
  /// Another worktree that has the branch checked out, which therefore cannot go.
  let branchIsElsewhere: FilePath?
  /// Entries of the worktree that this user cannot delete.
  let undeletable: [FilePath]
  /// All that would be lost, each once.
  private(set) var all: [Loss] = []

  /// One kind of loss.
  struct Loss {
    /// What it is, after `it has`.
    let text: String
    /// The command that shows it.
    let look: String?
  }

  private let record: EnvironmentRecord
  private let root: FilePath

  init(
    of record: EnvironmentRecord, in project: Project, _ request: DestroyRequest
  ) throws {
    self.record = record
    root = project.root
    let repository = try Repository(holding: project.location.commonDirectory)
    hasWorktree = FileCopy.isDirectory(record.path)
    contents = try repository.contents(ofWorktree: record.path)
    let survey = hasWorktree ? TreeSurvey(of: record.path) : nil
    undeletable = survey?.obstacles ?? []
    branch = try Losses.branch(of: record, contents, request, in: repository)
    branchIsElsewhere = try branch.flatMap {
      try repository.placeOfCheckout(ofBranch: $0.name, besides: record.path)
    }
    addFiles()
    try addCommits(in: repository)
    addRepositories(survey?.repositories ?? [], in: repository)
    if let closed = survey?.closed.first {
      let shown = closed.string.dropFirst(record.path.string.utf8.count + 1)
      add(
        "a folder that cannot be read, \(String(shown).quoted)",
        "ls -ld \(Paths.argument(closed))")
    }
  }

  /// Refuses to lose any of it.
  func refuse(_ request: DestroyRequest) throws(Failure) {
    guard !request.isForced, !all.isEmpty else { return }
    var hints: [String] = []
    for look in all.compactMap(\.look) {
      let hint = "to see \(hints.isEmpty ? "them" : "more"), run '\(look)'"
      if !hints.contains(where: { $0.hasSuffix("run '\(look)'") }) { hints.append(hint) }
    }
    if !hasWorktree {
      hints.append(
        "if the worktree was moved, run 'git -C \(Paths.argument(root)) worktree repair "
          + "WHERE-IT-IS-NOW'")
    }
    hints.append("to lose them, run '\(request.command(for: record.name, forcing: true))'")
    throw Failure(
      "cannot destroy environment \(record.name.text.quoted): it has "
        + all.map(\.text).joined(separator: " and "), hints: hints)
  }

  /// Makes sure that all of it can be removed.
  ///
  /// - Throws: where something stands in the way that `--force` does not remove.
  func requireRemovable(in project: Project) throws(Failure) {
    try Repository(holding: project.location.commonDirectory)
      .requireRemovable(worktree: record.path)
    if let branch, let place = branchIsElsewhere {
      throw Failure(
        "cannot delete branch \(branch.name.quoted): it is checked out at "
          + Paths.display(place).quoted,
        hint: "to keep it, leave out '--delete-branch'")
    }
  }

  /// How many ignored files go, piko's own left out; they are not asked for, but a plan names them.
  var ignored: Int {
    guard hasWorktree, let repository = try? Repository(holding: root) else { return 0 }
    let files = try? repository.ignoredFiles(inWorktree: record.path)
    return files?.count { $0 != Override.fileName } ?? 0
  }

  // MARK: - Looking

  private static func branch(
    of record: EnvironmentRecord, _ contents: WorktreeContents, _ request: DestroyRequest,
    in repository: borrowing Repository
  ) throws -> DoomedBranch? {
    guard request.deletesBranch else { return nil }
    let name: String
    switch contents.checkout {
    case .branch(let checkedOut): name = checkedOut
    case .detached: return nil
    case nil: name = record.branch
    }
    guard !name.isEmpty else { return nil }
    return DoomedBranch(name: name, tip: try repository.tip(ofBranch: name))
  }

  private mutating func addFiles() {
    let status = "git -C \(Paths.argument(record.path)) status"
    if hasWorktree, !contents.isRecorded, (try? FileCopy.entries(of: record.path)) != [] {
      add("files, and git has no record of the worktree any more", nil)
    }
    if contents.uncommitted > 0 {
      add(contents.uncommitted.counted("uncommitted or untracked file"), status)
    }
    if contents.staged > 0 {
      add(
        "\(contents.staged.counted("staged file")) in git's record, though its files are gone", nil)
    }
    if let unfinished = contents.unfinished {
      add("\(unfinished) that is not finished", hasWorktree ? status : nil)
    }
  }

  private mutating func addCommits(in repository: borrowing Repository) throws {
    var count = 0
    var shown: [String] = []
    if case .detached(let oid) = contents.checkout {
      count = try repository.commitsOnly(onDetached: oid)
      shown = Repository.onlyOn(oid, branch: nil)
    } else if let branch {
      count = try repository.commitsOnly(onBranch: branch.name)
      shown = Repository.onlyOn(branch.name, branch: branch.name)
    }
    if count > 0 {
      add(
        "\(count.counted("commit")) that no other branch or tag reaches",
        "git -C \(Paths.argument(root)) log "
          + shown.map { Paths.argument(FilePath($0)) }.joined(separator: " "))
    }
    // The branch that goes is the one checked out; another than the environment's may be older than it.
    if let branch, branch.name != record.branch {
      add("branch \(branch.name.quoted) checked out, which is not its own", nil)
    }
  }

  private mutating func addRepositories(
    _ found: [FilePath], in repository: borrowing Repository
  ) {
    if contents.hasSubmodules {
      add(
        "initialised submodules, whose own branches go with it",
        hasWorktree ? "git -C \(Paths.argument(record.path)) submodule status" : nil)
    }
    for path in found {
      let nested = NestedRepository(at: path)
      if contents.hasSubmodules, nested.isSubmodule(of: repository) { continue }
      guard nested.mayHoldWork else { continue }
      let shown = path.string.dropFirst(record.path.string.utf8.count + 1)
      add(
        "a repository of its own in \(String(shown).quoted)",
        "git -C \(Paths.argument(path)) log --branches --not --remotes")
      return
    }
  }

  private mutating func add(_ text: String, _ look: String?) {
    all.append(Loss(text: text, look: look))
  }
}
