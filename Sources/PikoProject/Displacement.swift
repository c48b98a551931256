package import PikoCore
package import PikoStore
package import SystemPackage

/// How a `state.db` came to lie elsewhere than it says: what it says of worktrees is not to be
/// acted on then.
package enum Displacement: Equatable {
  /// The project was moved from a root that is no more.
  case moved(from: FilePath)
  /// The project is a copy of one that is still there: environments, ports and containers are that
  /// one's.
  case copied(from: FilePath)
  /// One directory with two names.
  case alias(of: FilePath)

  /// Nil where a project's state is its own, and where it has nothing to be mistaken about.
  package static func find(
    of state: State, at location: ProjectRoot
  ) throws(Failure) -> Displacement? {
    guard let recorded = try state.project(), recorded.root != location.root else { return nil }
    if FileCopy.isSame(recorded.root, location.root) { return .alias(of: recorded.root) }
    let isOriginal = try holdsOriginal(recorded, state)
    return isOriginal && !isItself(recorded, location)
      ? .copied(from: recorded.root) : .moved(from: recorded.root)
  }

  /// Whether the repository here is the one that was recorded, and no other could be it.
  private static func isItself(_ recorded: ProjectRecord, _ location: ProjectRoot) -> Bool {
    guard let identity = recorded.identity else { return false }
    return ProjectRoot.identity(of: location.commonDirectory) == identity
      && ProjectRoot.identity(of: recorded.gitDirectory) != identity
  }

  /// Whether the project that was recorded still lies where it was, or that cannot be read.
  private static func holdsOriginal(
    _ recorded: ProjectRecord, _ state: State
  ) throws(Failure) -> Bool {
    let root = recorded.root
    if let identity = recorded.identity,
      ProjectRoot.identity(of: recorded.gitDirectory) == identity
    {
      return true
    }
    do {
      if let there = try State.existing(below: root)?.project(), there.root == root {
        // Another repository may have come to lie there, and have environments of its own.
        return recorded.identity == nil || there.identity == nil
          || there.identity == recorded.identity
      }
    } catch {
      return true
    }
    // A copy of an original that has lost its own state still must not touch it.
    return try state.environments().contains {
      $0.path.starts(with: root) && FileCopy.isDirectory($0.path)
    }
  }

  /// As verbs refuse to go on.
  package func failure(in root: FilePath) -> Failure {
    let here = Paths.display(root).quoted
    switch self {
    case .moved(let former):
      return Failure(
        "the project in \(here) was moved from \(Paths.display(former).quoted)",
        hint: "to have its environments follow, run 'piko doctor --fix'", status: .cannotStart)
    case .copied(let original):
      return Failure(
        "the project in \(here) is a copy of \(Paths.display(original).quoted), whose environments "
          + "its databases tell of",
        hint: "to let it begin without any, run 'piko doctor --fix'", status: .cannotStart)
    case .alias(let first):
      return Failure(
        "the project in \(here) is known as \(Paths.display(first).quoted)",
        hint: "go there: 'cd \(Paths.argument(first))'", status: .cannotStart)
    }
  }
}
