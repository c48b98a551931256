import PikoCompose
import PikoConfig
import PikoControl
package import PikoCore
import PikoGit
package import PikoProject
import PikoSession
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
    return try plan(in: project)
  }

  /// What will be done; a mistake in a configuration file is told with what shows all there are.
  private func plan(in project: Project) throws -> CreatePlan {
    do {
      return try CreatePlan(request, name: name, in: project)
    } catch let failure as Failure where failure.place != nil {
      // The mistake may be in another branch's file, which is nowhere to be checked yet.
      let directories = [project.root, project.location.worktree].compactMap(\.self)
      let mistakes =
        try ConfigurationCheck.mistakes(inUserFile: Paths.userConfiguration())
        + directories.flatMap { ConfigurationCheck.mistakes(in: $0) }
      guard !mistakes.isEmpty else { throw failure }
      throw failure.hinting("to see all mistakes, run 'piko config --check'")
    }
  }

  /// Makes the environment, or with `--reuse` brings one up that exists.
  ///
  /// - Returns: the project as it is now, and the environment's record in it.
  package func perform() throws -> (Project, EnvironmentRecord) {
    let current = try Project.current()
    // SQLite's last connection to a file puts its log away, the next one makes it anew.
    defer { withExtendedLifetime(current) {} }
    try current.requireNothingLost()
    let location = current.location
    let lock = try EnvironmentLock.acquire(
      name, root: location.root, verb: "create", waits: request.reuses, narrator: narrator)
    defer { lock.release() }
    var project = try Project(at: location)
    if let existing = try project.state?.environment(named: name) {
      guard existing.status == .creating else {
        guard existing.status == .ready, request.reuses, isMeant(existing) else {
          throw exists(existing)
        }
        guard FileCopy.isDirectory(existing.path) else { throw broken(existing) }
        let environment = try LiveEnvironment(existing, in: project, narrator: narrator)
        if let from = request.from {
          _ = try Repository(holding: location.worktree ?? location.commonDirectory).resolve(from)
        }
        try environment.approveScripts(request.consent)
        if let state = project.state { try decideSharing(in: state) }
        try environment.closeCutOff()
        do {
          if request.starts {
            var up = UpRequest()
            up.freshVolumes = request.freshVolumes
            try environment.journalled("up") { try environment.bringUp(up, in: $0) }
          }
        } catch let failure as Failure {
          throw goingOn(failure, at: existing.path)
        }
        return (project, existing)
      }
      narrator.say("undoing an earlier 'piko create \(name)' that was cut off")
      try CreateUndo(project: project, name: name).undoUnfinished()
      project = try Project(at: location)
    }
    let plan = try plan(in: project)
    try plan.requireEngine(for: project)
    let approval = try plan.approving(in: project)
    try approval.ask(in: project, consent: request.consent)
    if let left = plan.leftSession {
      try Interrupt.shielded { _ = try left.kill() }
      narrator.say("ended the session that was left of an earlier environment \(name.text.quoted)")
    }
    return try make(plan, approval)
  }

  // MARK: - Steps

  private func make(
    _ plan: CreatePlan, _ approval: Approving
  ) throws -> (Project, EnvironmentRecord) {
    if !plan.uncommitted.isEmpty {
      let files = plan.uncommitted.map(\.quoted).joined(separator: ", ")
      narrator.say("note: what is not committed in \(files) is not in \(name)")
    }
    let root = plan.location.root
    let register = try Register.creating(in: Paths.stateDirectory())
    let registered = try register.projects.register(
      root: root, gitDirectory: plan.location.commonDirectory, name: plan.projectName)
    try approval.record(for: registered, in: register)
    // Before the first file in `.piko`, so that no status ever shows it.
    try hideFromStatus(plan)
    let state = try State.creating(below: root)
    try state.record(
      ProjectRecord(
        name: registered.name, root: root, gitDirectory: plan.location.commonDirectory))
    let project = try Project(at: plan.location)
    let operation = try Operation("create", on: name, in: state)
    var isStarted = false
    do {
      try reserve(plan, registered, register, operation)
      let hooks = try makeWorktree(plan, operation)
      let environment = try LiveEnvironment(
        project.environment(named: name), in: project, narrator: narrator)
      try copyIgnoredFiles(plan, over: hooks, operation)
      try prepare(plan, environment, operation)
      try operation.step(.isolate) {
        try environment.isolate(isStrict: request.isStrict, explains: request.explains)
        try environment.checkNames()
      }
      try state.setStatus(.ready, of: name)
      isStarted = true
      if request.starts {
        try operation.step(.start) {
          try environment.start(freshVolumes: request.freshVolumes) {
            try environment.makeSession(in: operation)
          }
        }
        try environment.setUp(in: operation)
      }
      try operation.end(as: .done)
    } catch {
      throw isStarted ? kept(error, operation, at: plan.path) : undone(error, project)
    }
    return (project, try project.environment(named: name))
  }

  private func hideFromStatus(_ plan: CreatePlan) throws {
    let repository = plan.repository
    let file = repository.excludeFile
    if try Exclusion.apply(to: repository), !file.starts(with: repository.commonDirectory) {
      narrator.say(
        "note: wrote \(Exclusion.patterns.map(\.quoted).joined(separator: " and ")) into "
          + "\(Paths.display(file).quoted), where 'info/exclude' leads to")
    }
  }

  private func reserve(
    _ plan: CreatePlan, _ registered: RegisteredProject, _ register: Register,
    _ operation: Operation
  ) throws {
    let composeProject = Naming.composeProject(project: registered.name, environment: name)
    let session = try Naming.session(
      prefix: UserConfiguration.load().sessionPrefix, project: registered.name, environment: name)
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
      try decideSharing(in: operation.state)
    }
  }

  private func decideSharing(in state: State) throws {
    for (service, isShared) in request.sharing {
      try state.decide(service, isShared: isShared, for: name)
    }
  }

  /// - Returns: what the post-checkout hook has put into it.
  private func makeWorktree(_ plan: CreatePlan, _ operation: Operation) throws -> Footprint {
    let place = Naming.relativePath(ofWorktree: name)
    let added = try narrator.step(
      "Creating worktree at \(place)",
      done: { _ in "Created worktree at \(place) (branch: \(plan.branch.branch))" }
    ) {
      try operation.step(.worktree, undoing: plan.worktreeRecord) {
        var intended = plan.worktreeRecord
        do {
          var added = try plan.repository.addWorktree(
            plan.branch, at: plan.path,
            branchMade: {
              intended.hasMadeBranch = true
              try? operation.note(intended, for: .worktree)
            })
          if added.hook != nil {
            added.record.footprint = noteFootprint(plan, operation, in: .worktree) {
              var record = added.record
              record.footprint = $0
              return record
            }
          }
          return added
        } catch {
          // The hook may have been interrupted.
          _ = noteFootprint(plan, operation, in: .worktree) {
            intended.footprint = $0
            return intended
          }
          throw error
        }
      }
    }
    guard let hook = added.hook else { return Footprint() }
    if !hook.output.isEmpty { Output.report(hook.output) }
    if hook.status != 0 { Output.warn("the post-checkout hook ended with status \(hook.status)") }
    return added.record.footprint ?? Footprint()
  }

  private func copyIgnoredFiles(
    _ plan: CreatePlan, over hooks: Footprint, _ operation: Operation
  ) throws {
    let files = IgnoredFiles(
      root: plan.location.root, gitDirectory: plan.location.commonDirectory)
    var carriage = try plan.carriage()
    _ = try narrator.counting("Copying ignored files", done: { summary(of: $0) }) { show in
      try operation.step(.copy, undoing: carriage) {
        let count = try files.carry(carriage, into: plan.path, show: show)
        guard count.copied + count.linked > 0 else { return count }
        var footprint = hooks
        for path in carriage.copies + carriage.links { footprint.add(path, in: plan.path) }
        carriage.footprint = footprint
        try operation.note(carriage, for: .copy)
        return count
      }
    }
  }

  private func summary(of count: IgnoredFiles.Count) -> String? {
    switch count {
    case (0, 0): nil
    case (0, let linked): "Linked \(linked.counted("ignored file"))"
    case (let copied, 0): "Copied \(copied.counted("ignored file"))"
    case (let copied, let linked):
      "Copied \(copied.counted("ignored file")), linked \(linked)"
    }
  }

  private func prepare(
    _ plan: CreatePlan, _ environment: LiveEnvironment, _ operation: Operation
  ) throws {
    guard try environment.configuration().scripts[.prepare] != nil else { return }
    try operation.step(.prepare) {
      defer { _ = noteFootprint(plan, operation, in: .prepare) { $0 } }
      try environment.run(
        .prepare, hint: "to try again, mend the script and run '\(request.command())'")
    }
  }

  /// Writes down what the worktree holds now that a program of the project has ended there, well or
  /// not: with the names of its own files unknown, all that appeared while it ran counts as its.
  ///
  /// - Returns: it; nil where git cannot tell, and undoing will then ask for what is there.
  private func noteFootprint(
    _ plan: CreatePlan, _ operation: Operation, in step: StepName,
    as detail: (Footprint) -> some Encodable
  ) -> Footprint? {
    Interrupt.shielded {
      guard let repository = try? Repository(holding: plan.location.commonDirectory),
        let footprint = try? repository.footprint(ofWorktree: plan.path)
      else { return nil }
      try? operation.note(detail(footprint), for: step)
      return footprint
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
      let failure = Failure(
        "environment \(name.quoted) already exists, for branch \(record.branch.display.quoted)",
        hint: "to name this one, run 'piko create \(freeName()) --branch "
          + "\(Quoting.word(request.wantedBranch.text))'")
      return EnvironmentName(stored: request.typed) == self.name
        ? failure.hinting("to bring that one up, run 'piko up \(name)'") : failure
    }
    guard FileCopy.isDirectory(record.path) else { return broken(record) }
    return Failure(
      "environment \(name.quoted) already exists",
      hint: "to bring it up, run 'piko up \(name)'")
  }

  private func broken(_ record: EnvironmentRecord) -> Failure {
    Failure(
      "environment \(record.name.text.quoted) is broken: its worktree "
        + "\(Paths.display(record.path).quoted) is gone",
      hint: "to make it anew with its branch and data, first run 'piko destroy \(record.name)'")
  }

  /// A name like this one that no environment has.
  private func freeName() -> String {
    let taken = (try? Project.current().environments().map(\.name.text)) ?? []
    return (2...).lazy.map { "\(name.text.prefix(40))-\($0)" }.first { !taken.contains($0) }
      ?? "\(name)-2"
  }

  /// Whether an environment of the name is the one that was asked for: of that branch, and not of
  /// another one which normalises alike. Where there is no branch of what was typed, the
  /// environment of that very name is meant.
  private func isMeant(_ record: EnvironmentRecord) -> Bool {
    let branch = request.wantedBranch
    if record.branch == branch || WorktreeHead(of: record.path) == .branch(branch) { return true }
    guard request.branch == nil, EnvironmentName(stored: request.typed) == name,
      let repository = try? Repository(holding: Project.current().location.commonDirectory)
    else { return false }
    return (try? repository.hasBranch(branch)) == false
  }

  /// Before containers: everything is taken back.
  private func undone(_ error: any Error, _ project: Project) -> any Error {
    Interrupt.shielded {
      do {
        if try CreateUndo(project: project, name: name).undoWhatWasMade() {
          narrator.say("undid all that was made for \(name)")
        }
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
  private func kept(
    _ error: any Error, _ operation: Operation, at path: FilePath
  ) -> any Error {
    try? operation.end(as: .failed)
    guard let failure = error as? Failure else { return error }
    return goingOn(failure, at: path)
  }

  /// Says how to go on with an environment that stays, and how to give it up.
  private func goingOn(_ failure: Failure, at path: FilePath) -> Failure {
    // Nothing was begun, the engine say does not answer.
    if failure.status == .cannotStart, request.reuses {
      return failure.hinting("to use its worktree without containers, run 'piko path \(name)'")
    }
    guard FileCopy.isDirectory(path) else {
      return failure.hinting("to make it anew, first run 'piko destroy \(name)'")
    }
    return
      failure
      .hinting("to go on, run 'piko up \(name)'")
      .hinting("to give it up, run 'piko destroy \(name)'")
  }
}
