import PikoCompose
import PikoControl
import PikoCore
import PikoGit
import PikoProject
import PikoSession
import PikoStore
import SystemPackage

/// What a destroy will remove, and what would be lost with it.
package struct DestroyPlan {
  package let request: DestroyRequest
  let environment: Environment
  /// What of the user's work would go.
  let losses: Losses
  /// What the environment has in the engine.
  let engine: EngineContents
  /// The engine that it was started on, where another one is asked now that has no container of it.
  let formerEngine: FormerEngine?
  /// Its tmux session; nil where it has none.
  let session: String?
  /// Its windows that other sessions show.
  let windowsElsewhere: [String]

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
    losses = try Losses(of: record, in: project, request)
    engine = try DestroyPlan.contents(of: record, project)
    formerEngine =
      if case .known(let inventory) = engine, inventory.containers.isEmpty {
        try FormerEngine(of: record, in: project)
      } else { nil }
    let session = EnvironmentSession(of: record, in: project)
    self.session = try session.presence()?.name
    windowsElsewhere = try session.windowsElsewhere()
  }

  /// Whether there are files to remove.
  var hasWorktree: Bool { losses.hasWorktree }

  /// Refuses to lose work, and what cannot be done.
  ///
  /// - Throws: naming all that would be lost; where something stands in the way that `--force` does
  ///   not remove.
  func refuse(_ record: EnvironmentRecord, in project: Project) throws {
    try losses.refuse(request)
    try losses.requireRemovable(in: project)
    if case .known(let inventory) = engine {
      try inventory.refuseForeignUse(volumes: request.volumes)
    }
    guard !request.isForced else { return }
    try formerEngine?.refuse(
      "destroy", request.command(for: record.name),
      hint: "to leave what it has there, run '"
        + request.command(for: record.name, forcing: true) + "'")
  }

  /// The plan in lines, as `--dry-run` prints it.
  package var lines: [String] {
    var lines = ["environment  \(environment.name)"]
    switch engine {
    case .unused: break
    case .unknown(let failure): lines.append("containers   unknown: \(failure.message)")
    case .known(let inventory): lines += inventory.lines(volumes: request.volumes)
    }
    if let session { lines.append("session      \(session)") }
    lines += windowsElsewhere.map { "window       \($0), in another session" }
    if hasWorktree { lines.append("worktree     \(Paths.display(environment.path))") }
    if let branch = losses.branch { lines.append("branch       \(branch.name)") }
    if losses.ignored > 0 { lines.append("ignored      \(losses.ignored.counted("file"))") }
    return lines + losses.all.map { "lost         \($0.text)" }
  }

  /// Whether the journal tells all that piko did with it, and that it started nothing in an engine.
  private static func neverStarted(_ record: EnvironmentRecord, _ project: Project) throws -> Bool {
    guard let journal = project.state?.journal,
      let create = try journal.latest("create", on: record.name)
    else { return false }
    let starting = [StepName.start, .restart, .reassign].map(\.rawValue)
    return try !journal.steps(of: record.name, since: create.id).contains(where: starting.contains)
  }

  /// Whether its making was cut off before containers: no engine has to be asked then.
  private static func wasCutOff(_ record: EnvironmentRecord, _ project: Project) throws -> Bool {
    try project.state?.journal.unfinished(of: record.name).contains { $0.verb == "create" } ?? false
  }

  private static func contents(
    of record: EnvironmentRecord, _ project: Project
  ) throws -> EngineContents {
    let compose = try project.composeVariables(of: record)
    if let compose, compose.isEmpty { return .unused }
    let isUntouched = try neverStarted(record, project)
    if try isUntouched && wasCutOff(record, project) { return .unused }
    do {
      return .known(try EngineInventory(of: record, in: project))
    } catch let failure as Failure {
      if isUntouched { return .unused }
      // With the register's row gone, the worktree can tell.
      let hasFiles = try? !ComposeFiles.find(in: record.path, configured: []).isEmpty
      if compose == nil, hasFiles == false, FileCopy.isDirectory(record.path) { return .unused }
      return .unknown(failure)
    }
  }
}
