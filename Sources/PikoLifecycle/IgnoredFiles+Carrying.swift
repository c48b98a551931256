import PikoConfig
import PikoCore
import PikoGit
import SystemPackage

extension IgnoredFiles {
  /// Brings the ignored files that the project names into a worktree: `copy:` and
  /// `.worktreeinclude` as copies, `link:` as links to the main checkout. What the worktree has
  /// already stays.
  ///
  /// - Returns: how many files were copied or linked.
  func carry(into worktree: FilePath, _ configuration: ProjectConfiguration) throws -> Int {
    var count = 0
    for path in try wanted(configuration.copy, "copy") + named(inFile: ".worktreeinclude")
    where FileCopy.exists(root.pushing(path)) {
      count += try FileCopy.copy(root.pushing(path), to: worktree.pushing(path))
    }
    for path in try wanted(configuration.link, "link")
    where !FileCopy.exists(worktree.pushing(path)) {
      try link(path, into: worktree)
      count += 1
    }
    return count
  }

  private func wanted(_ patterns: [String], _ key: String) throws -> [FilePath] {
    let (ignored, notIgnored) = try matching(patterns)
    for path in notIgnored {
      Output.warn(
        "\(path.string.quoted) of '\(key):' was left out: git does not ignore it, so it would show as "
          + "untracked")
    }
    return ignored
  }

  private func link(_ path: FilePath, into worktree: FilePath) throws {
    let link = worktree.pushing(path)
    try FileCopy.makeDirectories(link.removingLastComponent())
    try FileCopy.makeLink(at: link, to: root.pushing(path))
    // A pattern such as `node_modules/` matches folders alone, and a link is none.
    let git = Git(in: worktree)
    let name = FilePath(root: nil, path.components).string
    guard try !git.run(["check-ignore", "--quiet", "--", name]).succeeded else { return }
    try Repository(holding: worktree).excludeFromStatus(["/\(name)"])
  }
}
