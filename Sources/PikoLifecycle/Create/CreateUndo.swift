import FoundationEssentials
import PikoControl
package import PikoCore
import PikoGit
package import PikoProject
import PikoStore

/// Takes back what a create made before containers, from the journal alone: in the process that
/// failed, or in a later one where that was killed.
package struct CreateUndo {
  let project: Project
  let name: EnvironmentName

  package init(project: Project, name: EnvironmentName) {
    self.project = project
    self.name = name
  }

  /// Undoes every unfinished create of the environment and forgets it.
  package func undoUnfinished() throws {
    guard let state = project.state else { return }
    for operation in try state.journal.unfinished(of: name) where operation.verb == "create" {
      for entry in try state.journal.entries(of: operation.id).reversed()
      where entry.state != .undone {
        try undo(entry)
        try state.journal.undo(step: entry.id)
      }
      try state.journal.end(operation: operation.id, as: .undone)
    }
    try forget()
  }

  private func undo(_ entry: Journal.Entry) throws {
    switch StepName(rawValue: entry.step) {
    case .worktree:
      guard let detail = entry.detail else { return }
      let record = try JSONDecoder().decode(WorktreeRecord.self, from: Data(detail.utf8))
      do {
        try Repository(holding: project.location.commonDirectory).undoWorktree(record)
      } catch {
        throw error.hinting("to lose that, run 'piko destroy --force \(name)'")
      }
    case .reserve: try forget()
    default: break  // inside the worktree, or nothing that could be taken back
    }
  }

  private func forget() throws {
    guard let state = project.state else { return }
    // The row first: with the lease still held nobody else can get its ports or its name.
    try state.delete(name)
    let register = try Register.creating(in: Paths.stateDirectory())
    if let held = try register.environment(named: name, ofRoot: project.root) {
      try register.release(held)
    }
  }
}
