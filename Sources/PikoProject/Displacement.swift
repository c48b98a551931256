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
    let environments = try state.environments()
    if FileCopy.isSame(recorded.root, location.root) { return .alias(of: recorded.root) }
    // A copy of an original that has lost its own state still must not touch it.
    let isThere =
      isItsOwn(recorded.root)
      || environments.contains {
        $0.path.starts(with: recorded.root) && FileCopy.isDirectory($0.path)
      }
    return isThere ? .copied(from: recorded.root) : .moved(from: recorded.root)
  }

  /// Whether a project lies at a root whose state says so, or cannot be read.
  private static func isItsOwn(_ root: FilePath) -> Bool {
    do {
      guard let state = try State.existing(below: root) else { return false }
      return try state.project().map { $0.root == root } ?? false
    } catch {
      return true
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
