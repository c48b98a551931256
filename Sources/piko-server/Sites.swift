import PikoCore
import PikoProject
import PikoStore
import SystemPackage

/// The projects that the server speaks of: those in the register, and the one it was started in.
struct Sites {
  let projects: [Project]
  /// Why some of them cannot be shown.
  let notices: [String]

  init() throws(Failure) {
    var known: [RegisteredProject] = []
    if let register = try Register.existing(in: Paths.stateDirectory()) {
      // One whose directory is gone has nothing to show once its environments are destroyed.
      let used = try Set(register.environments().map(\.root))
      known = try register.projects.all()
        .filter { used.contains($0.root) || FileCopy.isDirectory($0.root) }
    }
    var notices: [String] = []
    var projects = Project.all(of: known) { notices.append($0) }
    if let here = try? ProjectRoot.locate(), !known.contains(where: { $0.root == here.root }) {
      do throws(Failure) {
        projects.append(try Project(at: here))
      } catch {
        notices.append(error.message)
      }
    }
    self.projects = projects
    self.notices = notices
  }

  /// The project of a name, or at a root; without either the only one there is.
  ///
  /// - Throws: where there is none, or several.
  func project(_ wanted: String?) throws(Failure) -> Project {
    guard let wanted else {
      guard let only = projects.first, projects.count == 1 else {
        throw Failure(
          "no project was named", hint: "add '?project=NAME'", status: .usage)
      }
      return only
    }
    for project in projects {
      let name = try project.displayName()
      if project.root == FilePath(wanted) || name == wanted { return project }
    }
    throw Failure("no project \(wanted.quoted)")
  }

  /// The environment of a name or branch, in the project that is named or in the only one that has
  /// it.
  ///
  /// - Throws: where there is none, or where several projects have one and none was named.
  func environment(
    _ name: String, project wanted: String?
  ) throws(Failure) -> (Project, EnvironmentRecord) {
    if let wanted {
      let project = try project(wanted)
      return (project, try project.environment(name))
    }
    let found = projects.compactMap { project in
      (try? project.environment(name)).map { (project, $0) }
    }
    guard let first = found.first else {
      throw Failure(
        "no environment \(name.quoted)", hint: "to see those there are, run 'piko list --all'")
    }
    guard found.count == 1 else {
      let names = found.compactMap { try? $0.0.displayName() }.joined(separator: ", ")
      throw Failure(
        "environment \(name.quoted) is in several projects: \(names)",
        hint: "add '?project=NAME'", status: .usage)
    }
    return first
  }

  static func register() throws(Failure) -> FilePath {
    Register.file(in: try Paths.stateDirectory())
  }
}

extension Project {
  /// The project's name; before its first environment that of its directory.
  func displayName() throws(Failure) -> String {
    try name() ?? root.lastComponent?.string ?? root.string
  }
}
