package import PikoCore
package import SystemPackage

/// This user's register: what belongs to one environment alone on the whole machine.
///
/// `registry.db` in ``Paths/stateDirectory()``. Every change is one short transaction, in which
/// nothing outside the file is asked.
package struct Register {
  let database: Database

  /// The database's place in a state directory.
  package static func file(in directory: FilePath) -> FilePath {
    directory.appending("registry.db")
  }

  /// Opens the register.
  ///
  /// - Returns: nil where there is none; nothing is made then.
  /// - Throws: status 128 where the file cannot be used, with what to do.
  package static func existing(in directory: FilePath) throws(Failure) -> Register? {
    try Database.existing(file(in: directory), schema: .register).map { Register(database: $0) }
  }

  /// Opens the register, making its directory (for this user alone) and the file where missing.
  package static func creating(in directory: FilePath) throws(Failure) -> Register {
    Register(
      database: try Database.creating(
        file(in: directory), schema: .register, directoryMode: 0o700))
  }

  /// The host ports of environments.
  package var ports: PortLedger { PortLedger(database: database) }
  /// The networks of environments.
  package var subnets: SubnetLedger { SubnetLedger(database: database) }
  /// Whose the volumes without a name are.
  package var volumes: VolumeLedger { VolumeLedger(database: database) }
  /// What the user allowed projects to run.
  package var approvals: Approvals { Approvals(database: database) }
  /// The projects, and how one gets its name.
  package var projects: ProjectLedger { ProjectLedger(database: database) }

  // MARK: Environments

  /// Every environment on the machine, by project and name, without those of shared services.
  package func environments() throws(Failure) -> [RegisteredEnvironment] {
    try environments(where: "NOT shared")
  }

  /// The environments of a project, by name, without the one of its shared services.
  package func environments(
    of project: RegisteredProject
  ) throws(Failure) -> [RegisteredEnvironment] {
    try environments(where: "NOT shared AND project_id = ?", .integer(project.id))
  }

  /// The environments of the project at a root, by name, without the one of its shared services.
  package func environments(ofRoot root: FilePath) throws(Failure) -> [RegisteredEnvironment] {
    try environments(where: "NOT shared AND root = ?", .path(root))
  }

  /// The environment of a name in the project at a root; nil where there is none.
  package func environment(
    named name: EnvironmentName, ofRoot root: FilePath
  ) throws(Failure) -> RegisteredEnvironment? {
    try environments(
      where: "NOT shared AND root = ? AND environments.name = ?", .path(root), .text(name.text)
    ).first
  }

  /// What stands for a project's shared services: it can lease ports and subnets, and has no
  /// worktree.
  package func sharedEnvironment(
    of project: RegisteredProject
  ) throws(Failure) -> RegisteredEnvironment {
    guard
      let environment = try environments(
        where: "shared AND project_id = ?", .integer(project.id)
      ).first
    else { throw Failure("project \(project.name.quoted) is no longer in the register") }
    return environment
  }

  /// Reserves a name, a Compose project and a block of ports for a new environment of a project.
  ///
  /// The block is the one that an environment of this name had before where that is free, else the
  /// lowest free one.
  /// - Throws: where the name or the Compose project is taken or kept, and where blocks have run
  ///   out, with what to do.
  package func reserve(
    _ reservation: Reservation, for project: RegisteredProject
  ) throws(Failure) -> RegisteredEnvironment {
    try database.transaction { () throws(Failure) in
      try refuseConflicts(of: reservation, in: project)
      let blocks = BlockLedger(database: database)
      guard
        let block = try blocks.free(
          preferring: blocks.former(of: reservation.name, in: project.id)
        ).first
      else { throw try exhausted(reservation.name) }
      try database.execute(
        """
        INSERT INTO environments (project_id, name, compose_project, branch, path, session)
        VALUES (?, ?, ?, ?, ?, ?)
        """, .integer(project.id), .text(reservation.name.text),
        .text(reservation.composeProject), .text(reservation.branch.text), .path(reservation.path),
        .text(reservation.session))
      let id = database.lastInsertion
      try blocks.take(block, ordinal: 0, for: id)
      guard let made = try environments(where: "environments.id = ?", .integer(id)).first else {
        throw Failure("internal error: the reservation was not written")
      }
      return made
    }
  }

  /// Gives back everything that an environment holds: name, blocks, ports and subnets. Its blocks
  /// are remembered for one made again by its name. The environment of shared services keeps its
  /// name. Nothing happens where it is gone already.
  package func release(_ environment: RegisteredEnvironment) throws(Failure) {
    try database.transaction { () throws(Failure) in
      let id = Value.integer(environment.id)
      try database.execute(
        "DELETE FROM former_blocks WHERE project_id = ? AND name = ?",
        .integer(environment.project), .text(environment.name.text))
      try database.execute(
        """
        INSERT INTO former_blocks (project_id, name, ordinal, number)
        SELECT project_id, name, ordinal, number
        FROM blocks JOIN environments ON environments.id = environment_id WHERE environment_id = ?
        """, id)
      guard environment.isShared else {
        try database.execute("DELETE FROM environments WHERE id = ?", id)
        return
      }
      for table in ["port_leases", "subnets", "blocks"] {
        try database.execute("DELETE FROM \(table) WHERE environment_id = ?", id)
      }
    }
  }

  private func refuseConflicts(
    of reservation: Reservation, in project: RegisteredProject
  ) throws(Failure) {
    let name = reservation.name.text.quoted
    let another = "give it another name: 'piko create NAME --branch BRANCH'"
    guard reservation.name != .sharedServices else {
      throw Failure(
        "cannot create environment \(name): the name is kept for the project's shared services",
        hint: another)
    }
    let holders = try environments(
      where: "(project_id = ? AND environments.name = ?) OR compose_project = ?",
      .integer(project.id), .text(reservation.name.text), .text(reservation.composeProject))
    guard let holder = holders.first else { return }
    guard holder.project != project.id || holder.name != reservation.name else {
      throw Failure(
        "environment \(name) already exists",
        hint: "to remove what a create that was cut off left, run "
          + "'piko destroy \(reservation.name)'")
    }
    let owner =
      holder.isShared
      ? "the shared services of project \(holder.projectName.quoted)"
      : "environment \(holder.name.text.quoted) of project \(holder.projectName.quoted)"
    throw Failure(
      "cannot create environment \(name): its Compose project "
        + "\(reservation.composeProject.quoted) is that of \(owner)", hint: another)
  }

  /// Every block is leased: names the environment that has held one for the longest.
  private func exhausted(_ name: EnvironmentName) throws(Failure) -> Failure {
    let oldest = try environments(where: "NOT shared").min { $0.id < $1.id }
    return BlockLedger.exhausted(for: name, oldest: oldest)
  }

  private func environments(
    where condition: String, _ values: Value...
  ) throws(Failure) -> [RegisteredEnvironment] {
    try RegisteredEnvironment.load(from: database, where: condition, values)
  }
}

