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
      } else if record.status == .ready, let finding = try composeFileGone(record, project, site) {
        findings.append(finding)
      }
    }
    for held in registered
    where !records.contains(where: { $0.name == held.name })
      && !site.isBusy(held.name, root: project.root)
    {
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
    let text = "the worktree of \(site.shown(record.name, of: project.root)) is gone"
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
