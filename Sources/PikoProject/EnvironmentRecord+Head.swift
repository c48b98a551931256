import PikoCore
package import PikoStore

extension EnvironmentRecord {
  /// The record with the branch that its worktree has checked out now, which may be another than the
  /// one it was made for; empty with a detached HEAD.
  package var withBranchNow: EnvironmentRecord {
    var record = self
    switch WorktreeHead(of: path) {
    case .branch(let name): record.branch = name
    case .detached: record.branch = .detached
    case .illegible(let shown): record.branch = BranchName(shown)
    case nil: break
    }
    return record
  }
}
