package import SystemPackage

/// One branch's running copy of a project: the values that all verbs share about it.
package struct Environment: Sendable, Equatable {
  /// The project's name.
  package let project: String
  /// The project's root: its main checkout, or the directory that holds its bare repository.
  package let root: FilePath
  /// The roots it had before it was moved, by which the engine may still know it.
  package let formerRoots: [FilePath]
  package let name: EnvironmentName
  /// The branch checked out when it was made.
  package let branch: BranchName
  /// The worktree.
  package let path: FilePath
  /// The Compose project, which is also the name of its default network.
  package let composeProject: String
  /// The tmux session.
  package let session: String

  package init(
    project: String, root: FilePath, name: EnvironmentName, branch: BranchName, path: FilePath,
    composeProject: String, session: String, formerRoots: [FilePath] = []
  ) {
    self.project = project
    self.root = root
    self.formerRoots = formerRoots
    self.name = name
    self.branch = branch
    self.path = path
    self.composeProject = composeProject
    self.session = session
  }

  /// The variables every script, shell and window of the environment has (SPEC part 8), without the
  /// project's own derived ones.
  ///
  /// - Parameter compose: `COMPOSE_…` variables that point Compose at this environment; empty in a
  ///   project without containers.
  package func variables(leases: [PortLease], compose: [(String, String)]) -> Variables {
    var variables = Variables()
    variables["PIKO_ROOT"] = root.string
    variables["PIKO_ENV_NAME"] = name.text
    variables["PIKO_ENV_PATH"] = path.string
    variables["PIKO_PROJECT"] = composeProject
    variables["PIKO_BRANCH"] = branch.text
    variables.setPorts(leases, prefix: "PIKO_")
    for (name, value) in compose { variables[name] = value }
    return variables
  }
}

/// The names piko gives things outside, each rule in one place.
package enum Naming {
  /// The Compose project and default network of an environment.
  package static func composeProject(project: String, environment: EnvironmentName) -> String {
    "piko-\(project)-\(environment)"
  }

  /// The Compose project and network of a project's shared services.
  package static func sharedComposeProject(of project: String) -> String {
    "piko-\(project)-shared"
  }

  /// What stands before a session's name unless the user wants something else.
  package static let standardSessionPrefix = "piko/"

  /// The tmux session of an environment.
  ///
  /// - Parameter prefix: what stands before it, as the user wrote it; nil for the standard. What tmux
  ///   would change in it or read as something else is `_`: `.` and `:` end a session's name in a
  ///   target, `#` begins a format, a leading `$`, `@`, `%`, `=` or `-` makes it an id, an exact
  ///   name or an option (tmux(1), "COMMANDS").
  package static func session(
    prefix: String?, project: String, environment: EnvironmentName
  ) -> String {
    var text = ""
    for scalar in (prefix ?? standardSessionPrefix).unicodeScalars {
      let isLeading = text.isEmpty && "$@%=-{+!".unicodeScalars.contains(scalar)
      switch scalar.properties.generalCategory {
      case _ where isLeading || ".:#\\".unicodeScalars.contains(scalar): text += "_"
      case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse:
        text += "_"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return "\(text)\(project)/\(environment)"
  }

  /// Where an environment's worktree is below the root, as messages show it.
  package static func relativePath(ofWorktree name: EnvironmentName) -> String {
    ".piko/worktrees/\(name)"
  }
}
