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
    let repository = try Repository(holding: project.location.commonDirectory)
    // What a removal that was cut off moved aside goes when that is finished.
    let aside = Set(known.map { repository.asidePlace(ofWorktree: $0) })
    // What belongs to another place is told of with that one.
    let moved = try places(ofMoved: project, besides: listed)
    var findings: [Finding] = []
    for path in Self.inOrderOfMaking((try? FileCopy.entries(of: parent)) ?? [], below: parent) {
      let entry = path.lastComponent?.string ?? ""
      guard !known.contains(path), !aside.contains(path), !moved.contains(path),
        FileCopy.isDirectory(path),
        !site.isBusy(EnvironmentName(stored: entry), root: project.root)
      else { continue }
      let worktree = listed.first { $0.path == path }
      findings.append(stray(entry, path, worktree, project, site))
    }
    for worktree in listed
    where worktree.path.starts(with: parent) && !FileCopy.exists(worktree.path)
      && !known.contains(worktree.path)
    {
      findings.append(try withoutFiles(worktree.path, project, repository))
    }
    return findings
  }

  /// Where worktrees are now that environments or git have at other places.
  private func places(
    ofMoved project: Project, besides listed: [Git.Worktree]
  ) throws -> Set<FilePath> {
    let own = try project.environments().map { ($0.path, BranchName?.some($0.branch)) }
    let others = listed.map { ($0.path, BranchName?.none) }
    return Set(
      try (own + others).compactMap {
        try MovedWorktree.find($0.0, branch: $0.1, in: project)?.place
      })
  }

  /// Git's record of a worktree whose files are gone, or elsewhere: it goes only with nothing in it.
  private func withoutFiles(
    _ path: FilePath, _ project: Project, _ repository: borrowing Repository
  ) throws -> Finding {
    let shown = Paths.display(path).quoted
    if let moved = try MovedWorktree.find(path, branch: nil, in: project) {
      return .problem(
        .warning, "the worktree \(shown) is at \(Paths.display(moved.place).quoted) now",
        command: moved.command)
    }
    let held = try repository.work(inRecordOf: path)
    guard held.isEmpty else {
      return .problem(
        .warning,
        "git's record of the worktree \(shown), which is not there, has "
          + held.joined(separator: " and "),
        command: "git -C \(Paths.argument(project.root)) worktree repair WHERE-IT-IS-NOW")
    }
    return .mendable(.warning, "git remembers the worktree \(shown)") {
      try Repository(holding: project.location.commonDirectory).removeWorktree(path)
      return "removed git's record of it"
    }
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
    // What piko wrote into it, or made for it in the engine, shows that it was an environment; where
    // no database knows the project at all, its place does.
    let isKnown = (try? project.name()) != nil || isRegistered(project, site)
    let hasTraces =
      FileCopy.exists(path.appending(Override.fileName))
      || !site.engine.traces(of: name, root: project.root).isEmpty
    guard hasTraces || !isKnown, (try? EnvironmentName(normalizing: entry)) == name else {
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

  private func isRegistered(_ project: Project, _ site: Site) -> Bool {
    ((try? site.register?.projects.project(atRoot: project.root)) ?? nil) != nil
  }

  /// Entries of a directory, the oldest worktree first: without other evidence, blocks of ports go
  /// by the order in which environments were made.
  private static func inOrderOfMaking(_ entries: [String], below parent: FilePath) -> [FilePath] {
    entries.map { parent.appending($0) }
      .map { (FileCopy.modified($0.appending(".git")) ?? .max, $0) }
      .sorted { $0.0 < $1.0 }.map(\.1)
  }
}
