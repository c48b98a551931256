package import PikoCore
package import SystemPackage

/// What ``Repository/addWorktree(_:at:progress:)`` makes, so that another process can undo it after
/// a crash: journalled before the call, and complete after it.
package struct WorktreeRecord: Codable, Sendable, Equatable {
  /// The working tree's absolute path; another one once the project was moved.
  package var path: String
  /// Its entry in the common directory's `worktrees`; nil before it is made.
  package let adminName: String?
  /// The branch that is checked out.
  package let branch: BranchName
  /// Whether the branch is, or will be, made for it.
  package let createsBranch: Bool
  /// The commit that is checked out.
  package let tip: String
  /// Whether piko has made the branch, noted once it has: before that, a branch of its name is
  /// somebody else's.
  package var hasMadeBranch: Bool?
  /// What hooks wrote into it while it was made; nil where none ran, or it is not made yet.
  package var footprint: Footprint?

  package init(
    path: String, adminName: String?, branch: BranchName, createsBranch: Bool, tip: String
  ) {
    self.path = path
    self.adminName = adminName
    self.branch = branch
    self.createsBranch = createsBranch
    self.tip = tip
  }

  /// What is about to be made.
  package init(intending plan: BranchPlan, at path: FilePath) {
    self.init(
      path: path.string, adminName: nil, branch: plan.branch, createsBranch: plan.createsBranch,
      tip: plan.tip)
  }
}

/// A new worktree.
package struct AddedWorktree: Sendable, Equatable {
  /// What was made.
  package var record: WorktreeRecord
  /// What the post-checkout hook did; nil where there is none, or git ran it.
  package let hook: HookOutcome?
  /// Whether the `git` program made it, because piko's own writer could not be sure to be right.
  package let isMadeByGit: Bool
  /// How many files were copied from the main checkout.
  package var filesCopied = 0
}
