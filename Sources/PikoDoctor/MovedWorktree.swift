import PikoCore
import PikoGit
import PikoProject
import SystemPackage

/// Where a worktree is that was moved by hand, as far as git's files tell. Nothing is lost while git's
/// record of it stays.
struct MovedWorktree {
  /// Where it is now.
  let place: FilePath
  /// What to type next: git is told of the place first; an environment's worktree goes back then.
  let command: String

  /// Looks beside its place, and in and beside the project.
  ///
  /// - Parameter branch: what an environment has it for; nil where it is none's.
  /// - Returns: nil where it is at its place, or nothing tells where it went.
  static func find(
    _ path: FilePath, branch: BranchName?, in project: Project
  ) throws -> MovedWorktree? {
    guard !FileCopy.exists(path) else { return nil }
    let repository = try Repository(holding: project.location.commonDirectory)
    let git = "git -C \(Paths.argument(project.root)) worktree"
    if let place = repository.placeUnknownToGit(
      ofWorktree: path, among: neighbours(of: path, project))
    {
      return MovedWorktree(place: place, command: "\(git) repair \(Paths.argument(place))")
    }
    guard let branch, let place = try repository.placeKnownToGit(ofWorktree: path, branch: branch)
    else { return nil }
    return MovedWorktree(
      place: place, command: "\(git) move \(Paths.argument(place)) \(Paths.argument(path))")
  }

  private static func neighbours(of path: FilePath, _ project: Project) -> [FilePath] {
    let parents = [
      path.removingLastComponent(), project.root.appending(".piko"), project.root,
      project.root.removingLastComponent(),
    ]
    return parents.flatMap { parent in
      ((try? FileCopy.entries(of: parent)) ?? []).map { parent.appending($0) }
    }
  }
}
