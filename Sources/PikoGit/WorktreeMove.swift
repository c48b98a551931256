package import PikoCore
package import SystemPackage

extension Repository {
  /// Has the two files that link a worktree and its record follow a repository that was moved as a
  /// whole. Git's own repair would follow the worktree's file to its former place, and change what
  /// another repository has there by now.
  ///
  /// Nothing is done where they do not say that the worktree was at `former`.
  ///
  /// - Parameter formerCommonDirectory: where the repository was then.
  package func follow(
    worktree path: FilePath, from former: FilePath, _ formerCommonDirectory: FilePath
  ) throws(Failure) {
    let link = path.appending(".git")
    let prefix = "gitdir: "
    guard Disk.kind(of: link) == .file, let line = Disk.line(link), line.hasPrefix(prefix) else {
      return
    }
    let target = FilePath(String(line.dropFirst(prefix.count)))
    guard target.removingLastComponent() == formerCommonDirectory.appending("worktrees"),
      let name = target.lastComponent
    else { return }
    let entry = AdminEntry(directory: commonDirectory.appending("worktrees").appending(name))
    // Cut off before, it may have been half done.
    guard entry.exists, let place = entry.workingTree, place == former || place == path else {
      return
    }
    try Disk.write("\(link)\n", to: entry.directory.appending("gitdir"))
    try Disk.write("\(prefix)\(entry.directory)\n", to: link)
  }
}
