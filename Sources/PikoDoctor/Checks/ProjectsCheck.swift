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
    if let register = site.register, let project = try register.projects.project(atRoot: former) {
      try register.move(project, to: location.root, gitDirectory: location.commonDirectory)
    }
    let paths = try state.environments().map {
      $0.path.moved(from: former, to: location.root)
    }.filter(FileCopy.isDirectory)
    if !paths.isEmpty {
      _ = try Git(in: location.root).output(
        ["worktree", "repair", "--"] + paths.map(\.string),
        failing: "cannot repair git's records of the worktrees")
    }
    try state.move(to: location.root, gitDirectory: location.commonDirectory)
  }
}
