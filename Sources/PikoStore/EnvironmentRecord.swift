package import PikoCore
package import SystemPackage

/// An environment as its project's `state.db` intends it.
package struct EnvironmentRecord: Sendable, Hashable {
  /// How far it has come. Whether its containers run is the engine's to say, not the database's.
  package enum Status: String, Sendable {
    /// Being made, or its making was cut off.
    case creating
    /// Made; it can be brought up and down.
    case ready
    /// Being removed, or its removal was cut off.
    case destroying
  }

  /// How far the project's setup script has come in it; stored as these numbers.
  package enum Setup: Int, Sendable {
    /// Its turn has not come yet.
    case pending = 0
    /// It ran and ended well.
    case done = 1
    /// The environment was brought up when the project had no such script; one that it gets later is
    /// still to run.
    case absent = 2
    /// All before it is up; it was begun and has not ended well.
    case begun = 3
  }

  package var name: EnvironmentName
  /// The branch; empty where the worktree's HEAD is detached.
  package var branch: BranchName
  /// The worktree.
  package var path: FilePath
  package var composeProject: String
  package var session: String
  package var status: Status
  /// The number of its first block of ports; nil before it has one.
  package var block: Int?
  package var setup: Setup
  /// Whether piko made the branch, so that undoing the creation may remove it again.
  package var madeBranch: Bool
  /// The revision it was made from, as it was typed; nil for HEAD.
  package var base: String?
  /// The commit it was made at, in hex; nil where it is not known.
  package var head: String?
  /// When it was made, in seconds since 1970; nil to let the database fill in now.
  package var createdAt: Int?

  /// Whether the user's last word on it was `down`; see ``State/setPutDown(_:of:)``.
  package var isPutDown: Bool

  /// Whether it is stopped where it has neither containers nor processes to ask: it was never up, or
  /// was put down.
  package var rests: Bool { isPutDown || setup == .pending || setup == .begun }

  /// Whether it was brought up and not put down since; its setup script may have failed.
  package var isUp: Bool { !isPutDown && setup != .pending }

  package init(
    name: EnvironmentName, branch: BranchName, path: FilePath, composeProject: String,
    session: String,
    status: Status = .creating, block: Int? = nil, setup: Setup = .pending,
    madeBranch: Bool = false, base: String? = nil, head: String? = nil, createdAt: Int? = nil,
    isPutDown: Bool = false
  ) {
    self.isPutDown = isPutDown
    self.name = name
    self.branch = branch
    self.path = path
    self.composeProject = composeProject
    self.session = session
    self.status = status
    self.block = block
    self.setup = setup
    self.madeBranch = madeBranch
    self.base = base
    self.head = head
    self.createdAt = createdAt
  }
}

/// The project as its own `state.db` knows it.
package struct ProjectRecord: Sendable, Hashable {
  package var name: String
  package var root: FilePath
  /// The repository's common directory.
  package var gitDirectory: FilePath
  /// The first of its compose files, relative to the root; nil in a project without containers.
  package var composeFile: String?
  /// When it was first recorded, in seconds since 1970; nil before that.
  package var createdAt: Int?
  /// What told its repository from others when it was recorded (``ProjectRoot/identity(of:)``); nil
  /// before that.
  package var identity: String?

  package init(
    name: String, root: FilePath, gitDirectory: FilePath, composeFile: String? = nil,
    createdAt: Int? = nil, identity: String? = nil
  ) {
    self.identity = identity
    self.name = name
    self.root = root
    self.gitDirectory = gitDirectory
    self.composeFile = composeFile
    self.createdAt = createdAt
  }
}
