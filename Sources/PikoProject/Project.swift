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
  /// A `state.db` that is gone or empty is made again from the register and git's worktrees, and a
  /// warning says so.
  /// - Throws: status 128 where there is no repository or a database cannot be used.
  package static func current() throws(Failure) -> Project { try Project(at: locate()) }

  /// The project of a location.
  ///
  /// - Throws: where its `state.db` speaks of another place (``Displacement``).
  package init(at location: ProjectRoot) throws(Failure) {
    self.location = location
    register = try Register.existing(in: Paths.stateDirectory())
    let found = try State.existing(below: location.root)
    if let found, let displacement = try Displacement.find(of: found, at: location),
      try found.isInUse
    {
      throw displacement.failure(in: location.root)
    }
    try Project.settle(location, found, register)
    if let found, try found.project() != nil {
      state = found
    } else {
      state =
        try Project.rebuiltState(of: location, from: register, wasEmpty: found != nil) ?? found
    }
  }

  /// The project's name; nil before its first environment.
  package func name() throws(Failure) -> String? { try state?.project()?.name }

  /// Every environment, by name.
  package func environments() throws(Failure) -> [EnvironmentRecord] {
    try state?.environments() ?? []
  }

  /// The environment that an argument names: by its name, by the branch that its worktree has checked
  /// out, or by the one it was made for. Without an argument the current one: that of the worktree
  /// around this directory, else of the shell's variables.
  ///
  /// As with git, a name is meant to the byte: what only looks alike, or would be made into the name
  /// of one, is told in a hint, and is not taken for it.
  ///
  /// - Throws: where there is none, or a branch is that of several.
  package func environment(_ argument: String?) throws(Failure) -> EnvironmentRecord {
    guard let argument else {
      guard let current = currentName else {
        throw Failure(
          "no environment was named and the current directory is in none",
          hint: try environments().isEmpty
            ? "to make the first one, run 'piko create NAME'"
            : "name one of those that 'piko list' shows", status: .usage)
      }
      do throws(Failure) {
        return try environment(named: current)
      } catch {
        guard location.environment == nil else { throw error }
        throw error.hinting(
          "this shell's PIKO_ENV_NAME names it; to forget it, run 'unset PIKO_ENV_NAME PIKO_ROOT "
            + "COMPOSE_FILE COMPOSE_PROJECT_NAME'")
      }
    }
    let name = EnvironmentName(stored: argument)
    let branch = BranchName(argument)
    // A record without a branch has an empty one.
    if let state, !branch.isEmpty {
      if let found = try state.environment(named: name) { return found }
      let all = try state.environments()
      let head = WorktreeHead.branch(branch)
      if let found = try only(all.filter { WorktreeHead(of: $0.path) == head }, on: branch) {
        return found
      }
      if let found = try only(all.filter { $0.branch == branch }, on: branch) { return found }
    }
    return try environment(named: name)
  }

  /// The one environment of a branch; nil for none.
  private func only(
    _ found: [EnvironmentRecord], on branch: BranchName
  ) throws(Failure) -> EnvironmentRecord? {
    guard found.count > 1 else { return found.first }
    let names = found.map(\.name.text.quoted).joined(separator: ", ")
    throw Failure(
      "branch \(branch.quoted) is that of \(found.count) environments: \(names)",
      hints: found.map {
        "for \($0.name.text.quoted), run 'piko \(Installation.verb) \($0.name)'"
      })
  }

  /// The environment of a name, and not of a branch of that name.
  ///
  /// - Throws: where there is none, with the one that was probably meant.
  package func environment(named name: EnvironmentName) throws(Failure) -> EnvironmentRecord {
    if let found = try state?.environment(named: name) { return found }
    if let lost = try unrecorded(name) {
      guard let state, lost.status == .ready else { return lost }
      try state.insert(lost)
      Output.warn("environment \(lost.name.text.quoted) was not in '.piko/state.db'; entered it")
      return lost
    }
    throw try unknown(name.text)
  }

  /// What is recorded of an environment now. While something was waited for it may have been
  /// destroyed, and another one may have its branch.
  package func reread(_ record: EnvironmentRecord) throws(Failure) -> EnvironmentRecord {
    if record.name == .sharedServices, let shared = try sharedServices() { return shared }
    return try environment(named: record.name)
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
      name: registered.name, branch: .detached, path: root.pushing(".piko/shared"),
      composeProject: registered.composeProject, session: "", status: .ready,
      block: registered.blocks.first?.number, setup: .done, createdAt: registered.createdAt)
  }

  /// Writes the environment that the register has and `state.db` lost back into it. The caller holds
  /// the environment's lock.
  ///
  /// - Returns: its record; nil where there is nothing to bring back.
  package func restored(_ name: EnvironmentName) throws(Failure) -> EnvironmentRecord? {
    guard let state, try state.environment(named: name) == nil,
      let record = try unrecorded(name)
    else { return nil }
    try state.insert(record)
    return record
  }

  /// The environment of a name that the register has and `state.db` has not: its making or its
  /// removal was cut off between the two, or the file is an older one.
  private func unrecorded(_ name: EnvironmentName) throws(Failure) -> EnvironmentRecord? {
    guard let held = try register?.environment(named: name, ofRoot: root) else { return nil }
    let worktree = try Git(in: location.commonDirectory).worktrees().first { $0.path == held.path }
    return EnvironmentRecord(of: held, branch: worktree.map { $0.branch ?? .detached })
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

  /// Makes sure that its ports and variables are known, and not taken for none.
  ///
  /// - Throws: where the register has lost it.
  package func requireRegistered(_ record: EnvironmentRecord) throws(Failure) {
    guard try registered(record) == nil else { return }
    throw Project.unregistered(record.name)
  }

  /// The words for an environment that the register has lost.
  package static func unregistered(_ name: EnvironmentName) -> Failure {
    Failure(
      "environment \(name.text.quoted) is not in this user's register",
      hint: "to enter it again, run 'piko doctor --fix'")
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

  /// The address of the engine that an environment was last started on; nil where that is not known.
  package func engine(of record: EnvironmentRecord) throws(Failure) -> String? {
    guard let register, let environment = try registered(record) else { return nil }
    return try register.engine(of: environment)
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
    let own = try register.ports.current(of: environment).flatMap {
      $0.leases(isShared: environment.isShared)
    }
    let uses = try register.sharedUses(of: environment).map(\.service)
    guard !uses.isEmpty, let shared = try register.sharedEnvironment(ofRoot: root) else {
      return own
    }
    let theirs = try register.ports.current(of: shared).flatMap { $0.leases(isShared: true) }
    return
      (own.filter { !uses.contains($0.mapping.service) }
      + theirs.filter { uses.contains($0.mapping.service) }).sorted { $0.mapping < $1.mapping }
  }

  private var currentName: EnvironmentName? {
    if let inside = location.environment { return inside }
    // Another project's shell says nothing about this one.
    guard ProcessEnvironment.value("PIKO_ROOT").map({ FilePath($0) == root }) ?? true else {
      return nil
    }
    return ProcessEnvironment.value("PIKO_ENV_NAME").map { EnvironmentName(stored: $0) }
  }

  private func unknown(_ argument: String) throws(Failure) -> Failure {
    let names = try environments().map(\.name.text)
    if try lostEnvironments().contains(where: { $0.text == argument }) {
      throw Failure(
        "environment \(argument.quoted) is in no database, though its worktree is there",
        hint: Project.entering)
    }
    let failure = Failure("no environment \(argument.quoted) in \(Paths.display(root).quoted)")
    if names.isEmpty {
      return failure.hinting("to make it, run 'piko create \(Quoting.word(argument))'")
    }
    let meant = (try? EnvironmentName(normalizing: argument)).map(\.text)
    if let near = meant.flatMap({ names.contains($0) ? $0 : nil })
      ?? NearestName.of(argument, among: names)
    {
      return failure.hinting("the most similar environment is \(near.quoted)")
    }
    return failure.hinting("to see those there are, run 'piko list'")
  }

  private static func locate() throws(Failure) -> ProjectRoot {
    do {
      return try ProjectRoot.locate()
    } catch {
      guard let value = ProcessEnvironment.value("PIKO_ROOT") else { throw error }
      let root = FilePath(value)
      let known = try? Register.existing(in: Paths.stateDirectory())?.projects.project(atRoot: root)
      let location =
        known.map { known in
          try? ProjectRoot.locate(root: root, gitDirectory: known.gitDirectory)
        } ?? (try? ProjectRoot.locate(from: root))
      guard let location else { throw error }
      return location
    }
  }

  /// Sees that what is registered at a root is of the repository there: it may be another one than
  /// when that was written, whose place was moved or deleted.
  private static func settle(
    _ location: ProjectRoot, _ state: State?, _ register: Register?
  ) throws(Failure) {
    guard let register, let known = try register.projects.project(atRoot: location.root),
      let recorded = known.identity,
      let identity = ProjectRoot.identity(of: location.commonDirectory), identity != recorded
    else { return }
    let project = try state?.project()
    let environments = try register.environments(of: known)
    // Restored from a backup, say, or on another disk now.
    var isItself = project?.identity == recorded
    if !isItself {
      let places = Set(try Git(in: location.commonDirectory).worktrees().map(\.path))
      isItself = environments.contains { places.contains($0.path) }
    }
    if isItself {
      try register.projects.setIdentity(identity, of: known)
      if let project { try state?.record(project) }
    } else if try register.projects.putAside(known) != nil {
      Output.warn(
        "\(Paths.display(location.root).quoted) holds another repository than before, whose "
          + "environments wait for it: \(environments.map(\.name.text).joined(separator: ", ")); "
          + "where it is now, 'piko doctor --fix' has them follow")
    }
  }

  private static func rebuiltState(
    of location: ProjectRoot, from register: Register?, wasEmpty: Bool
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
      "\(Paths.display(State.file(below: location.root)).quoted) was "
        + "\(wasEmpty ? "empty" : "gone"); rebuilt it with "
        + rebuild.names.map(\.text).joined(separator: ", "))
    return state
  }
}

extension Project {
  /// Every project of this user that has environments, by name; one whose directory is gone is left
  /// out with a warning.
  package static func all() throws(Failure) -> [Project] {
    guard let register = try Register.existing(in: Paths.stateDirectory()) else { return [] }
    let used = try Set(register.environments().map(\.root))
    let projects = try register.projects.all().filter { used.contains($0.root) }
    return all(of: projects) { Output.warn($0) }
  }

  /// The projects of these records; of one that cannot be read it is said why.
  package static func all(
    of known: [RegisteredProject], unreadable: (String) -> Void
  ) -> [Project] {
    var projects: [Project] = []
    for project in known {
      do throws(Failure) {
        projects.append(
          try Project(
            at: ProjectRoot.locate(root: project.root, gitDirectory: project.gitDirectory)))
      } catch {
        unreadable(
          "cannot read the project in \(Paths.display(project.root).quoted): \(error.message)")
      }
    }
    return projects
  }
}
