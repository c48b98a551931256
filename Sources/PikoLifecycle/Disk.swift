import PikoCore
import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Whether a directory can take what is about to be written.
enum Disk {
  /// Free space below which nothing is begun: a checkout would end half-way.
  static let leastFree: UInt64 = 16 << 20

  /// - Throws: where nothing can be made below the root.
  static func requireWritable(_ root: FilePath) throws(Failure) {
    for directory in [
      root.appending(".piko").appending("worktrees"), root.appending(".piko"), root,
    ]
    where FileCopy.isDirectory(directory) {
      guard access(directory.string, W_OK | X_OK) != 0 else { return }
      throw Failure("cannot write in \(Paths.display(directory).quoted): \(Errno.current)")
    }
  }

  /// - Throws: where less than ``leastFree`` bytes or no file is left.
  static func requireSpace(at directory: FilePath) throws(Failure) {
    var space = statvfs()
    guard statvfs(directory.string, &space) == 0 else { return }
    let free = UInt64(space.f_bavail) * UInt64(space.f_frsize)
    let isOutOfFiles = space.f_files > 0 && space.f_favail == 0
    guard free < leastFree || isOutOfFiles else { return }
    throw Failure(
      "no space left for a worktree in \(Paths.display(directory).quoted): "
        + (isOutOfFiles ? "no file can be made" : "\(free >> 20) MiB free"),
      hint: "to see environments that can go, run 'piko list'")
  }
}
