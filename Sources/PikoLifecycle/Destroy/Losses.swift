import PikoCompose
import PikoCore
import PikoGit
import PikoProject
import PikoSession
import PikoStore
import SystemPackage

/// What of the user's work would be gone with an environment, as git, the disk and tmux tell it
/// now. It is looked at twice: before anything is touched, and again right before the worktree goes.
struct Losses {
  /// A branch that goes, and the commit it points to.
  struct DoomedBranch {
    let name: BranchName
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
    /// The command that keeps it.
    var keep: String?
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
    do {
      contents = try repository.contents(ofWorktree: record.path)
    } catch {
      guard request.isForced else {
        throw error.hinting(
          "to lose whatever it holds, run '\(request.command(for: record.name, forcing: true))'")
      }
      contents = .unreadable
    }
    let survey =
      hasWorktree
      ? TreeSurvey(of: record.path, noting: [".piko", Override.fileName]) : nil
    undeletable = survey?.obstacles ?? []
    branch = try Losses.branch(of: record, contents, request, in: repository)
    branchIsElsewhere = try branch.flatMap {
      try repository.placeOfCheckout(ofBranch: $0.name, besides: record.path)
    }
    addFiles()
    if let survey { try addHidden(survey.noted, in: repository) }
    try addCommits(in: repository)
    if let survey { addRepositories(survey, in: repository) }
    if let closed = survey?.closed.first {
      let shown = closed.string.dropFirst(record.path.string.utf8.count + 1)
      add(
        "a folder that cannot be read, \(String(shown).quoted)",
        "ls -ld \(Paths.argument(closed))")
    }
    try addPrograms(in: EnvironmentSession(of: record, in: project))
  }

  /// Refuses to lose any of it.
  func refuse(_ request: DestroyRequest) throws(Failure) {
    guard !request.isForced, !all.isEmpty else { return }
    var hints: [String] = []
    for look in all.compactMap(\.look) {
      let hint = "to see \(hints.isEmpty ? "them" : "more"), run '\(look)'"
      if !hints.contains(where: { $0.hasSuffix("run '\(look)'") }) { hints.append(hint) }
    }
    hints += all.compactMap(\.keep).map { "to keep them, run '\($0)'" }
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

  /// Why a branch that was to go stays; nil where none does.
  var reasonToKeepBranch: String? {
    switch contents.checkout {
    case .branch: nil
    case .detached: "the worktree was at no branch"
    case nil: contents.isRecorded ? "what the worktree was at cannot be read" : nil
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
    in repository: Repository
  ) throws -> DoomedBranch? {
    guard request.deletesBranch else { return nil }
    let name: BranchName
    switch contents.checkout {
    case .branch(let checkedOut): name = checkedOut
    case .detached: return nil
    // A name that is no text, say: another than the environment's.
    case nil where contents.isRecorded: return nil
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

  /// What only piko's own lines in `info/exclude` keep out of git's status, and piko has not made.
  private mutating func addHidden(
    _ noted: [FilePath], in repository: Repository
  ) throws {
    let names = noted.map { String($0.string.dropFirst(record.path.string.utf8.count + 1)) }
    // A `.piko` further down is not hidden (gitignore(5)).
    let foreign = names.filter {
      !$0.hasSuffix("/.piko") && !Override.isOwn($0, in: record.path)
    }
    let hidden = try repository.untracked(foreign, inWorktree: record.path)
    guard let first = hidden.first else { return }
    let place = Paths.argument(record.path.pushing(FilePath(first)))
    add("\(first.quoted), which piko did not make and git does not show", "ls -lA \(place)")
  }

  private mutating func addCommits(in repository: Repository) throws {
    var count = 0
    var shown: [String] = []
    if case .detached(let oid) = contents.checkout {
      count = try repository.commitsOnly(onDetached: oid)
      shown = try repository.onlyOn(oid, branch: nil)
    } else if let branch {
      count = try repository.commitsOnly(onBranch: branch.name)
      shown = try repository.onlyOn(branch.name.text, branch: branch.name)
    }
    if count > 0 {
      add(
        "\(count.counted("commit")) that no other branch or tag reaches",
        "git -C \(Paths.argument(root)) log "
          + shown.map { Paths.argument(FilePath($0)) }.joined(separator: " "))
    }
    for left in contents.left {
      all.append(
        Loss(
          text: "\(left.count.counted("commit")) that HEAD left and no branch or tag reaches",
          look: nil,
          keep: "git -C \(Paths.argument(root)) branch kept-\(left.tip.prefix(7)) \(left.tip)"))
    }
    // The branch that goes is the one checked out; another than the environment's may be older than it.
    if let branch, branch.name != record.branch {
      add("branch \(branch.name.quoted) checked out, which is not its own", nil)
    }
  }

  private mutating func addRepositories(
    _ survey: TreeSurvey, in repository: Repository
  ) {
    if contents.hasSubmodules {
      add(
        "initialised submodules, whose own branches go with it",
        hasWorktree ? "git -C \(Paths.argument(record.path)) submodule status" : nil)
    }
    let trees = survey.repositories.map { NestedRepository(at: $0, in: record.path) }
    let bare = survey.gitDirectories.map {
      NestedRepository(gitDirectory: $0, in: record.path)
    }
    for nested in trees + bare {
      if contents.hasSubmodules, nested.isSubmodule(of: repository) { continue }
      guard let work = nested.work(in: repository) else { continue }
      let shown = nested.path.string.dropFirst(record.path.string.utf8.count + 1)
      add("a repository of its own in \(String(shown).quoted) with \(work.text)", work.look)
      return
    }
  }

  /// An editor in a window of the session may hold a text that is saved nowhere.
  private mutating func addPrograms(in session: EnvironmentSession) throws {
    let work = try session.work()
    guard !work.isEmpty else { return }
    let count = work.reduce(0) { $0 + $1.programs.count }
    add(
      "\(count.counted("program")) running in its session (\(work.map(\.text).joined(separator: ", ")))",
      "piko attach \(record.name)")
  }

  private mutating func add(_ text: String, _ look: String?) {
    all.append(Loss(text: text, look: look))
  }
}
