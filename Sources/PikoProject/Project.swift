package import PikoCore
package import PikoStore
package import SystemPackage

/// The project a verb was typed in, with what its databases say: how every verb begins.
package struct Project {
  package let location: ProjectRoot
  /// Nil where the project never had an environment.
  package let state: State?
  /// Nil where this user has no register yet.
  package let register: Register?

  package var root: FilePath { location.root }

  /// The project around this process's directory; where that is in none, the one that the variables
  /// of an environment's shell name.
  ///
  /// A `state.db` that is gone is made again from the register and git's worktrees, and a warning
  /// says so.
  /// - Throws: status 128 where there is no repository or a database cannot be used.
  package static func current() throws(Failure) -> Project { try Project(at: locate()) }

  /// The project of a location.
  ///
  /// - Throws: where its `state.db` speaks of another place (``Displacement``).
  package init(at location: ProjectRoot) throws(Failure) {
    self.location = location
    register = try Register.existing(in: Paths.stateDirectory())
    if let state = try State.existing(below: location.root) {
      self.state = state
      if let displacement = try Displacement.find(of: state, at: location),
        try state.isInUse
      {
        throw displacement.failure(in: location.root)
      }
    } else {
      state = try Project.rebuiltState(of: location, from: register)
    }
  }

  /// The project's name; nil before its first environment.
  package func name() throws(Failure) -> String? { try state?.project()?.name }

  /// Every environment, by name.
  package func environments() throws(Failure) -> [EnvironmentRecord] {
    try state?.environments() ?? []
  }

  /// The environment that an argument names: by its name, by the branch that its worktree has checked
  /// out, or by the one it was made for. Without an argument the current one: that of the worktree around this directory, else of the shell's variables.
  package func environment(_ argument: String?) throws(Failure) -> EnvironmentRecord {
    guard let argument = argument ?? currentName else {
      throw Failure(
        "no environment was named and the current directory is in none",
        hint: "name one of those that 'piko list' shows", status: .usage)
    }
    if let state {
      let typed = EnvironmentName(stored: argument)
      if let found = try state.environment(named: typed) { return found }
      let head = WorktreeHead.branch(argument)
      if let found = try state.environments().first(where: { WorktreeHead(of: $0.path) == head }) {
        return found
      }
      if let found = try state.environment(onBranch: argument) { return found }
      if let normalised = try? EnvironmentName(normalizing: argument),
        let found = try state.environment(named: normalised)
      {
        return found
      }
    }
    if let lost = try unrecorded(argument) { return lost }
    throw try unknown(argument)
  }

  /// The environment that an argument names, where it may also name that of the shared services,
  /// `shared`, once there are any.
  package func environment(
    _ argument: String?, orShared takesShared: Bool
  ) throws(Failure) -> EnvironmentRecord {
    if takesShared, argument == EnvironmentName.sharedServices.text,
      let shared = try sharedServices()
    {
      return shared
    }
    return try environment(argument)
  }

  /// What stands for the project's shared services, which run from the main checkout; nil where none
  /// ever did. It is in no listing, has no branch, and its directory holds an override alone.
  package func sharedServices() throws(Failure) -> EnvironmentRecord? {
    guard let register, let registered = try register.sharedEnvironment(ofRoot: root),
      try register.composeVariables(of: registered) != nil
    else { return nil }
    return sharedServices(as: registered)
  }

  /// The record of the shared services, whether any ran yet or not.
  package func sharedServices(as registered: RegisteredEnvironment) -> EnvironmentRecord {
    EnvironmentRecord(
      name: registered.name, branch: "", path: root.pushing(".piko/shared"),
      composeProject: registered.composeProject, session: "", status: .ready,
      block: registered.blocks.first?.number, setupDone: true, createdAt: registered.createdAt)
  }

  /// Writes the environment that the register has and `state.db` lost back into it. The caller holds
  /// the environment's lock.
  ///
  /// - Returns: its record; nil where there is nothing to bring back.
  package func restored(_ name: EnvironmentName) throws(Failure) -> EnvironmentRecord? {
    guard let state, try state.environment(named: name) == nil,
      let record = try unrecorded(name.text)
    else { return nil }
    try state.insert(record)
    return record
  }

  /// The environment of a name that the register has and `state.db` has not: its making or its
  /// removal was cut off between the two.
  private func unrecorded(_ name: String) throws(Failure) -> EnvironmentRecord? {
    guard
      let held = try register?.environment(named: EnvironmentName(stored: name), ofRoot: root)
    else { return nil }
    return EnvironmentRecord(
      name: held.name, branch: held.branch, path: held.path, composeProject: held.composeProject,
      session: held.session, status: .creating, block: held.blocks.first?.number,
      createdAt: held.createdAt)
  }

  /// The environment that a record stands for, as all verbs speak of it.
  package func environment(_ record: EnvironmentRecord) throws(Failure) -> Environment {
    Environment(
      project: try name() ?? "", root: root, name: record.name, branch: record.branch,
      path: record.path, composeProject: record.composeProject, session: record.session,
      formerRoots: try formerRoots())
  }

  /// The roots it had before it was moved, as far as no other user's project lies there now.
  package func formerRoots() throws(Failure) -> [FilePath] {
    guard let register else { return [] }
    var roots: [FilePath] = []
    for former in try register.projects.formerRoots(ofRoot: root) {
      // A project of this user's own that lies there now has another name.
      let isOwn = try register.projects.project(atRoot: former) != nil
      if isOwn || !FileCopy.exists(State.file(below: former)) { roots.append(former) }
    }
    return roots
  }

  /// An environment's place in the register.
  package func registered(_ record: EnvironmentRecord) throws(Failure) -> RegisteredEnvironment? {
    record.name == .sharedServices
      ? try register?.sharedEnvironment(ofRoot: root)
      : try register?.environment(named: record.name, ofRoot: root)
  }

  /// The variables that point Compose at an environment; empty for one without containers, nil where
  /// that is not known.
  package func composeVariables(
    of record: EnvironmentRecord
  ) throws(Failure) -> [String: String]? {
    guard let register, let environment = try registered(record) else { return nil }
    return try register.composeVariables(of: environment)
  }

  /// The services of an environment, of all profiles; empty without containers.
  package func services(of record: EnvironmentRecord) throws(Failure) -> [String] {
    guard let register, let environment = try registered(record) else { return [] }
    return try register.services(of: environment)
  }

  /// Those of its services that are up, by their profiles; nil where that is not known.
  package func activeServices(of record: EnvironmentRecord) throws(Failure) -> Set<String>? {
    guard let register, let environment = try registered(record) else { return nil }
    return try register.activeServices(of: environment)
  }

  /// The shared services that an environment uses instead of copies of its own, by name.
  package func sharedUses(of record: EnvironmentRecord) throws(Failure) -> [String] {
    guard let register, let environment = try registered(record) else { return [] }
    return try register.sharedUses(of: environment).map(\.service)
  }

  /// The host ports of an environment that its model has, each of a run by itself: its own, and those
  /// of the shared services it uses in the place of what it had for copies of its own.
  package func leases(of record: EnvironmentRecord) throws(Failure) -> [PortLease] {
    guard let register, let environment = try registered(record) else { return [] }
    let own = try register.ports.current(of: environment).flatMap { $0.leases(isShared: false) }
    let uses = try register.sharedUses(of: environment).map(\.service)
    guard !uses.isEmpty, let shared = try register.sharedEnvironment(ofRoot: root) else {
      return own
    }
    let theirs = try register.ports.current(of: shared).flatMap { $0.leases(isShared: true) }
    return
      (own.filter { !uses.contains($0.mapping.service) }
      + theirs.filter { uses.contains($0.mapping.service) }).sorted { $0.mapping < $1.mapping }
  }

  private var currentName: String? {
    if let inside = location.environment { return inside.text }
    guard let name = ProcessEnvironment.value("PIKO_ENV_NAME"),
      ProcessEnvironment.value("PIKO_ROOT") == root.string
    else { return nil }
    return name
  }

  private func unknown(_ argument: String) throws(Failure) -> Failure {
    let names = try environments().map(\.name.text)
    let failure = Failure("no environment \(argument.quoted) in \(Paths.display(root).quoted)")
    if names.isEmpty { return failure.hinting("to make it, run 'piko create NAME'") }
    if let near = NearestName.of(argument, among: names) {
      return failure.hinting("the most similar environment is \(near.quoted)")
    }
    return failure.hinting("to see those there are, run 'piko list'")
  }

  private static func locate() throws(Failure) -> ProjectRoot {
    do {
      return try ProjectRoot.locate()
    } catch {
      if let root = ProcessEnvironment.value("PIKO_ROOT"),
        let location = try? ProjectRoot.locate(from: FilePath(root))
      {
        return location
      }
      throw error
    }
  }

  private static func rebuiltState(
    of location: ProjectRoot, from register: Register?
  ) throws(Failure) -> State? {
    guard let register,
      let project = try register.projects.project(atRoot: location.root)
    else { return nil }
    let known = try register.environments(ofRoot: location.root)
    guard !known.isEmpty else { return nil }
    let listing = try Git(in: location.commonDirectory).worktrees()
    let rebuild = try StateRebuild(
      ProjectRecord(
        name: project.name, root: project.root, gitDirectory: project.gitDirectory),
      environments: known,
      worktrees: listing.map { StateRebuild.Worktree(path: $0.path, branch: $0.branch) },
      uses: register.usesByName(ofRoot: location.root))
    let state = try State.creating(below: location.root)
    try rebuild.fill(state)
    Output.warn(
      "\(Paths.display(State.file(below: location.root)).quoted) was gone; rebuilt it with "
        + rebuild.names.map(\.text).joined(separator: ", "))
    return state
  }
}

extension Project {
  /// Every project of this user that has environments, by name; one whose directory is gone is left
  /// out with a warning.
  package static func all() throws(Failure) -> [Project] {
    guard let register = try Register.existing(in: Paths.stateDirectory()) else { return [] }
    var roots: [FilePath] = []
    for environment in try register.environments() where !roots.contains(environment.root) {
      roots.append(environment.root)
    }
    return all(at: roots) { root, failure in
      Output.warn("cannot read the project in \(Paths.display(root).quoted): \(failure.message)")
    }
  }

  /// The projects at these roots; those that cannot be read are left out and handed over.
  package static func all(
    at roots: [FilePath], unreadable: (FilePath, Failure) -> Void
  ) -> [Project] {
    var projects: [Project] = []
    for root in roots {
      do throws(Failure) {
        projects.append(try Project(at: ProjectRoot.locate(from: root)))
      } catch {
        unreadable(root, error)
      }
    }
    return projects
  }
}
