import PikoCompose
import PikoConfig
import PikoControl
package import PikoCore
import PikoGit
package import PikoProject
package import PikoStore
import SystemPackage

/// Makes an environment: every step is journalled before it acts, a failure before containers start
/// undoes them all, one after it leaves the environment to be gone on with (SPEC part 5).
package struct Creation {
  let request: CreateRequest
  let narrator: Narrator
  let name: EnvironmentName

  package init(_ request: CreateRequest, narrator: Narrator) throws {
    self.request = request
    self.narrator = narrator
    name = try EnvironmentName(normalizing: request.typed)
  }

  /// What `--dry-run` shows; makes nothing.
  package func plan() throws -> CreatePlan {
    let project = try Project.current()
    if let existing = try project.state?.environment(named: name) { throw exists(existing) }
    return try CreatePlan(request, name: name, in: project)
  }

  /// Makes the environment, or with `--reuse` brings one up that exists.
  ///
  /// - Returns: the project as it is now, and the environment's record in it.
  package func perform() throws -> (Project, EnvironmentRecord) {
    let location = try Project.current().location
    let lock = try EnvironmentLock.acquire(
      name, root: location.root, verb: "create", waits: request.reuses, narrator: narrator)
    defer { lock.release() }
    var project = try Project(at: location)
    if let existing = try project.state?.environment(named: name) {
      guard existing.status == .creating else {
        guard existing.status == .ready, request.reuses, isMeant(existing) else {
          throw exists(existing)
        }
        guard FileCopy.isDirectory(existing.path) else {
          throw Failure(
            "environment \(name.text.quoted) is broken: its worktree "
              + "\(Paths.display(existing.path).quoted) is gone",
            hint: "to make it anew, first run 'piko destroy \(name)'")
        }
        let environment = try LiveEnvironment(existing, in: project, narrator: narrator)
        try environment.approveScripts(isApproved: request.approves)
        do {
          if request.starts {
            var up = UpRequest()
            up.freshVolumes = request.freshVolumes
            try environment.journalled("up") { try environment.bringUp(up, in: $0) }
          }
        } catch let failure as Failure {
          throw goingOn(failure)
        }
        return (project, existing)
      }
      narrator.say("undoing an earlier 'piko create \(name)' that was cut off")
      try CreateUndo(project: project, name: name).undoUnfinished()
      project = try Project(at: location)
    }
    let plan = try CreatePlan(request, name: name, in: project)
    let approval = try Approving(plan.configuration, root: location.root)
    try approval.ask(in: project, isApproved: request.approves)
    return try make(plan, approval)
  }

  // MARK: - Steps

  private func make(
    _ plan: CreatePlan, _ approval: Approving
  ) throws -> (Project, EnvironmentRecord) {
    let root = plan.location.root
    let register = try Register.creating(in: Paths.stateDirectory())
    let registered = try register.projects.register(
      root: root, gitDirectory: plan.location.commonDirectory, name: plan.projectName)
    try approval.record(for: registered, in: register)
    // Before the first file in `.piko`, so that no status ever shows it.
    try Repository(holding: plan.location.commonDirectory)
      .excludeFromStatus(["/.piko/", Override.fileName])
    let state = try State.creating(below: root)
    try state.record(
      ProjectRecord(
        name: registered.name, root: root, gitDirectory: plan.location.commonDirectory))
    let project = try Project(at: plan.location)
    let operation = try Operation("create", on: name, in: state)
    var isStarted = false
    do {
      try reserve(plan, registered, register, operation)
      try makeWorktree(plan, operation)
      let environment = try LiveEnvironment(
        project.environment(name.text), in: project, narrator: narrator)
      try copyIgnoredFiles(plan, environment, operation)
      try prepare(environment, operation)
      try operation.step(.isolate) {
        try environment.isolate(isStrict: request.isStrict, explains: request.explains)
      }
      try state.setStatus(.ready, of: name)
      isStarted = true
      if request.starts {
        try operation.step(.start) {
          try environment.start(freshVolumes: request.freshVolumes)
        }
        try operation.step(.setup) { try environment.setUp() }
      }
      try operation.end(as: .done)
    } catch {
      throw isStarted ? kept(error, operation) : undone(error, project)
    }
    return (project, try project.environment(name.text))
  }

  private func reserve(
    _ plan: CreatePlan, _ registered: RegisteredProject, _ register: Register,
    _ operation: Operation
  ) throws {
    let composeProject = Naming.composeProject(project: registered.name, environment: name)
    let session = Naming.session(project: registered.name, environment: name)
    try operation.step(.reserve, undoing: name.text) {
      let reserved = try register.reserve(
        Reservation(
          name: name, composeProject: composeProject, branch: plan.branch.branch, path: plan.path,
          session: session), for: registered)
      try operation.state.insert(
        EnvironmentRecord(
          name: name, branch: plan.branch.branch, path: plan.path, composeProject: composeProject,
          session: session, block: reserved.blocks.first?.number,
          madeBranch: plan.branch.createsBranch, base: request.from, head: plan.branch.tip))
    }
  }

  private func makeWorktree(_ plan: CreatePlan, _ operation: Operation) throws {
    let repository = try Repository(
      holding: plan.location.worktree ?? plan.location.commonDirectory)
    let place = Naming.relativePath(ofWorktree: name)
    let added = try narrator.step(
      "Creating worktree at \(place)",
      done: { _ in "Created worktree at \(place) (branch: \(plan.branch.branch))" }
    ) {
      try operation.step(.worktree, undoing: plan.worktreeRecord) {
        try repository.addWorktree(plan.branch, at: plan.path)
      }
    }
    if let hook = added.hook {
      if !hook.output.isEmpty { Output.report(hook.output) }
      if hook.status != 0 { Output.warn("the post-checkout hook ended with status \(hook.status)") }
    }
  }

  private func copyIgnoredFiles(
    _ plan: CreatePlan, _ environment: LiveEnvironment, _ operation: Operation
  ) throws {
    _ = try narrator.step(
      "Copying ignored files", done: { $0 == 0 ? nil : "Copied \($0.counted("ignored file"))" }
    ) {
      try operation.step(.copy) {
        try IgnoredFiles(root: plan.location.root, gitDirectory: plan.location.commonDirectory)
          .carry(into: plan.path, plan.configuration)
      }
    }
  }

  private func prepare(_ environment: LiveEnvironment, _ operation: Operation) throws {
    guard let script = try environment.configuration().scripts[.prepare] else { return }
    try operation.step(.prepare) {
      try environment.run(.prepare, script)
    }
  }

  // MARK: - Failures

  private func exists(_ record: EnvironmentRecord) -> Failure {
    let name = record.name.text
    guard record.status != .destroying else {
      return Failure(
        "cannot create environment \(name.quoted): its removal was cut off",
        hint: "to finish that, run 'piko destroy \(name)'")
    }
    guard isMeant(record) else {
      return Failure(
        "environment \(name.quoted) already exists, for branch \(record.branch.quoted)",
        hint: "to name this one, run 'piko create NAME --branch \(request.wantedBranch.masked)'")
    }
    return Failure(
      "environment \(name.quoted) already exists",
      hint: "to bring it up, run 'piko up \(name)'")
  }

  /// Whether an environment of the name is the one that was asked for, and not that of another branch
  /// which normalises alike.
  private func isMeant(_ record: EnvironmentRecord) -> Bool {
    record.branch == request.wantedBranch || request.branch == nil && request.typed == name.text
  }

  /// Before containers: everything is taken back.
  private func undone(_ error: any Error, _ project: Project) -> any Error {
    Interrupt.shielded {
      do {
        try CreateUndo(project: project, name: name).undoUnfinished()
        return error
      } catch let left as Failure {
        Output.report(left)
        return error
      } catch {
        return error
      }
    }
  }

  /// From the containers on: the environment stays.
  private func kept(_ error: any Error, _ operation: Operation) -> any Error {
    try? operation.end(as: .failed)
    guard let failure = error as? Failure else { return error }
    return goingOn(failure)
  }

  /// Says how to go on with an environment that stays, and how to give it up.
  private func goingOn(_ failure: Failure) -> Failure {
    failure
      .hinting("to go on, run 'piko up \(name)'")
      .hinting("to give it up, run 'piko destroy \(name)'")
  }
}
