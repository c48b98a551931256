package import SystemPackage

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

extension ProjectRoot {
  /// What tells a repository from another one at the same place, and stays when its directory is moved
  /// on its disk: the number of its common directory's inode. The disk's own number is left out, since
  /// it may change with every start of the machine. Nil where there is nothing.
  package static func identity(of commonDirectory: FilePath) -> String? {
    var information = stat()
    guard stat(commonDirectory.string, &information) == 0 else { return nil }
    return String(information.st_ino)
  }

  /// Where the worktree of an environment is moved to before it is deleted: beside it, below a name
  /// that no environment can have. What stands there is piko's to delete, whatever ended the removal.
  package static func asidePlace(ofWorktree path: FilePath) -> FilePath {
    path.removingLastComponent().appending(".\(path.lastComponent?.string ?? "").removed")
  }
}
