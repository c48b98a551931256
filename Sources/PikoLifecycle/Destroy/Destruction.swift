import PikoCompose
import PikoConfig
import PikoControl
package import PikoCore
import PikoGit
package import PikoProject
import PikoSession
package import PikoStore
import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Removes an environment and nothing else, then asks git and the engine whether it is gone (SPEC
/// part 5). Cut off at any point, the same command again goes on.
package struct Destruction {
  let project: Project
  let record: EnvironmentRecord
  let request: DestroyRequest
  let narrator: Narrator

  package init(
    of record: EnvironmentRecord, in project: Project, _ request: DestroyRequest,
    narrator: Narrator
  ) {
    self.record = record
    self.project = project
    self.request = request
    self.narrator = narrator
  }

  /// Shows the plan and removes nothing.
  ///
  /// - Throws: where ``perform()`` would refuse.
  package func rehearse(showing show: ([String]) -> Void) throws {
    let plan = try DestroyPlan(request, of: record, in: project)
    show(plan.lines)
    try plan.refuse(record, in: project)
  }

  /// Removes it.
  ///
  /// - Throws: before anything is touched, where work would be lost; afterwards, naming what is left.
  package func perform() throws {
    let lock = try EnvironmentLock.acquire(
      record.name, root: project.root, verb: "destroy", waits: true, narrator: narrator)
    defer { lock.release() }
    guard let state = project.state,
      let record = try project.restored(record.name) ?? state.environment(named: record.name)
    else {
      return  // another destroy was faster
    }
    let plan = try DestroyPlan(request, of: record, in: project)
    try plan.refuse(record, in: project)
    let usedShared = try !project.sharedUses(of: record).isEmpty
    try takeOwnership(plan.losses, plan)
    var asked = request
    asked.tip = plan.losses.branch?.tip
    let operation = try Operation("destroy", on: record.name, in: state, goingOnWith: asked)
    do {
      try runDestroyScript(plan, operation)
      try state.setStatus(.destroying, of: record.name)
      try removeEngineObjects(plan, operation)
      // The script may have left work behind, and the user may have gone on working meanwhile.
      let losses = try Losses(of: record, in: project, request)
      try losses.refuse(request)
      try losses.requireRemovable(in: project)
      try takeOwnership(losses, plan)
      // Not before: a destroy that is refused leaves the session as it was.
      try endSession(operation)
      try removeWorktree(losses, operation)
      try removeBranch(losses, operation)
      try release(plan, operation)
      // An earlier one that was cut off is done with this.
      try state.journal.endUnfinished(of: record.name, besides: operation.id)
      try operation.end(as: .done)
    } catch {
      try? operation.end(as: .failed)
      throw error
    }
    try verify(plan)
    plan.formerEngine?.tellLeft()
    guard case .known = plan.engine else { return }
    try tellComposedBeside()
    if try usedShared || project.environments().isEmpty {
      try SharedServices(of: project, narrator: narrator)?.tellLeft()
    }
  }

  /// Says what is left of a `docker compose` that was typed in the worktree without the environment's
  /// variables: piko does not remove what it did not make.
  private func tellComposedBeside() throws {
    let left = try EngineInventory.composedBeside(record)
    for (name, containers) in left.sorted(by: { $0.key < $1.key }) {
      let services = Set(containers.compactMap(\.service)).sorted().joined(separator: ", ")
      Output.warn(
        "left what is of Compose project \(name.quoted) (\(services)): it was started in the worktree "
          + "by hand")
      // The project may have more, from the main checkout say, which its name would reach, too.
      let own = containers.compactMap(\.names.first).sorted().map(Quoting.word)
      let volumes = request.volumes ? "--volumes " : ""
      Output.hint("to remove it, run 'docker rm --force \(volumes)\(own.joined(separator: " "))'")
    }
  }

  // MARK: - Steps

  /// Files that containers wrote as another user are given to this one, through a container of an
  /// image that is there: the only thing done before it is sure that all can be removed.
  private func takeOwnership(_ losses: Losses, _ plan: DestroyPlan) throws {
    guard let first = losses.undeletable.first else { return }
    let refusal = Failure(
      "cannot destroy environment \(record.name.text.quoted): "
        + "\(Paths.display(first).quoted) cannot be deleted by this user",
      hint: "delete it yourself: 'sudo rm -rf \(Paths.argument(first))'")
    let images: [String]
    switch plan.engine {
    case .known(let inventory): images = inventory.containers.map(\.image)
    case .unused: images = []
    case .unknown: throw refusal
    }
    guard (try? Ownership(of: record.path, images: images).take()) == true else { throw refusal }
    guard TreeSurvey(of: record.path).obstacles.isEmpty else { throw refusal }
  }

  private func runDestroyScript(_ plan: DestroyPlan, _ operation: Operation) throws {
    guard plan.hasWorktree, let configuration = readConfiguration(),
      let script = configuration.scripts[.destroy]
    else { return }
    do {
      try Approving(configuration, root: project.root, named: record.name.text)
        .ask(in: project)
      try operation.step(.destroyScript) {
        narrator.say("running the destroy script")
        try Scripts(worktree: record.path, variables: try project.variables(of: record))
          .run(.destroy, script)
        narrator.finished("Ran destroy script")
      }
    } catch let failure as Failure {
      if Interrupt.received != nil { throw failure }
      guard request.isForced else {
        throw failure.hinting("to destroy it all the same, add '--force'")
      }
      Output.warn(failure.message)
    }
  }

  /// What the environment is configured with; nil, and a warning, where that cannot be read: a
  /// mistake in a file must not keep an environment from going.
  private func readConfiguration() -> ProjectConfiguration? {
    do {
      return try Configuration.load(root: project.root, worktree: record.path)
    } catch {
      Output.warn("no destroy script is run: \(error.message)")
      return nil
    }
  }

  private func removeEngineObjects(_ plan: DestroyPlan, _ operation: Operation) throws {
    guard case .known(let inventory) = plan.engine else { return }
    let shared = try SharedServices(of: project, narrator: narrator)
    let count = inventory.containers.count
    _ = try narrator.step(
      "Removing containers",
      done: {
        count == 0
          ? nil
          : "Removed \(count.counted("container")) (\(inventory.services.joined(separator: ", ")))"
      }
    ) {
      try operation.step(.containers) {
        if count > 0 || !inventory.networks.isEmpty {
          // Compose knows the order in which services depend on each other; what is removed is
          // piko's to say, by its own labels.
          _ = try Compose().stop(named: record.composeProject)
          try shared?.disconnect(from: plan.environment)
        }
        try inventory.removeContainers()
      }
    }
    try shared?.stopUnused()
    try inventory.settleVolumes(removing: request.volumes, in: operation, narrator: narrator)
  }

  private var session: EnvironmentSession { EnvironmentSession(of: record, in: project) }

  /// Ends the session; the one that this process is in only as far as this process goes on.
  private func endSession(_ operation: Operation) throws {
    guard Tmux().exists else {
      if let left = try sessionThatMayBeLeft() {
        Output.warn("tmux is not on PATH: session \(left.quoted) is left where it was made")
      }
      return
    }
    guard try session.hasAny() else { return }
    if try session.isAround() {
      Interrupt.ignoreHangup()
      try operation.step(.endSession) { _ = try session.endProcesses() }
    } else {
      let elsewhere = try session.windowsElsewhere()
      let name = try operation.step(.endSession) { try session.kill() }
      if let name { narrator.finished("Ended session \(name)") }
      if !elsewhere.isEmpty {
        narrator.finished(
          "Ended \(elsewhere.count.counted("window")) in other sessions "
            + "(\(elsewhere.joined(separator: ", ")))")
      }
    }
  }

  /// The name of the session, where the journal knows that one was made since the environment was.
  private func sessionThatMayBeLeft() throws -> String? {
    guard let journal = project.state?.journal else { return nil }
    let create = try journal.latest("create", on: record.name)?.id ?? 0
    let steps = try journal.steps(of: record.name, since: create)
    return steps.contains(StepName.session.rawValue) ? record.session : nil
  }

  /// Ends the session that this process is in, and with it what runs there; nothing is done from
  /// outside it. Called when all is said: nothing after it is seen.
  package func endOwnSession() throws {
    guard Tmux().exists, try session.isAround() else { return }
    try Interrupt.shielded { _ = try session.kill() }
  }

  private func removeWorktree(_ losses: Losses, _ operation: Operation) throws {
    let repository = try Repository(holding: project.location.commonDirectory)
    let place = Naming.relativePath(ofWorktree: record.name)
    try narrator.step(
      "Removing worktree at \(place)",
      done: { losses.hasWorktree ? "Removed worktree at \(place)" : nil }
    ) {
      try operation.step(.removeWorktree) {
        let kept = { (place: FilePath) in
          Failure(
            "cannot destroy all of environment \(record.name.text.quoted): a program wrote into its "
              + "worktree while that was removed; what it wrote is kept in "
              + Paths.display(place).quoted,
            hints: [
              "to see it, run 'ls -AR \(Paths.argument(place))'",
              "to go on, run '\(request.command(for: record.name))'",
            ])
        }
        _ = try repository.removeWorktree(
          record.path, keeping: request.isForced ? nil : kept
        ) { (aside) throws(Failure) in
          guard !request.isForced else { return }
          let now = try repository.contents(ofWorktree: record.path, movedTo: aside)
          guard now == losses.contents else {
            throw Failure(
              "cannot destroy environment \(record.name.text.quoted): it changed meanwhile",
              hint: "to see how, run 'git -C \(Paths.argument(record.path)) status'")
          }
        }
      }
    }
  }

  private func removeBranch(_ losses: Losses, _ operation: Operation) throws {
    let repository = try Repository(holding: project.location.commonDirectory)
    guard let branch = losses.branch, let tip = branch.tip else {
      if request.deletesBranch, let reason = losses.reasonToKeepBranch,
        try repository.hasBranch(record.branch)
      {
        narrator.say("kept branch \(record.branch.quoted): \(reason)")
      }
      return
    }
    try operation.step(.branch) {
      var keeping = request
      keeping.deletesBranch = false
      let isGone: Bool
      do {
        isGone = try repository.deleteBranch(
          branch.name, at: tip, keepsCommits: !request.isForced)
      } catch let failure as Failure {
        throw failure.hinting("to keep it, run '\(keeping.command(for: record.name))'")
      }
      guard try isGone || !repository.hasBranch(branch.name) else {
        throw Failure(
          "cannot delete branch \(branch.name.quoted): it moved meanwhile",
          hint: "to keep it, run 'piko destroy \(record.name)'")
      }
    }
    narrator.finished("Deleted branch \(branch.name)")
  }

  private func release(_ plan: DestroyPlan, _ operation: Operation) throws {
    if case .unknown(let failure) = plan.engine {
      // Containers may still be there and come back with the engine: their ports stay leased.
      throw Failure(
        "could not remove the containers, networks and images of environment "
          + "\(record.name.text.quoted): \(failure.message)",
        hint: "when the engine answers, run '\(request.command(for: record.name))'")
    }
    try operation.step(.release) {
      if let held = try project.registered(record), let register = project.register {
        try register.release(held)
      }
      try operation.state.delete(record.name)
      // A create that was cut off has nothing left to undo: its branch, say, is the user's now.
      for create in try operation.state.journal.unfinished(of: record.name)
      where create.verb == "create" {
        try operation.state.journal.end(operation: create.id, as: .undone)
      }
    }
    narrator.finished("Destroyed environment \(record.name)")
  }

  // MARK: - Verification

  /// Asks again for all that should be gone.
  /// The engine's lists lag behind a removal for some milliseconds: only what stays is left.
  private func leftInEngine() throws -> [String] {
    let deadline = ContinuousClock.now + .seconds(2)
    while true {
      let left = try EngineInventory(of: record, in: project)
        .lines(volumes: request.volumes).filter { request.volumes || !$0.hasPrefix("volume") }
      if left.isEmpty || ContinuousClock.now > deadline { return left }
      usleep(20_000)
    }
  }

  private func verify(_ plan: DestroyPlan) throws {
    var left: [String] = []
    if case .known = plan.engine { left += try leftInEngine() }
    if Tmux().exists, try session.hasAny(), try !session.isAround() {
      left.append("session      \(session.name)")
    }
    let repository = try Repository(holding: project.location.commonDirectory)
    for place in [record.path, repository.asidePlace(ofWorktree: record.path)]
    where FileCopy.exists(place) {
      left.append("worktree     \(place.string)")
    }
    let listed = try Git(in: project.location.commonDirectory).worktrees()
    if listed.contains(where: { $0.path == record.path }) {
      left.append("git's record of the worktree")
    }
    guard left.isEmpty else {
      throw Failure(
        "destroyed environment \(record.name.text.quoted), but something is left of it",
        hint: "remove it yourself: see 'docker ps --all', 'docker network ls', 'git worktree list'",
        detail: left.joined(separator: "\n"))
    }
  }
}
