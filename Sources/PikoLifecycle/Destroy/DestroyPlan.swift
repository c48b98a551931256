import PikoCompose
import PikoControl
package import PikoCore
import PikoGit
import PikoProject
import PikoStore
import SystemPackage

/// What a destroy will remove, and what would be lost with it.
package struct DestroyPlan {
  package let request: DestroyRequest
  let environment: Environment
  let hasWorktree: Bool
  /// Whether an earlier destroy was cut off while it removed the worktree: what git sees missing is
  /// piko's doing then.
  let isHalfRemoved: Bool
  /// Changed and untracked files in the worktree.
  let uncommitted: Int
  /// Whether it has files of which git has no record any more, so that all may be lost.
  let isUnknownToGit: Bool
  /// The branch that goes with it; nil where it stays.
  let branch: String?
  /// Another worktree that has the branch checked out, which therefore cannot go.
  let branchIsElsewhere: FilePath?
  /// Commits that nothing else would reach.
  let lostCommits: Int
  /// Whether submodules were initialised in the worktree.
  let hasSubmodules: Bool
  /// Whether HEAD of the worktree is detached.
  let isDetached: Bool
  /// What the environment has in the engine.
  let engine: EngineContents
  /// Entries of the worktree that this user cannot delete.
  let undeletable: [FilePath]

  /// What an environment has in the engine.
  enum EngineContents {
    /// It never had containers.
    case unused
    case known(EngineInventory)
    /// The engine does not answer.
    case unknown(Failure)
  }

  init(
    _ request: DestroyRequest, of record: EnvironmentRecord, in project: Project
  ) throws {
    self.request = request
    environment = try project.environment(record)
    hasWorktree = FileCopy.isDirectory(record.path)
    let isHalfRemoved = try DestroyPlan.isHalfRemoved(record, project)
    self.isHalfRemoved = isHalfRemoved
    let repository = try Repository(holding: project.location.commonDirectory)
    let status = hasWorktree ? try repository.status(ofWorktree: record.path) : nil
    uncommitted = status.map { DestroyPlan.uncommitted($0, isHalfRemoved: isHalfRemoved) } ?? 0
    isUnknownToGit =
      hasWorktree && status == nil && !isHalfRemoved
      && (try? FileCopy.entries(of: record.path)) != []
    isDetached = status.map { $0.branch == nil } ?? false
    let checkedOut = status?.branch ?? (isDetached ? nil : record.branch)
    branch = request.deletesBranch && checkedOut?.isEmpty == false ? checkedOut : nil
    if let branch {
      branchIsElsewhere = try repository.placeOfCheckout(ofBranch: branch, besides: record.path)
    } else {
      branchIsElsewhere = nil
    }
    lostCommits = try DestroyPlan.lostCommits(
      branch: branch, detachedAt: isDetached ? status?.oid : nil, in: repository)
    engine = try DestroyPlan.contents(of: environment, record, project)
    hasSubmodules = hasWorktree && status != nil && DestroyPlan.hasSubmodules(in: record.path)
    undeletable = hasWorktree ? TreeRemoval.obstacles(in: record.path) : []
  }

  /// Whether submodules were initialised in a worktree: their repositories, with branches that may
  /// be nowhere else, go with it. `git worktree remove` refuses then, too.
  private static func hasSubmodules(in worktree: FilePath) -> Bool {
    guard
      let answer = try? Git(in: worktree).run(["rev-parse", "--git-path", "modules"]),
      answer.succeeded
    else { return false }
    return FileCopy.isDirectory(worktree.pushing(FilePath(String(answer.text.dropLast()))))
  }

  /// Refuses to lose work.
  ///
  /// - Throws: naming all that would be lost.
  package func refuseLoss() throws(Failure) {
    guard !request.isForced else { return }
    var losses: [String] = []
    if isUnknownToGit { losses.append("files, and git has no record of the worktree any more") }
    if uncommitted > 0 { losses.append(uncommitted.counted("uncommitted or untracked file")) }
    if lostCommits > 0 {
      losses.append("\(lostCommits.counted("commit")) that no other branch or tag reaches")
    }
    // The branch that goes is the one checked out; another than the environment's may be older than it.
    if let branch, branch != environment.branch {
      losses.append("branch \(branch.quoted) checked out, which is not its own")
    }
    if hasSubmodules { losses.append("initialised submodules, whose own branches go with it") }
    guard !losses.isEmpty else { return }
    let name = environment.name
    throw Failure(
      "cannot destroy environment \(name.text.quoted): it has \(losses.joined(separator: " and "))",
      hints: [
        "to see them, run 'git -C \(Paths.argument(environment.path)) status'",
        "to lose them, run 'piko destroy --force \(name)'",
      ])
  }

  /// Makes sure that all of it can be removed.
  ///
  /// - Throws: where something stands in the way that `--force` does not remove.
  func requireRemovable(_ record: EnvironmentRecord, in project: Project) throws {
    try Repository(holding: project.location.commonDirectory)
      .requireRemovable(worktree: record.path)
    if let branch, let place = branchIsElsewhere {
      throw Failure(
        "cannot delete branch \(branch.quoted): it is checked out at "
          + Paths.display(place).quoted,
        hint: "to keep it, leave out '--delete-branch'")
    }
    if case .known(let inventory) = engine {
      try inventory.refuseForeignUse(of: environment, volumes: request.volumes, on: Engine())
    }
  }

  /// The plan in lines, as `--dry-run` prints it.
  package var lines: [String] {
    var lines = ["environment  \(environment.name)"]
    switch engine {
    case .unused: break
    case .unknown(let failure): lines.append("containers   unknown: \(failure.message)")
    case .known(let inventory): lines += inventory.lines(volumes: request.volumes)
    }
    if hasWorktree { lines.append("worktree     \(Paths.display(environment.path))") }
    if let branch { lines.append("branch       \(branch)") }
    if uncommitted > 0 { lines.append("lost         \(uncommitted.counted("uncommitted file"))") }
    if lostCommits > 0 { lines.append("lost         \(lostCommits.counted("commit"))") }
    return lines
  }

  private static func isHalfRemoved(
    _ record: EnvironmentRecord, _ project: Project
  ) throws -> Bool {
    guard record.status == .destroying, let journal = project.state?.journal else { return false }
    // An environment that had the name before does not count.
    return try journal.last(50, of: record.name).prefix { $0.verb != "create" }
      .contains { $0.verb == "destroy" && $0.step == StepName.removeWorktree.rawValue }
  }

  /// What an earlier removal took away is no change of the user's, nor is what shows as untracked
  /// since it took a `.gitignore`.
  private static func uncommitted(_ status: WorktreeStatus, isHalfRemoved: Bool) -> Int {
    guard isHalfRemoved, status.missing > 0 else { return status.uncommitted }
    return status.changed - status.missing
  }

  private static func lostCommits(
    branch: String?, detachedAt commit: String?, in repository: borrowing Repository
  ) throws -> Int {
    if let commit { return try repository.commitsOnly(onDetached: commit) }
    guard let branch else { return 0 }
    return try repository.commitsOnly(onBranch: branch)
  }

  /// Whether its making was cut off before containers: no engine has to be asked then.
  private static func neverStarted(_ record: EnvironmentRecord, _ project: Project) throws -> Bool {
    guard let journal = project.state?.journal else { return false }
    let creates = try journal.unfinished(of: record.name).filter { $0.verb == "create" }
    return try !creates.isEmpty
      && creates.allSatisfy { create in
        try !journal.entries(of: create.id).contains { $0.step == StepName.start.rawValue }
      }
  }

  private static func contents(
    of environment: Environment, _ record: EnvironmentRecord, _ project: Project
  ) throws -> EngineContents {
    let compose = try project.composeVariables(of: record)
    if let compose, compose.isEmpty { return .unused }
    if try neverStarted(record, project) { return .unused }
    do {
      return .known(try EngineInventory(of: environment, on: Engine()))
    } catch let failure as Failure {
      // With the register's row gone, the worktree can tell.
      let hasFiles = try? !ComposeFiles.find(in: record.path, configured: []).isEmpty
      if compose == nil, hasFiles == false, FileCopy.isDirectory(record.path) { return .unused }
      return .unknown(failure)
    }
  }
}
