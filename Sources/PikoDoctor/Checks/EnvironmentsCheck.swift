import PikoCompose
import PikoCore
import PikoLifecycle
import PikoProject
import PikoStore
import SystemPackage

/// Whether register, `state.db` and the worktrees tell of the same environments.
struct EnvironmentsCheck: Check {
  let name = "environments"

  func run(in site: Site) throws -> [Finding] {
    try site.projects.flatMap { try findings(in: $0, site) }
  }

  private func findings(in project: Project, _ site: Site) throws -> [Finding] {
    let records = try project.environments()
    let registered = try site.register?.environments(ofRoot: project.root) ?? []
    var findings: [Finding] = []
    for record in records where !site.isBusy(record.name, root: project.root) {
      if !registered.contains(where: { $0.name == record.name }) {
        findings.append(unregistered(record, project, site))
      } else if record.status == .ready, !FileCopy.exists(record.path) {
        findings.append(try withoutWorktree(record, project, site))
      } else if record.status == .ready, let finding = unlinked(record, project, site) {
        findings.append(finding)
      } else if record.status == .ready, let finding = try composeFileGone(record, project, site) {
        findings.append(finding)
      }
    }
    for held in registered where try site.isLeftOver(held.name, in: project) {
      findings.append(unrecorded(held, project, site))
    }
    return findings
  }

  private func unregistered(
    _ record: EnvironmentRecord, _ project: Project, _ site: Site
  ) -> Finding {
    let shown = site.shown(record.name, of: project.root)
    return .mendable(.error, "\(shown) is not in the register: its ports are nobody's") {
      try site.locking(record.name, root: project.root) {
        try Recovery(of: project, in: site).register(record)
      }
      return "entered it with the ports it had"
    }
  }

  private func unrecorded(
    _ held: RegisteredEnvironment, _ project: Project, _ site: Site
  ) -> Finding {
    let shown = site.shown(held.name, of: project.root)
    guard FileCopy.exists(held.path) else {
      return .mendable(.warning, "the register keeps ports for \(shown), which is no more") {
        try site.locking(held.name, root: project.root) { try site.register?.release(held) }
        return "gave them back"
      }
    }
    return .mendable(.error, "\(shown) is not in '.piko/state.db'") {
      try site.locking(held.name, root: project.root) {
        try Recovery(of: project, in: site).remember(held.name)
      }
      return "entered it"
    }
  }

  /// A worktree that git does not take for one: a file of those that link it and its record is gone.
  private func unlinked(
    _ record: EnvironmentRecord, _ project: Project, _ site: Site
  ) -> Finding? {
    // A link that stands there now leads to what is not piko's, and not git's to repair.
    guard FileCopy.isDirectory(record.path), FileCopy.destination(of: record.path) == nil,
      (try? ProjectRoot.locate(from: record.path))?.worktree != record.path
    else { return nil }
    let shown = site.shown(record.name, of: project.root)
    let hasRecord =
      (try? Git(in: project.location.commonDirectory).worktrees())?
      .contains { $0.path == record.path } ?? false
    guard hasRecord else {
      let place = Paths.argument(record.path)
      return .problem(
        .error, "git has no record of the worktree of \(shown) any more",
        command: "mv \(place) ELSEWHERE && "
          + site.command("destroy \(record.name)", in: project.root))
    }
    return .mendable(.error, "the worktree of \(shown) does not lead to git's record of it") {
      _ = try Git(in: project.location.commonDirectory).output(
        ["worktree", "repair"], failing: "cannot repair the worktree")
      guard (try? ProjectRoot.locate(from: record.path))?.worktree == record.path else {
        throw Failure("git's record of the worktree is damaged, and it cannot repair that")
      }
      return "had git repair it"
    }
  }

  /// An environment that was made with containers and has no compose file now.
  private func composeFileGone(
    _ record: EnvironmentRecord, _ project: Project, _ site: Site
  ) throws -> Finding? {
    guard let variables = try project.composeVariables(of: record),
      let first = variables["COMPOSE_FILE"]?.split(separator: ":").first,
      !FileCopy.exists(FilePath(String(first)))
    else { return nil }
    let file = FilePath(String(first))
    let shown = site.shown(record.name, of: project.root)
    let text = "the compose file \(Paths.display(file).quoted) of \(shown) is gone"
    var name = file
    guard name.removePrefix(record.path) else {
      return .problem(
        .error, text, command: site.command("destroy \(record.name)", in: project.root))
    }
    let worktree = Paths.argument(record.path)
    let isCommitted = try Git(in: record.path).run(["cat-file", "-e", "HEAD:\(name)"]).succeeded
    return .problem(
      .error, text,
      command: isCommitted
        ? "git -C \(worktree) checkout HEAD -- \(Quoting.shell(name.string))"
        : site.command("destroy \(record.name)", in: project.root))
  }

  private func withoutWorktree(
    _ record: EnvironmentRecord, _ project: Project, _ site: Site
  ) throws -> Finding {
    let shown = site.shown(record.name, of: project.root)
    if let moved = try MovedWorktree.find(record.path, branch: record.branch, in: project) {
      return .problem(
        .error, "the worktree of \(shown) is at \(Paths.display(moved.place).quoted) now",
        command: moved.command)
    }
    let text = "the worktree of \(shown) is gone"
    let usesContainers = try !(project.composeVariables(of: record) ?? [:]).isEmpty
    let environment = try project.environment(record)
    let isEmpty =
      site.engine.contents != nil && site.engine.containers(of: environment).isEmpty
    guard !usesContainers || isEmpty else {
      // Its containers may hold what their volumes do not.
      return .problem(
        .error, text, command: site.command("destroy \(record.name)", in: project.root))
    }
    return .mendable(.error, text) {
      try Destruction(
        of: record, in: project, DestroyRequest(finishing: record, in: project),
        narrator: Narrator(quiet: true)
      ).perform()
      return "removed the rest of the environment; its branch stays"
    }
  }
}
