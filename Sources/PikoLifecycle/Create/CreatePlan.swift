import PikoCompose
package import PikoConfig
import PikoControl
package import PikoCore
package import PikoGit
package import PikoProject
package import SystemPackage

/// What a create will do, when everything that can fail before anything is made has been checked.
package struct CreatePlan {
  package let request: CreateRequest
  package let location: ProjectRoot
  package let name: EnvironmentName
  /// The project's name as it asks for it; another root may have it already.
  package let projectName: String
  package let branch: BranchPlan
  package let path: FilePath
  /// What the environment will be configured with: the root's file and the branch's own.
  package let configuration: ProjectConfiguration
  /// Whether the branch has compose files.
  package let usesCompose: Bool

  /// Checks.
  ///
  /// - Throws: the first thing that stands in the way; nothing has been made then.
  package init(_ request: CreateRequest, name: EnvironmentName, in project: Project) throws {
    self.request = request
    self.name = name
    location = project.location
    path = location.worktree(of: name)
    let repository = try Repository(holding: location.worktree ?? location.commonDirectory)
    branch = try repository.planBranch(request.wantedBranch, from: request.from)
    let tree = CommitFiles(git: Git(in: location.commonDirectory), commit: branch.tip)
    configuration = try Configuration.effective(
      root: Configuration.file(in: location.root),
      worktree: tree.configuration(as: path.appending(ProjectConfiguration.fileName)))
    projectName = try CreatePlan.projectName(configuration, location)
    usesCompose = try tree.hasComposeFile(configured: configuration.compose)
    try checkPlace()
    if usesCompose { try checkEngine() }
  }

  /// The plan in lines, as `--dry-run` prints it.
  package var lines: [String] {
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
    for script in [Script.prepare, .setup] where configuration.scripts[script] != nil {
      lines.append("script       \(script.rawValue)")
    }
    return lines
  }

  /// What undoing the worktree needs to know, in the journal before it is made.
  var worktreeRecord: WorktreeRecord {
    WorktreeRecord(intending: branch, at: path)
  }

  private static func projectName(
    _ configuration: ProjectConfiguration, _ location: ProjectRoot
  ) throws -> String {
    let wanted = configuration.name ?? location.root.lastComponent?.string ?? ""
    guard let slug = Slug.make(wanted, atMost: EnvironmentName.maximumLength) else {
      throw Failure(
        "cannot make a project name of \(wanted.quoted): it has no letter or digit",
        hint: "name it in '.piko.yml': 'name: NAME'", status: .cannotStart)
    }
    return slug
  }

  private func checkPlace() throws {
    guard !FileCopy.exists(path) else {
      throw Failure(
        "cannot create environment \(name.text.quoted): \(Paths.display(path).quoted) already "
          + "exists", hint: "see what it is, and move it away: 'mv PATH ELSEWHERE'")
    }
    try Disk.requireWritable(location.root)
    try Disk.requireSpace(at: location.root)
  }

  private func checkEngine() throws {
    if location.root.string.contains(":") {
      throw Failure(
        "cannot create environment \(name.text.quoted): the engine's mounts do not allow the ':' in "
          + Paths.display(location.root).quoted,
        hint: "move the project: 'mv OLD NEW'")
    }
    guard request.starts else { return }
    do {
      try Engine().ping()
    } catch {
      throw error.hinting("to create it without containers for now, add '--no-start'")
    }
  }
}
