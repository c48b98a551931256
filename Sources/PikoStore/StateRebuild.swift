package import PikoCore
package import SystemPackage

/// How a lost `state.db` comes back: from the register and what git still knows.
package struct StateRebuild: Sendable {
  /// A worktree as git lists it.
  package struct Worktree: Sendable, Hashable {
    package let path: FilePath
    /// Its branch; nil with a detached HEAD.
    package let branch: BranchName?

    package init(path: FilePath, branch: BranchName?) {
      self.path = path
      self.branch = branch
    }
  }

  private let project: ProjectRecord
  private let environments: [EnvironmentRecord]
  /// The shared services that each of them uses.
  private let uses: [EnvironmentName: Set<String>]

  /// - Parameters:
  ///   - environments: the register's environments of this project.
  ///   - worktrees: git's worktrees of this repository.
  package init(
    _ project: ProjectRecord, environments: [RegisteredEnvironment], worktrees: [Worktree],
    uses: [EnvironmentName: Set<String>] = [:]
  ) {
    self.uses = uses
    self.project = project
    let branches = Dictionary(
      worktrees.map { ($0.path, $0.branch ?? .detached) }, uniquingKeysWith: { first, _ in first })
    self.environments = environments.filter { !$0.isShared }.map { environment in
      EnvironmentRecord(of: environment, branch: branches[environment.path])
    }
  }

  /// Whether there is anything to bring back.
  package var isEmpty: Bool { environments.isEmpty }

  /// The names it brings back.
  package var names: [EnvironmentName] { environments.map(\.name) }

  /// Writes what is missing into a state, as a whole; what it has already stays.
  package func fill(_ state: State) throws(Failure) {
    try state.transaction { () throws(Failure) in
      if try state.project() == nil { try state.record(project) }
      for environment in environments where try state.environment(named: environment.name) == nil {
        try state.insert(environment)
      }
      // What any of them shares was shared for the project, as far as can be told from here.
      let shared = Set(uses.values.flatMap { $0 })
      for service in shared where try state.sharedServices().allSatisfy({ $0.service != service }) {
        try state.record(
          SharedServiceRecord(
            service: service, isShared: true,
            network: Naming.sharedComposeProject(of: project.name)))
        for environment in environments where uses[environment.name]?.contains(service) != true {
          try state.decide(service, isShared: false, for: environment.name)
        }
      }
    }
  }
}

extension EnvironmentRecord {
  /// An environment as the register and the disk alone tell of it.
  ///
  /// - Parameter branch: what git's record of its worktree has checked out, empty with a detached
  ///   HEAD; nil where git has none.
  package init(of registered: RegisteredEnvironment, branch: BranchName?) {
    let isThere = FileCopy.isDirectory(registered.path)
    let isHalfGone = FileCopy.exists(ProjectRoot.asidePlace(ofWorktree: registered.path))
    // Once isolated it was made, and running its setup again could harm its data; without its
    // worktree its removal was cut off, or it was removed by hand. Else its making was cut off.
    let status: Status =
      if !registered.isMade { .creating } else if branch == nil || isHalfGone && !isThere {
        .destroying
      } else { .ready }
    self.init(
      name: registered.name, branch: branch ?? registered.branch, path: registered.path,
      composeProject: registered.composeProject, session: registered.session, status: status,
      block: registered.blocks.first?.number, setup: registered.isMade ? .done : .pending,
      createdAt: registered.createdAt)
  }
}
