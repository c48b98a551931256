import PikoCore
import PikoGit
import PikoStore
import SystemPackage

/// Projects of the register whose directory is gone. One that was moved is known by its own
/// `state.db`, which still names the former place.
struct MovedCheck: Check {
  let name = "projects"

  func run(in site: Site) throws -> [Finding] {
    guard let register = site.register else { return [] }
    var findings: [Finding] = []
    for project in try register.projects.all() where !FileCopy.exists(project.root) {
      if let current = site.current, let state = try? State.existing(below: current.root),
        try Self.isSame(project, state.project())
      {
        findings.append(moved(project, to: current, register, state))
      } else if try !register.environments(of: project).isEmpty {
        findings.append(
          .problem(
            .warning, "\(Paths.display(project.root).quoted) is gone, and has environments",
            command: "cd WHERE-IT-IS-NOW && piko doctor --fix"))
      }
    }
    return findings
  }

  /// Whether a `state.db` is that of a project that was registered elsewhere.
  static func isSame(_ registered: RegisteredProject, _ recorded: ProjectRecord?) -> Bool {
    guard let recorded else { return false }
    return recorded.root == registered.root && recorded.gitDirectory == registered.gitDirectory
      && recorded.name == registered.name
  }

  private func moved(
    _ project: RegisteredProject, to place: ProjectRoot, _ register: Register, _ state: State
  ) -> Finding {
    let former = Paths.display(project.root).quoted
    return .mendable(
      .error, "project \(project.name.quoted) was moved here from \(former)"
    ) {
      try register.move(project, to: place.root, gitDirectory: place.commonDirectory)
      try state.move(to: place.root, gitDirectory: place.commonDirectory)
      let paths = try state.environments().map(\.path).filter(FileCopy.isDirectory)
      if !paths.isEmpty {
        _ = try Git(in: place.root).output(
          ["worktree", "repair", "--"] + paths.map(\.string),
          failing: "cannot repair git's records of the worktrees")
      }
      return "entered its new place"
    }
  }
}
