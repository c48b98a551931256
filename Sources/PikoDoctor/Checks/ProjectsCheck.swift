import PikoCore
import PikoGit
import PikoProject
import PikoStore
import SystemPackage

/// Whether each project is where its databases say: it may have been moved, or be a copy of another.
struct ProjectsCheck: Check {
  let name = "projects"

  func run(in site: Site) throws -> [Finding] {
    var findings: [Finding] = []
    for location in site.roots {
      guard let state = try? State.existing(below: location.root),
        let displacement = try Displacement.find(of: state, at: location)
      else { continue }
      findings.append(finding(displacement, location, state, site))
    }
    guard site.isWhole, let register = site.register else { return findings }
    for project in try register.projects.all()
    where try !FileCopy.exists(project.root) && !register.environments(of: project).isEmpty {
      findings.append(
        .problem(
          .warning,
          "\(Paths.display(project.root).quoted) is gone, and has environments; where it is now, "
            + "'piko doctor --fix' has them follow",
          command: "find ~ -path '*/.piko/state.db'"))
    }
    return findings
  }

  private func finding(
    _ displacement: Displacement, _ location: ProjectRoot, _ state: State, _ site: Site
  ) -> Finding {
    let failure = displacement.failure(in: location.root)
    switch displacement {
    case .moved(let former):
      return .mendable(.error, failure.message) {
        try follow(from: former, to: location, state, site)
        return "entered its new place"
      }
    case .copied(let original):
      return .mendable(.error, failure.message) {
        let place = try CopiedProject(location, of: original).setAside()
        return
          "moved what it had of them to \(Paths.display(place).quoted); they stay the original's"
      }
    case .alias(let first):
      return .problem(.error, failure.message, command: "cd \(Paths.argument(first))")
    }
  }

  /// Enters the new place of a project that was moved into both databases and git's records.
  private func follow(
    from former: FilePath, to location: ProjectRoot, _ state: State, _ site: Site
  ) throws {
    // The register first: `state.db` is what shows that there is something to do.
    let identity = try state.project()?.identity
    if let register = site.register,
      let project = try register.projects.project(lastAt: former, identity: identity)
    {
      try register.move(
        project, from: former, to: location.root, gitDirectory: location.commonDirectory)
    }
    try repairWorktrees(of: state, from: former, to: location)
    try state.move(to: location.root, gitDirectory: location.commonDirectory)
  }

  /// Has git's records of the worktrees follow. One whose making or removal was cut off may have no
  /// whole record: that is undone or finished later, and is no reason to stop.
  private func repairWorktrees(
    of state: State, from former: FilePath, to location: ProjectRoot
  ) throws {
    let repository = try Repository(holding: location.commonDirectory)
    let formerCommon = try state.project()?.gitDirectory ?? location.commonDirectory
    for record in try state.environments() {
      let place = record.path.moved(from: former, to: location.root)
      guard FileCopy.isDirectory(place) else { continue }
      try repository.follow(worktree: place, from: record.path, formerCommon)
      let listed = try Git(in: location.commonDirectory).worktrees().contains { $0.path == place }
      guard !listed, record.status == .ready else { continue }
      throw Failure(
        "git has no record of the worktree \(Paths.display(place).quoted)",
        hint: "to see those it has, run 'git -C \(Paths.argument(location.root)) worktree list'")
    }
  }
}