extension EnvironmentName {
  /// The name that stands for a project's shared services.
  package static let sharedServices = EnvironmentName(stored: "shared")
}

extension RegisteredEnvironment {
  /// The environments that a condition accepts, by project and name.
  static func load(
    from database: Database, where condition: String, _ values: [Value]
  ) throws(Failure) -> [RegisteredEnvironment] {
    try database.rows(
      """
      SELECT environments.id, project_id, projects.name, root, environments.name, shared,
        compose_project, branch, path, session, \(seconds("environments.created_at")),
        (SELECT group_concat(number) FROM
          (SELECT number FROM blocks WHERE environment_id = environments.id ORDER BY ordinal)), made
      FROM environments JOIN projects ON projects.id = project_id
      WHERE \(condition) ORDER BY projects.name, environments.name
      """, values: values
    ) { row in
      RegisteredEnvironment(
        id: row.integer(0), project: row.integer(1), projectName: row.text(2), root: row.path(3),
        name: EnvironmentName(stored: row.text(4)), isShared: row.flag(5), isMade: row.flag(12),
        composeProject: row.text(6), branch: BranchName(row.text(7)), path: row.path(8),
        session: row.text(9),
        createdAt: row.integer(10),
        blocks: row.text(11).split(separator: ",").compactMap { Int($0) }.map(PortBlock.init))
    }
  }
}
