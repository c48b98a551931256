package import PikoCore
package import SystemPackage

/// A project as this user's register knows it.
package struct RegisteredProject: Sendable, Hashable {
  package let id: Int
  /// Its name, of no other project on the machine.
  package let name: String
  /// The name it asked for; ``name`` differs from it where another project had that one.
  package let askedName: String
  package let root: FilePath
  /// The repository's common directory.
  package let gitDirectory: FilePath
  /// What told the repository from others when it was registered (``ProjectRoot/identity(of:)``); nil
  /// where that is not known.
  package let identity: String?
}

/// An environment as this user's register knows it.
package struct RegisteredEnvironment: Sendable, Hashable {
  package let id: Int
  /// The project it belongs to, by id, name and root.
  package let project: Int
  package let projectName: String
  package let root: FilePath
  package let name: EnvironmentName
  /// Whether it stands for the project's shared services instead of a branch.
  package let isShared: Bool
  /// Whether it was isolated once, so that its making was not cut off before that.
  package let isMade: Bool
  package let composeProject: String
  /// The branch it was made for; empty with a detached HEAD.
  package let branch: BranchName
  /// The worktree.
  package let path: FilePath
  package let session: String
  /// When it was reserved, in seconds since 1970.
  package let createdAt: Int
  /// Its blocks of ports, in the order in which they were leased.
  package let blocks: [PortBlock]
}

/// What is to be reserved for a new environment.
package struct Reservation: Sendable, Hashable {
  package let name: EnvironmentName
  package let composeProject: String
  package let branch: BranchName
  package let path: FilePath
  package let session: String

  package init(
    name: EnvironmentName, composeProject: String, branch: BranchName, path: FilePath,
    session: String
  ) {
    self.name = name
    self.composeProject = composeProject
    self.branch = branch
    self.path = path
    self.session = session
  }
}
