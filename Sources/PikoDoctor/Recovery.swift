import PikoCompose
import PikoConfig
import PikoCore
import PikoGit
import PikoProject
import PikoStore
import SystemPackage

/// Brings an environment back into the databases that have lost it.
struct Recovery {
  let site: Site
  let location: ProjectRoot
  /// The project's state; nil where it has none yet.
  let state: State?

  init(of project: Project, in site: Site) {
    self.site = site
    location = project.location
    state = project.state
  }

  /// Enters an environment that `state.db` has into the register, with the ports it had.
  func register(_ record: EnvironmentRecord) throws {
    let evidence = evidence(of: record.name, at: record.path)
    try enter(
      Reservation(
        name: record.name, composeProject: record.composeProject, branch: record.branch,
        path: record.path, session: record.session),
      block: record.block, evidence, isMade: record.status != .creating)
  }

  /// Enters an environment of which only the worktree is left into both databases.
  func adopt(_ name: EnvironmentName, at path: FilePath, branch: BranchName?) throws {
    let evidence = evidence(of: name, at: path)
    let project = try projectName(evidence)
    let reservation = Reservation(
      name: name, composeProject: Naming.composeProject(project: project, environment: name),
      branch: branch ?? .detached, path: path,
      session: try Naming.session(
        prefix: UserConfiguration.load().sessionPrefix, project: project, environment: name))
    try enter(reservation, block: nil, evidence, isMade: true)
    try remember(name)
  }

  /// Enters an environment that the register has into `state.db`.
  func remember(_ name: EnvironmentName) throws {
    let register = try Register.creating(in: site.stateDirectory)
    guard let project = try register.projects.project(atRoot: location.root) else { return }
    let listing = try Git(in: location.commonDirectory).worktrees()
    try StateRebuild(
      ProjectRecord(name: project.name, root: project.root, gitDirectory: project.gitDirectory),
      environments: register.environments(of: project).filter { $0.name == name },
      worktrees: listing.map { StateRebuild.Worktree(path: $0.path, branch: $0.branch) }
    ).fill(State.creating(below: location.root))
  }

  private func evidence(of name: EnvironmentName, at worktree: FilePath) -> Evidence? {
    Evidence(
      in: worktree, root: location.root,
      containers: site.engine.traces(of: name, root: location.root),
      networks: site.engine.networks(of: name, root: location.root))
  }

  private func enter(
    _ reservation: Reservation, block: Int?, _ evidence: Evidence?, isMade: Bool
  ) throws {
    let register = try Register.creating(in: site.stateDirectory)
    let project = try register.projects.register(
      root: location.root, gitDirectory: location.commonDirectory, name: projectName(evidence))
    var lost = Restoration(reservation, block: block.map { PortBlock($0) })
    lost.runs = evidence?.runs ?? []
    lost.subnets = evidence?.subnets ?? []
    lost.isMade = isMade
    let entered = try register.restore(lost, for: project)
    for root in site.engine.formerRoots(of: reservation) where root != location.root {
      try register.projects.add(formerRoot: root, to: project)
    }
    guard isMade else { return }
    let configuration = try Configuration.load(root: location.root, worktree: reservation.path)
    let hostPorts = configuration.ports.map { PortRequest($0.mapping) }
    // Its own processes may be listening: what is free is not asked.
    _ = try register.ports.lease(hostPorts, for: entered, forbidden: []) { _, _ in true }
    if let evidence {
      try register.recordCompose(
        variables: evidence.variables(
          composeProject: reservation.composeProject, worktree: reservation.path),
        services: evidence.services, of: entered)
    } else if try ComposeFiles.find(in: reservation.path, configured: configuration.compose).isEmpty
    {
      try register.recordCompose(variables: [:], services: [], of: entered)
    }
  }

  /// The project's name as the databases have it, else as its containers carry it, else as a create
  /// would make it.
  private func projectName(_ evidence: Evidence?) throws -> String {
    if let known = try site.register?.projects.project(atRoot: location.root)?.askedName {
      return known
    }
    if let recorded = try state?.project()?.name ?? evidence?.projectName { return recorded }
    let wanted =
      try Configuration.file(in: location.root)?.name ?? location.root.lastComponent?.string ?? ""
    return Slug.make(wanted, atMost: EnvironmentName.maximumLength) ?? "project"
  }
}
