import PikoCompose
package import PikoConfig
import PikoControl
package import PikoCore
package import PikoGit
package import PikoProject
import PikoSession
import PikoStore
package import SystemPackage

/// What a create will do, when everything that can fail before anything is made has been checked.
package struct CreatePlan {
  package let request: CreateRequest
  package let location: ProjectRoot
  /// The repository, seen from where the command was typed.
  let repository: Repository
  package let name: EnvironmentName
  /// The project's name as it asks for it; another root may have it already.
  package let projectName: String
  package let branch: BranchPlan
  package let path: FilePath
  /// What the environment will be configured with: the root's file and the branch's own.
  package let configuration: ProjectConfiguration
  /// Whether the branch has compose files.
  package let usesCompose: Bool
  /// Of the files that say what an environment is, those that the checkout in which this was typed has
  /// otherwise than the commit of it that a new branch begins at.
  let uncommitted: [String]

  /// Checks.
  ///
  /// - Throws: the first thing that stands in the way; nothing has been made then.
  package init(_ request: CreateRequest, name: EnvironmentName, in project: Project) throws {
    self.request = request
    self.name = name
    location = project.location
    path = location.worktree(of: name)
    repository = try Repository(holding: location.worktree ?? location.commonDirectory)
    do throws(Failure) {
      branch = try repository.planBranch(request.wantedBranch, from: request.from)
    } catch {
      throw try CreatePlan.failure(error, of: request.wantedBranch, in: project)
    }
    let tree = CommitFiles(git: Git(in: location.commonDirectory), commit: branch.tip)
    configuration = try Configuration.effective(
      root: Configuration.file(in: location.root),
      worktree: tree.configuration(as: path.appending(ProjectConfiguration.fileName)))
    projectName = try Project.wantedName(configuration, at: location)
    usesCompose = try tree.hasComposeFile(configured: configuration.compose)
    uncommitted = try CreatePlan.uncommitted(
      request, branch, tree, configured: configuration.compose, at: location)
    let approving = Approving(configuration, root: location.root, named: nil)
    approval = approving.approval
    isApproved = try approving.isSettled(in: project, by: request.consent)
    if !isApproved { trustCommand = Project.trustCommand(for: try nameToTrust(in: project)) }
    try checkFiles(tree)
    try checkNames()
    try checkPlace()
    if request.starts { try checkSession(of: project) }
    leftSession = try leftSession(in: project)
    try checkSharing()
    if usesCompose {
      try checkRoot()
      try ComposeInstallation.found().version.require()
    }
  }

  /// The session of an environment that was destroyed where tmux could not be asked: it has this
  /// one's mark, and stands in a directory that is gone.
  private(set) var leftSession: EnvironmentSession?

  /// What the project supplies to be run; nil where that is nothing.
  let approval: Approval?
  /// Whether it may be.
  let isApproved: Bool
  /// What to type to see and allow it, where it may not.
  private var trustCommand: String?

  /// The plan in lines, as `--dry-run` prints it.
  ///
  /// - Parameter carriage: the ignored files that it gets.
  package func lines(_ carriage: Carriage) -> [String] {
    var lines = ["environment  \(name)"]
    let origin =
      branch.createsBranch
      ? "new, from \(branch.startName) at \(branch.tip.prefix(12))"
      : "existing, at \(branch.tip.prefix(12))"
    lines.append("branch       \(branch.branch) (\(origin))")
    lines.append("worktree     \(Paths.display(path))")
    let project = Naming.composeProject(project: projectName, environment: name)
    lines.append("containers   \(usesCompose ? "Compose project \(project)" : "none")")
    if !request.starts { lines.append("start        no") }
    lines += uncommitted.map { "uncommitted  \($0)" }
    lines += carriage.copies.map { "copy         \($0)" }
    lines += carriage.links.map { "link         \($0)" }
    for script in [Script.prepare, .setup] where configuration.scripts[script] != nil {
      lines.append("script       \(script.rawValue)")
    }
    for (service, isShared) in request.sharing.sorted(by: { $0.key < $1.key }) {
      lines.append("\(isShared ? "shared   " : "isolated ")    \(service)")
    }
    if let trustCommand {
      lines.append("approval     needed: '\(trustCommand)'")
    }
    return lines
  }

  private static func uncommitted(
    _ request: CreateRequest, _ branch: BranchPlan, _ tree: CommitFiles, configured: [String],
    at location: ProjectRoot
  ) throws -> [String] {
    guard branch.createsBranch, request.from == nil, let checkout = location.worktree else {
      return []
    }
    // The root's own counts where the branch has none.
    let countsAnyway =
      try checkout == location.root && !tree.has(anyOf: [ProjectConfiguration.fileName])
    return try tree.uncommitted(in: checkout, configured: configured)
      .filter { !countsAnyway || $0 != ProjectConfiguration.fileName }
  }

  /// The ignored files of the main checkout that it gets.
  package func carriage() throws -> Carriage {
    try IgnoredFiles(root: location.root, gitDirectory: location.commonDirectory)
      .carriage(into: path, configuration)
  }

  /// The same with what leads to the environment that has the branch, where one has.
  private static func failure(
    _ failure: Failure, of branch: BranchName, in project: Project
  ) throws(Failure) -> Failure {
    let owner = try project.environments().first { WorktreeHead(of: $0.path) == .branch(branch) }
    guard let owner else { return failure }
    return failure.hinting(
      "to bring up environment \(owner.name.text.quoted) with it, run 'piko up \(owner.name)'")
  }

  /// What undoing the worktree needs to know, in the journal before it is made.
  var worktreeRecord: WorktreeRecord {
    WorktreeRecord(intending: branch, at: path)
  }

  /// The consent that it needs.
  func approving(in project: Project) throws -> Approving {
    Approving(
      configuration, root: location.root, branch: branch.branch,
      named: try nameToTrust(in: project))
  }

  /// What `piko trust` is given to show and approve the same: the branch, or the commit that will be
  /// checked out, where that brings what the root's file has not; nil for nothing.
  private func nameToTrust(in project: Project) throws -> String? {
    let root = try Configuration.load(root: location.root)
    guard Approval.needed(for: root) != Approval.needed(for: configuration) else { return nil }
    let name = branch.createsBranch ? branch.startName : branch.branch.text
    let isEnvironment = (try? project.environment(name)) != nil
    return isEnvironment ? String(branch.tip.prefix(12)) : name
  }

  private func checkPlace() throws {
    guard !FileCopy.exists(path) else {
      throw Failure(
        "cannot create environment \(name.text.quoted): \(Paths.display(path).quoted) already "
          + "exists",
        hint: "to move it away, run 'mv \(Paths.argument(path)) "
          + "\(Paths.argument(FilePath(path.string + ".old")))'")
    }
    try Disk.requireWritable(location.root)
    try Disk.requireSpace(at: location.root)
  }

  /// The name that the project has or will have; nil where another one has it: which it gets then
  /// is not known before it is recorded.
  private func nameToHave(_ project: Project) throws -> String? {
    if let name = try project.name() { return name }
    let taken = try project.register?.projects.all().contains {
      $0.name == projectName && $0.root != location.root
    }
    return taken == true ? nil : projectName
  }

  /// Whether the name that its session will have is free.
  private func checkSession(of project: Project) throws {
    guard Tmux().exists, let projectName = try nameToHave(project) else { return }
    let record = EnvironmentRecord(
      name: name, branch: branch.branch, path: path, composeProject: "",
      session: try Naming.session(
        prefix: UserConfiguration.load().sessionPrefix,
        project: projectName, environment: name))
    try EnvironmentSession(of: record, in: project).requireNameFree()
  }

  /// - Throws: where the user has something going in it.
  private func leftSession(in project: Project) throws -> EnvironmentSession? {
    guard Tmux().exists else { return nil }
    let session = EnvironmentSession(
      of: EnvironmentRecord(
        name: name, branch: branch.branch, path: path, composeProject: "", session: ""),
      in: project)
    do throws(Failure) {
      guard try session.hasAny() else { return nil }
    } catch {
      // Without a start it is no matter of tmux.
      guard request.starts || Interrupt.received != nil else { return nil }
      throw error
    }
    let work = try session.work().map(\.text)
    let reasons = try work + (session.isAround() ? ["this command"] : [])
    guard reasons.isEmpty else {
      let found = try session.presence()?.name
      throw Failure(
        "cannot create environment \(name.text.quoted): \(reasons.joined(separator: ", ")) runs in "
          + (found.map { "session \($0.quoted)" } ?? "a window")
          + ", which is left of an earlier one",
        hint: found.map(TmuxTarget.argument).map {
          "to end all in it, run 'tmux kill-session -t \($0)'"
        } ?? "to see it, run 'tmux list-panes -a'")
    }
    return session
  }

  private func checkFiles(_ tree: CommitFiles) throws {
    if try tree.has(anyOf: [Override.fileName]) {
      throw Failure(
        "cannot create environment \(name.text.quoted): branch \(branch.branch.quoted) has a file "
          + "\(Override.fileName.quoted), which piko would write over",
        hint: "to give it another name, run 'git mv \(Override.fileName) docker-compose.own.yml'")
    }
    // A prepare script may make it.
    guard configuration.scripts[.prepare] == nil,
      let missing = try tree.missingComposeFile(
        configured: configuration.compose, root: location.root)
    else { return }
    throw Failure(
      "cannot find compose file \(missing.quoted), named by "
        + (configuration.compose.isEmpty ? "COMPOSE_FILE in '.env'" : "'.piko.yml'")
        + ", in branch \(branch.branch.quoted)",
      hint: "to see what there is, run 'git ls-tree -r --name-only \(Quoting.word(branch.tip))'")
  }

  /// Refuses names in the configuration that nothing will ever have; those of services and their
  /// ports are known once Compose has read its files.
  private func checkNames() throws {
    let composeProject = Naming.composeProject(project: projectName, environment: name)
    let environment = Environment(
      project: projectName, root: location.root, name: name, branch: branch.branch, path: path,
      composeProject: composeProject, session: "")
    let compose = ComposeProject(
      name: composeProject, directory: path, files: [path], profiles: configuration.profiles)
    let known = environment.variables(
      leases: configuration.ports.map { PortLease(mapping: $0.mapping, port: 0) },
      compose: usesCompose ? compose.variables.map { ($0.key, $0.value) } : []
    ).values
    let derived = configuration.environment
    _ = try DerivedVariable.resolve(
      usesCompose ? DerivedVariable.withoutPorts(derived, over: known) : derived, over: known)
    if !usesCompose { try configuration.requireOpen(among: configuration.ports.map(\.name)) }
  }

  /// Refuses services by name where there are none. A prepare script may make the compose file yet.
  private func checkSharing() throws {
    guard !usesCompose, configuration.scripts[.prepare] == nil,
      let (service, isShared) = request.sharing.min(by: { $0.key < $1.key })
    else { return }
    throw Failure(
      "cannot \(isShared ? "share" : "isolate") \(service.quoted): branch "
        + "\(branch.branch.quoted) has no compose file",
      hint: "leave out '--\(isShared ? "shared" : "isolate") \(Quoting.word(service))'")
  }

  private func checkRoot() throws {
    guard location.root.string.contains(":") else { return }
    let other = FilePath(location.root.string.replacing(":", with: "-"))
    throw Failure(
      "cannot create environment \(name.text.quoted): the engine's mounts do not allow the ':' in "
        + Paths.display(location.root).quoted,
      hint:
        "to move the project, run 'mv \(Paths.argument(location.root)) \(Paths.argument(other))'")
  }

  /// - Throws: where containers are to be started and no engine answers, or something else there has
  ///   the name that one of them will have.
  func requireEngine(for project: Project) throws {
    guard usesCompose, request.starts else { return }
    let containers: [EngineContainer]
    do {
      containers = try Engine().containers()
    } catch {
      throw error.hinting(
        "to create it without containers for now, run '\(request.command(adding: "--no-start"))'")
    }
    guard let projectName = try nameToHave(project) else { return }
    let identity = Identity(
      project: projectName, environment: name.text, root: location.root, worktree: path,
      composeProject: Naming.composeProject(project: projectName, environment: name),
      formerRoots: try project.formerRoots())
    try Conflicts.refuse(containers, as: identity) {
      // The branch's own services are known once it is checked out.
      let files = try? ComposeFiles.find(in: location.root, configured: configuration.compose)
      let model = files.flatMap { try? Compose().mainModel(in: location.root, files: $0) }
      return model?.services.map(\.name) ?? []
    }
  }
}
