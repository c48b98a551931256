package import PikoCore
package import SystemPackage

/// How a lost `state.db` comes back: from the register and what git still knows.
package struct StateRebuild: Sendable {
  /// A worktree as git lists it.
  package struct Worktree: Sendable, Hashable {
    package let path: FilePath
    /// Its branch's short name; nil with a detached HEAD.
    package let branch: String?

    package init(path: FilePath, branch: String?) {
      self.path = path
      self.branch = branch
    }
  }

  private let project: ProjectRecord
  private let environments: [EnvironmentRecord]

  /// - Parameters:
  ///   - environments: the register's environments of this project.
  ///   - worktrees: git's worktrees of this repository.
  package init(
    _ project: ProjectRecord, environments: [RegisteredEnvironment], worktrees: [Worktree]
  ) {
    self.project = project
    let branches = Dictionary(
      worktrees.map { ($0.path, $0.branch ?? "") }, uniquingKeysWith: { first, _ in first })
    self.environments = environments.filter { !$0.isShared }.map { environment in
      let branch = branches[environment.path]
      // With its worktree, once isolated, it was made, and running its setup again could harm its
      // data; else its making, or its removal, was cut off.
      let isMade = branch != nil && environment.isMade
      return EnvironmentRecord(
        name: environment.name, branch: branch ?? environment.branch, path: environment.path,
        composeProject: environment.composeProject, session: environment.session,
        status: isMade ? .ready : .creating, block: environment.blocks.first?.number,
        setupDone: isMade, createdAt: environment.createdAt)
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
    }
  }
}
