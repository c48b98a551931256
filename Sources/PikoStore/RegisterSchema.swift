extension Schema {
  /// `registry.db`: what must not be given twice on this machine. Two environments with one port
  /// would follow from a lost commit, so commits wait for the disk.
  static let register = Schema(
    migrations: [
      """
      CREATE TABLE projects (
        id INTEGER PRIMARY KEY,
        name TEXT UNIQUE NOT NULL,
        asked_name TEXT NOT NULL,
        root TEXT UNIQUE NOT NULL,
        git_dir TEXT NOT NULL,
        created_at DATETIME DEFAULT CURRENT_TIMESTAMP
      );
      CREATE TABLE environments (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        project_id INTEGER NOT NULL REFERENCES projects(id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        compose_project TEXT UNIQUE NOT NULL,
        shared INTEGER NOT NULL DEFAULT 0,
        branch TEXT NOT NULL DEFAULT '',
        path TEXT NOT NULL DEFAULT '',
        session TEXT NOT NULL DEFAULT '',
        compose TEXT,
        services TEXT,
        created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
        UNIQUE(project_id, name)
      );
      CREATE TABLE blocks (
        number INTEGER PRIMARY KEY CHECK (number BETWEEN 1 AND 554),
        environment_id INTEGER NOT NULL REFERENCES environments(id) ON DELETE CASCADE,
        ordinal INTEGER NOT NULL,
        UNIQUE(environment_id, ordinal)
      );
      CREATE TABLE former_blocks (
        project_id INTEGER NOT NULL REFERENCES projects(id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        ordinal INTEGER NOT NULL,
        number INTEGER NOT NULL,
        PRIMARY KEY (project_id, name, ordinal)
      ) WITHOUT ROWID;
      CREATE TABLE port_leases (
        environment_id INTEGER NOT NULL REFERENCES environments(id) ON DELETE CASCADE,
        service TEXT NOT NULL,
        target INTEGER NOT NULL,
        transport TEXT NOT NULL,
        address TEXT NOT NULL,
        ordinal INTEGER NOT NULL,
        position INTEGER NOT NULL,
        port INTEGER NOT NULL,
        PRIMARY KEY (environment_id, service, target, transport, address, ordinal, position),
        UNIQUE(port, transport)
      ) WITHOUT ROWID;
      CREATE TABLE subnets (
        cidr TEXT PRIMARY KEY,
        environment_id INTEGER NOT NULL REFERENCES environments(id) ON DELETE CASCADE,
        network TEXT NOT NULL,
        family INTEGER NOT NULL CHECK (family IN (4, 6)),
        UNIQUE(environment_id, network, family)
      );
      CREATE TABLE approvals (
        project_id INTEGER NOT NULL REFERENCES projects(id) ON DELETE CASCADE,
        digest TEXT NOT NULL,
        approved_at DATETIME DEFAULT CURRENT_TIMESTAMP,
        PRIMARY KEY (project_id, digest)
      ) WITHOUT ROWID;
      """,
      // What the model had no more at its last isolation, and what of it is up.
      """
      ALTER TABLE port_leases ADD COLUMN retired INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE environments ADD COLUMN active_services TEXT;
      """,
      // The engine's labels keep the root that a project had; an environment that was isolated once
      // was made.
      """
      CREATE TABLE former_roots (
        project_id INTEGER NOT NULL REFERENCES projects(id) ON DELETE CASCADE,
        root TEXT NOT NULL,
        PRIMARY KEY (project_id, root)
      ) WITHOUT ROWID;
      ALTER TABLE environments ADD COLUMN made INTEGER NOT NULL DEFAULT 0;
      UPDATE environments SET made = 1 WHERE compose IS NOT NULL;
      """,
      """
      ALTER TABLE environments ADD COLUMN shared_uses TEXT;
      """,
      // What tells a repository from another one that comes to lie at its place.
      "ALTER TABLE projects ADD COLUMN identity TEXT;",
      // Volumes that have no labels; they may outlive their project's row.
      """
      CREATE TABLE nameless_volumes (
        volume TEXT PRIMARY KEY,
        project TEXT NOT NULL,
        root TEXT NOT NULL,
        environment TEXT NOT NULL
      ) WITHOUT ROWID;
      """,
      // The address of the engine that it was last started on.
      "ALTER TABLE environments ADD COLUMN engine TEXT;",
      // The socket of the tmux server on which its session was last made.
      "ALTER TABLE environments ADD COLUMN session_server TEXT;",
    ], durability: .full)
}
