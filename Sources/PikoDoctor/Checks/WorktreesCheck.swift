import PikoCompose
import PikoCore
import PikoGit
import PikoProject
import PikoStore
import SystemPackage

/// What lies in `.piko/worktrees` without being an environment, and git's records of worktrees there
/// that are gone.
struct WorktreesCheck: Check {
  let name = "worktrees"

  func run(in site: Site) throws -> [Finding] {
    try site.projects.flatMap { try findings(in: $0, site) }
  }

  private func findings(in project: Project, _ site: Site) throws -> [Finding] {
    let parent = project.root.pushing(ProjectRoot.worktrees)
    let listed = try Git(in: project.location.commonDirectory).worktrees()
    let known = Set(
      try project.environments().map(\.path)
        + (site.register?.environments(ofRoot: project.root) ?? []).map(\.path))
    var findings: [Finding] = []
    for entry in (try? FileCopy.entries(of: parent)) ?? [] {
      let path = parent.appending(entry)
      guard !known.contains(path), FileCopy.isDirectory(path),
        !site.isBusy(EnvironmentName(stored: entry), root: project.root)
      else { continue }
      let worktree = listed.first { $0.path == path }
      findings.append(stray(entry, path, worktree, project, site))
    }
    for worktree in listed
    where worktree.path.starts(with: parent) && !FileCopy.exists(worktree.path)
      && !known.contains(worktree.path)
    {
      findings.append(
        .mendable(.warning, "git remembers the worktree \(Paths.display(worktree.path).quoted)") {
          try Repository(holding: project.location.commonDirectory).removeWorktree(worktree.path)
          return "removed git's record of it"
        })
    }
    return findings
  }

  private func stray(
    _ entry: String, _ path: FilePath, _ worktree: Git.Worktree?, _ project: Project, _ site: Site
  ) -> Finding {
    let shown = Paths.display(path).quoted
    guard let worktree else {
      return .problem(
        .warning, "\(shown) is no worktree of this repository",
        command: "mv \(Paths.argument(path)) ELSEWHERE")
    }
    let name = EnvironmentName(stored: entry)
    // What piko wrote into it shows that it was an environment.
    guard FileCopy.exists(path.appending(Override.fileName)),
      (try? EnvironmentName(normalizing: entry)) == name
    else {
      return .problem(
        .warning, "the worktree \(shown) is no environment",
        command: "git -C \(Paths.argument(project.root)) worktree remove \(Paths.argument(path))")
    }
    return .mendable(.error, "\(site.shown(name, of: project.root)) is in no database") {
      try site.locking(name, root: project.root) {
        try Recovery(of: project, in: site).adopt(name, at: path, branch: worktree.branch)
      }
      return "entered it with the ports it had"
    }
  }
}
