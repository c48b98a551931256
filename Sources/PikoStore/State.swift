package import PikoCore
package import SystemPackage

/// One project's intent: `.piko/state.db` below its root.
///
/// The engine is the truth for what runs. What can be rebuilt is: ``rebuild(_:environments:worktrees:)``
/// makes the file again from the register and git's worktree list.
package struct State {
  let database: Database

  init(_ database: Database) { self.database = database }

  /// The database's place below a root.
  package static func file(below root: FilePath) -> FilePath {
    root.appending(".piko").appending("state.db")
  }

  /// Opens the state of a project.
  ///
  /// - Returns: nil where it has none; nothing is made then.
  /// - Throws: status 128 where the file cannot be used, with what to do.
  package static func existing(below root: FilePath) throws(Failure) -> State? {
    try Database.existing(file(below: root), schema: .state).map { State($0) }
  }

  /// Opens the state of a project, making `.piko` and the file where they are missing.
  package static func creating(below root: FilePath) throws(Failure) -> State {
    State(
      try Database.creating(file(below: root), schema: .state, directoryMode: 0o777))
  }

  /// What piko has begun and ended in this project.
  package var journal: Journal { Journal(database: database) }

  /// Does several changes as a whole or not at all. No process and no engine is asked inside.
  package func transaction<Result>(
    _ work: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try database.transaction(work)
  }

  // MARK: Project

  /// The project; nil before it was first recorded.
  package func project() throws(Failure) -> ProjectRecord? {
    try database.row(
      """
      SELECT name, root_path, git_dir, compose_file, \(seconds("created_at")), identity
      FROM project ORDER BY id LIMIT 1
      """
    ) {
      ProjectRecord(
        name: $0.text(0), root: $0.path(1), gitDirectory: $0.path(2),
        composeFile: $0.optionalText(3), createdAt: $0.optionalInteger(4),
        identity: $0.optionalText(5))
    }
  }

  /// Records the project, over what was recorded before, with what tells its repository from others
  /// now.
  package func record(_ project: ProjectRecord) throws(Failure) {
    try database.execute(
      """
      INSERT INTO project (id, name, root_path, git_dir, compose_file, identity)
      VALUES (1, ?, ?, ?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET name = excluded.name, root_path = excluded.root_path,
        git_dir = excluded.git_dir, compose_file = excluded.compose_file,
        identity = excluded.identity
      """,
      .text(project.name), .path(project.root), .path(project.gitDirectory),
      .optional(project.composeFile),
      .optional(ProjectRoot.identity(of: project.gitDirectory)))
  }

  // MARK: Environments

  /// Every environment, by name.
  package func environments() throws(Failure) -> [EnvironmentRecord] {
    try database.rows("\(State.selection) ORDER BY name", read: State.environment)
  }

  /// Whether it tells of an environment, or of work on one that was cut off.
  package var isInUse: Bool {
    get throws(Failure) {
      if try !environments().isEmpty { return true }
      return try !journal.unfinished().isEmpty
    }
  }

  /// The environment of a name; nil where there is none.
  package func environment(named name: EnvironmentName) throws(Failure) -> EnvironmentRecord? {
    try database.row("\(State.selection) WHERE name = ?", .text(name.text), read: State.environment)
  }

  /// Adds an environment.
  ///
  /// - Throws: where one of its name exists.
  package func insert(_ environment: EnvironmentRecord) throws(Failure) {
    try database.execute(
      """
      INSERT INTO environments (project_id, name, branch, path, docker_project, tmux_session,
        status, block, setup_done, made_branch, base, head, created_at)
      VALUES ((SELECT min(id) FROM project), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
        coalesce(datetime(?, 'unixepoch'), CURRENT_TIMESTAMP))
      ON CONFLICT DO NOTHING
      """,
      .text(environment.name.text), .text(environment.branch.text), .path(environment.path),
      .text(environment.composeProject), .text(environment.session),
      .text(environment.status.rawValue), .optional(environment.block),
      .integer(environment.setup.rawValue), .flag(environment.madeBranch),
      .optional(environment.base), .optional(environment.head), .optional(environment.createdAt))
    guard database.changes == 1 else {
      throw Failure("environment \(environment.name.text.quoted) already exists")
    }
  }

  /// Replaces an environment's row by `environment`; the name and the time of making stay.
  ///
  /// - Throws: where it is not recorded.
  package func update(_ environment: EnvironmentRecord) throws(Failure) {
    try database.execute(
      """
      UPDATE environments SET branch = ?, path = ?, docker_project = ?, tmux_session = ?,
        status = ?, block = ?, setup_done = ?, made_branch = ?, base = ?, head = ? WHERE name = ?
      """,
      .text(environment.branch.text), .path(environment.path), .text(environment.composeProject),
      .text(environment.session), .text(environment.status.rawValue),
      .optional(environment.block), .integer(environment.setup.rawValue),
      .flag(environment.madeBranch), .optional(environment.base), .optional(environment.head),
      .text(environment.name.text))
    try requireChange(of: environment.name)
  }

  /// Changes how far an environment has come.
  package func setStatus(
    _ status: EnvironmentRecord.Status, of name: EnvironmentName
  ) throws(Failure) {
    try database.execute(
      "UPDATE environments SET status = ? WHERE name = ?", .text(status.rawValue), .text(name.text))
    try requireChange(of: name)
  }

  /// Records how far the setup script of an environment has come.
  package func setSetup(
    _ setup: EnvironmentRecord.Setup, of name: EnvironmentName
  ) throws(Failure) {
    try database.execute(
      "UPDATE environments SET setup_done = ? WHERE name = ?", .integer(setup.rawValue),
      .text(name.text))
    try requireChange(of: name)
  }

  /// Records whether the user's last word on an environment was `down`.
  package func setPutDown(_ isDown: Bool, of name: EnvironmentName) throws(Failure) {
    try database.execute(
      "UPDATE environments SET put_down = ? WHERE name = ?", .flag(isDown), .text(name.text))
    try requireChange(of: name)
  }

  /// Records where the worktree of an environment is.
  func setPath(_ path: FilePath, of name: EnvironmentName) throws(Failure) {
    try database.execute(
      "UPDATE environments SET path = ? WHERE name = ?", .path(path), .text(name.text))
  }

  /// Forgets an environment with what was decided for it; nothing happens where it is not recorded.
  /// Its journal stays.
  package func delete(_ name: EnvironmentName) throws(Failure) {
    try database.transaction { () throws(Failure) in
      try database.execute("DELETE FROM environments WHERE name = ?", .text(name.text))
      try database.execute(
        "DELETE FROM environment_sharing WHERE environment = ?", .text(name.text))
    }
  }

  private func requireChange(of name: EnvironmentName) throws(Failure) {
    guard database.changes == 1 else {
      throw Failure(
        "no environment \(name.text.quoted)", hint: "to see those there are, run 'piko list'")
    }
  }

  private static let selection = """
    SELECT name, branch, path, docker_project, tmux_session, status, block, setup_done,
      made_branch, base, head, \(seconds("created_at")), put_down FROM environments
    """

  private static func environment(_ row: borrowing Statement) -> EnvironmentRecord {
    EnvironmentRecord(
      name: EnvironmentName(stored: row.text(0)), branch: BranchName(row.text(1)),
      path: row.path(2),
      composeProject: row.text(3), session: row.text(4),
      status: EnvironmentRecord.Status(rawValue: row.text(5)) ?? .creating,
      block: row.optionalInteger(6),
      setup: EnvironmentRecord.Setup(rawValue: row.integer(7)) ?? .pending,
      madeBranch: row.flag(8),
      base: row.optionalText(9), head: row.optionalText(10), createdAt: row.optionalInteger(11),
      isPutDown: row.flag(12))
  }
}

/// A stored time as SQL that gives it in seconds since 1970.
func seconds(_ column: String) -> String { "CAST(strftime('%s', \(column)) AS INTEGER)" }
