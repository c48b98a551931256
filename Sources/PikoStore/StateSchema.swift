extension Schema {
  /// `state.db`: the project, its environments and shared services, and the journal.
  ///
  /// The journal's rows are written before each step acts; losing the last of them with the power
  /// costs a second look at the worktree and the engine, which every clean-up takes anyway, so
  /// commits do not wait for the disk.
  static let state = Schema(
    migrations: [
      """
      CREATE TABLE project (
        id INTEGER PRIMARY KEY,
        name TEXT UNIQUE NOT NULL,
        root_path TEXT NOT NULL,
        compose_file TEXT DEFAULT 'docker-compose.yml',
        created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
        git_dir TEXT NOT NULL
      );
      CREATE TABLE environments (
        id INTEGER PRIMARY KEY,
        project_id INTEGER REFERENCES project(id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        branch TEXT NOT NULL,
        path TEXT NOT NULL,
        docker_project TEXT NOT NULL,
        tmux_session TEXT NOT NULL,
        created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
        status TEXT NOT NULL CHECK (status IN ('creating', 'ready', 'destroying')),
        block INTEGER,
        setup_done INTEGER NOT NULL DEFAULT 0,
        put_down INTEGER NOT NULL DEFAULT 0,
        made_branch INTEGER NOT NULL DEFAULT 0,
        base TEXT,
        head TEXT,
        UNIQUE(project_id, name)
      );
      CREATE INDEX environments_by_branch ON environments(branch);
      CREATE TABLE shared_services (
        id INTEGER PRIMARY KEY,
        project_id INTEGER REFERENCES project(id) ON DELETE CASCADE,
        service_name TEXT NOT NULL,
        container_name TEXT,
        network TEXT NOT NULL,
        UNIQUE(project_id, service_name)
      );
      CREATE TABLE operations (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        verb TEXT NOT NULL,
        environment TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('begun', 'done', 'failed', 'undone')),
        detail TEXT,
        pid INTEGER NOT NULL,
        begun_at DATETIME DEFAULT CURRENT_TIMESTAMP,
        ended_at DATETIME
      );
      CREATE INDEX operations_by_environment ON operations(environment, id);
      CREATE TABLE journal (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        operation_id INTEGER NOT NULL REFERENCES operations(id) ON DELETE CASCADE,
        step TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('begun', 'done', 'failed', 'undone')),
        detail TEXT,
        begun_at DATETIME DEFAULT CURRENT_TIMESTAMP,
        ended_at DATETIME
      );
      CREATE INDEX journal_by_operation ON journal(operation_id, id);
      """,
      """
      ALTER TABLE shared_services ADD COLUMN shared INTEGER DEFAULT 1;
      ALTER TABLE shared_services ADD COLUMN definition TEXT;
      CREATE TABLE environment_sharing (
        environment TEXT NOT NULL,
        service TEXT NOT NULL,
        shared INTEGER NOT NULL,
        PRIMARY KEY (environment, service)
      ) WITHOUT ROWID;
      """,
      // What tells the repository from another one that comes to lie at its place.
      "ALTER TABLE project ADD COLUMN identity TEXT;",
    ], durability: .normal)
}
