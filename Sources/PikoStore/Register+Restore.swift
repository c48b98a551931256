internal import FoundationEssentials
package import PikoCore
package import SystemPackage

/// What is known of an environment that the register has lost.
package struct Restoration: Sendable {
  package var reservation: Reservation
  /// Its first block of ports, where that is known.
  package var block: PortBlock?
  /// The ports that its containers publish.
  package var runs: [PortRun] = []
  /// The subnets of its networks by their keys in the model.
  package var subnets: [(network: String, subnet: Subnet)] = []
  /// Whether it is known to have been made as a whole.
  package var isMade = true

  package init(_ reservation: Reservation, block: PortBlock? = nil) {
    self.reservation = reservation
    self.block = block
  }
}

extension Register {
  /// Enters an environment as it was: with the block, ports and subnets that it had, as far as nobody
  /// else has them by now.
  ///
  /// - Throws: where its Compose project is another environment's.
  @discardableResult
  package func restore(
    _ lost: Restoration, for project: RegisteredProject
  ) throws(Failure) -> RegisteredEnvironment {
    let id = try database.transaction { () throws(Failure) in
      let reservation = lost.reservation
      try refuseHeld(reservation)
      try database.execute(
        """
        INSERT INTO environments (project_id, name, compose_project, branch, path, session, made)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """, .integer(project.id), .text(reservation.name.text),
        .text(reservation.composeProject), .text(reservation.branch.text), .path(reservation.path),
        .text(reservation.session), .flag(lost.isMade))
      let id = database.lastInsertion
      let blocks = BlockLedger(database: database)
      let held = Set(lost.runs.flatMap(\.ports).map { ($0 - 10_000) / PortBlock.size })
      let known = ([lost.block?.number].compactMap(\.self) + held.sorted())
        .filter(PortBlock.numbers.contains).map(PortBlock.init)
      let free = Set(try blocks.free(preferring: []))
      var taken: [PortBlock] = []
      for block in known where free.contains(block) && !taken.contains(block) {
        try blocks.take(block, ordinal: taken.count, for: id)
        taken.append(block)
      }
      if taken.isEmpty, let lowest = try blocks.free(preferring: []).first {
        try blocks.take(lowest, ordinal: 0, for: id)
      }
      try insert(lost, of: id)
      return id
    }
    guard
      let made = try RegisteredEnvironment.load(
        from: database, where: "environments.id = ?", [.integer(id)]
      ).first
    else { throw Failure("internal error: the environment was not written") }
    return made
  }

  /// - Throws: where another environment has come to have the Compose project.
  private func refuseHeld(_ reservation: Reservation) throws(Failure) {
    let holder = try RegisteredEnvironment.load(
      from: database, where: "compose_project = ?", [.text(reservation.composeProject)]
    ).first
    guard let holder else { return }
    throw Failure(
      "cannot enter environment \(reservation.name.text.quoted) again: its Compose project "
        + "\(reservation.composeProject.quoted) is that of environment "
        + "\(holder.name.text.quoted) in \(Paths.display(holder.root).quoted)",
      hint: "to make room for it, run 'piko -C \(Paths.argument(holder.root)) destroy "
        + "\(holder.name)'")
  }

  private func insert(_ lost: Restoration, of id: Int) throws(Failure) {
    for run in lost.runs {
      for (position, port) in run.ports.enumerated() {
        try database.execute(
          """
          INSERT OR IGNORE INTO port_leases (environment_id, service, target, transport, address,
            ordinal, position, port) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
          """, .integer(id), .text(run.mapping.service), .integer(run.mapping.target),
          .text(run.mapping.transport.rawValue), .text(run.mapping.address),
          .integer(run.mapping.ordinal), .integer(position), .integer(port))
      }
    }
    for (network, subnet) in lost.subnets {
      try database.execute(
        """
        INSERT OR IGNORE INTO subnets (cidr, environment_id, network, family) VALUES (?, ?, ?, ?)
        """, .text(subnet.description), .integer(id), .text(network),
        .integer(subnet.family.rawValue))
    }
  }

  /// Makes what was registered for one root another's: a project whose directory was moved. The paths
  /// of its worktrees and of what points Compose at them move along, and the former root is kept:
  /// the engine goes on knowing it.
  ///
  /// - Throws: where another project with environments is registered at the new root.
  package func move(
    _ project: RegisteredProject, from former: FilePath, to root: FilePath, gitDirectory: FilePath
  ) throws(Failure) {
    let environments = try environments(of: project)
    let compose = try environments.map { environment throws(Failure) in
      try composeVariables(of: environment)
    }
    if let present = try projects.project(atRoot: root), present.id != project.id {
      try projects.forget(present)
    }
    try database.transaction { () throws(Failure) in
      try database.execute(
        "UPDATE projects SET root = ?, git_dir = ?, identity = ? WHERE id = ?", .path(root),
        .path(gitDirectory), .optional(ProjectRoot.identity(of: gitDirectory)),
        .integer(project.id))
      try projects.add(formerRoot: former, to: project)
      try database.execute(
        "DELETE FROM former_roots WHERE project_id = ? AND root = ?", .integer(project.id),
        .path(root))
      for (environment, variables) in zip(environments, compose) {
        try database.execute(
          "UPDATE environments SET path = ? WHERE id = ?",
          .path(environment.path.moved(from: former, to: root)), .integer(environment.id))
        guard let variables else { continue }
        try recordCompose(
          variables: variables.mapValues {
            $0.replacing("\(former.string)/", with: "\(root.string)/")
          }, services: services(of: environment), active: activeServices(of: environment),
          of: environment)
      }
    }
  }
}

extension State {
  /// Records that the project's directory is another now; the paths of worktrees move along.
  package func move(to root: FilePath, gitDirectory: FilePath) throws(Failure) {
    guard var project = try project() else { return }
    let former = project.root
    project.root = root
    project.gitDirectory = gitDirectory
    let environments = try environments()
    try transaction { () throws(Failure) in
      try record(project)
      for environment in environments {
        try setPath(environment.path.moved(from: former, to: root), of: environment.name)
      }
    }
  }
}

extension FilePath {
  /// The same place below another directory; itself where it is not below the first.
  package func moved(from former: FilePath, to root: FilePath) -> FilePath {
    guard starts(with: former) else { return self }
    return root.appending(components.dropFirst(former.components.count))
  }
}
