import FoundationEssentials
import PikoCompose
import PikoControl
package import PikoCore
import PikoGit
package import PikoProject
import PikoStore
import SystemPackage

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
  ///
  /// - Throws: before anything is removed, where the worktree has become more than piko made, and
  ///   where the journal that would say what that was is lost; the environment stays then.
  package func undoUnfinished() throws { _ = try undoWhatWasMade() }

  /// The same.
  ///
  /// - Returns: whether there was a worktree to undo.
  func undoWhatWasMade() throws -> Bool {
    guard let state = project.state else { return false }
    var hadWorktree = false
    let creates = try state.journal.unfinished(of: name).filter { $0.verb == "create" }
    guard !creates.isEmpty || !FileCopy.exists(project.location.worktree(of: name)) else {
      throw Failure(
        "cannot undo the creation of environment \(name.text.quoted): its journal was lost",
        hint: "to remove what there is of it, run 'piko destroy \(name)'")
    }
    for operation in creates {
      let entries = try state.journal.entries(of: operation.id).filter { $0.state != .undone }
      for entry in entries.reversed() {
        switch StepName(rawValue: entry.step) {
        case .worktree:
          try undoWorktree(entry, entries)
          hadWorktree = true
        case .reserve: try forget()
        // Inside the worktree: what they left goes with it, and they tell what that is.
        default: continue
        }
        try state.journal.undo(step: entry.id)
      }
      try state.journal.end(operation: operation.id, as: .undone)
    }
    try forget()
    return hadWorktree
  }

  private func undoWorktree(_ entry: Journal.Entry, _ entries: [Journal.Entry]) throws {
    guard var record = try read(WorktreeRecord.self, from: entry) else { return }
    // The project may have been moved since.
    let path = project.location.worktree(of: name)
    record.path = path.string
    let roots = [project.root] + (try project.formerRoots())
    let of = { (step: StepName) in entries.last { $0.step == step.rawValue } }
    let carriage = try of(.copy).flatMap { try read(Carriage.self, from: $0) }
    // Each one has all that the earlier ones have and that is still as it was.
    let footprint =
      try of(.prepare).flatMap { try read(Footprint.self, from: $0) } ?? carriage?.footprint
      ?? record.footprint
    let wroteOverride = of(.isolate) != nil
    do {
      try Repository(holding: project.location.commonDirectory).undoWorktree(
        record, knowing: footprint ?? Footprint(),
        isOwn: { file in
          wroteOverride && Override.isOwn(file, in: path)
            || carriage?.footprint == nil
              && roots.contains { carriage?.holds(file, in: path, root: $0) == true }
        })
    } catch {
      throw error.hinting("to lose that, run 'piko destroy --force \(name)'")
    }
  }

  private func read<Detail: Decodable>(
    _ type: Detail.Type, from entry: Journal.Entry
  ) throws -> Detail? {
    try entry.detail.map { try JSONDecoder().decode(type, from: Data($0.utf8)) }
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
