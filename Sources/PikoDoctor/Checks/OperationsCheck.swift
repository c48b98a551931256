import PikoControl
import PikoCore
import PikoLifecycle
import PikoProject
import PikoStore

/// Work on environments that was cut off: nobody holds the environment's lock, and the journal or
/// its status says that it is not done.
struct OperationsCheck: Check {
  let name = "operations"

  func run(in site: Site) throws -> [Finding] {
    var findings: [Finding] = []
    for project in site.projects {
      guard let state = project.state else { continue }
      let unfinished = try state.journal.unfinished()
      let records = try project.environments()
      for record in records where !site.isBusy(record.name, root: project.root) {
        let own = unfinished.filter { $0.environment == record.name }
        if let finding = finding(record, own, project, site) { findings.append(finding) }
      }
      for operation in unfinished
      where try site.isLeftOver(operation.environment, in: project) {
        findings.append(forgotten(operation, project, site))
      }
    }
    return findings
  }

  private func finding(
    _ record: EnvironmentRecord, _ operations: [Journal.Operation], _ project: Project, _ site: Site
  ) -> Finding? {
    let shown = site.shown(record.name, of: project.root)
    switch record.status {
    case .creating:
      return .mendable(.error, "the creation of \(shown) was cut off") {
        guard operations.contains(where: { $0.verb == "create" }) else {
          // Its journal was lost: nothing says which part of it piko made.
          try Destruction(
            of: record, in: project, DestroyRequest(), narrator: Narrator(quiet: true)
          ).perform()
          return "removed what there was of it; its branch stays"
        }
        try site.locking(record.name, root: project.root) {
          try CreateUndo(project: project, name: record.name).undoUnfinished()
        }
        return "undid it"
      }
    case .destroying:
      return .mendable(.error, "the removal of \(shown) was cut off") {
        try Destruction(
          of: record, in: project, DestroyRequest(finishing: record, in: project),
          narrator: Narrator(quiet: true)
        ).perform()
        return "finished it"
      }
    case .ready:
      guard let last = operations.last else { return nil }
      return .mendable(.warning, "'piko \(last.verb)' on \(shown) was cut off") {
        try end(operations, in: project)
        let arguments = LiveEnvironment.arguments(goingOnWith: last.verb, record.name)
        return "noted it as failed; to go on, run '\(site.command(arguments, in: project.root))'"
      }
    }
  }

  /// An operation on an environment that is no more.
  private func forgotten(
    _ operation: Journal.Operation, _ project: Project, _ site: Site
  ) -> Finding {
    let name = operation.environment
    if name == .sharedServices, let change = change(cutOff: operation, in: project) {
      return .mendable(
        .warning, "'piko \(operation.verb) \(change.service)' was cut off"
      ) {
        try change.perform(approves: true)
        return "finished it"
      }
    }
    return .mendable(
      .warning, "'piko \(operation.verb)' on \(site.shown(name, of: project.root)) never ended"
    ) {
      try site.locking(name, root: project.root) {
        if operation.verb == "create" {
          try CreateUndo(project: project, name: name).undoUnfinished()
        } else {
          try end([operation], in: project)
        }
      }
      return operation.verb == "create" ? "undid it" : "noted it as failed"
    }
  }

  /// A change of what is shared that had been decided; nil where it had not come to that.
  private func change(
    cutOff operation: Journal.Operation, in project: Project
  ) -> SharingChange? {
    guard ["share", "isolate"].contains(operation.verb),
      let entries = try? project.state?.journal.entries(of: operation.id),
      let detail = entries.first(where: { $0.step == StepName.decide.rawValue })?.detail,
      let service = try? JSONValue(parsing: Array(detail.utf8)).string
    else { return nil }
    return SharingChange(
      service, isShared: operation.verb == "share", in: project, narrator: Narrator(quiet: true))
  }

  private func end(_ operations: [Journal.Operation], in project: Project) throws {
    for operation in operations {
      try project.state?.journal.end(operation: operation.id, as: .failed)
    }
  }
}
