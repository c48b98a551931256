package import PikoCore
import PikoStore
import SystemPackage

extension Project {
  /// The worktrees of environments, as their place and git's own files tell, that are in no database:
  /// both were lost. Nobody but their owner can say that one is none.
  package func lostEnvironments() throws(Failure) -> [EnvironmentName] {
    let parent = root.pushing(ProjectRoot.worktrees)
    guard FileCopy.isDirectory(parent) else { return [] }
    let known = Set(
      try environments().map(\.name) + (register?.environments(ofRoot: root) ?? []).map(\.name))
    var lost: [EnvironmentName] = []
    for entry in try FileCopy.entries(of: parent) {
      guard let name = try? EnvironmentName(normalizing: entry), name.text == entry,
        !known.contains(name),
        let place = try? ProjectRoot.locate(from: parent.appending(entry)),
        place.worktree == parent.appending(entry), place.commonDirectory == location.commonDirectory
      else { continue }
      lost.append(name)
    }
    return lost
  }

  /// Makes sure that no environment is hidden for good by the first one that is made after both
  /// databases were lost.
  ///
  /// - Throws: where there are such, and no database knows of the project.
  package func requireNothingLost() throws(Failure) {
    guard try name() == nil, try register?.projects.project(atRoot: root) == nil else { return }
    let lost = try lostEnvironments().map(\.text)
    guard !lost.isEmpty else { return }
    throw Failure(
      "no database tells of the environments in \(Paths.display(root).quoted), whose worktrees are "
        + "there: \(lost.joined(separator: ", "))", hint: Project.entering)
  }

  /// What to do about them.
  package static let entering = "to enter it again with its ports, run 'piko doctor --fix'"
}
