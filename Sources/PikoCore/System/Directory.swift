package import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Making and reading directories.
package enum Directory {
  /// Makes a directory and those above it, as far as they are not there.
  ///
  /// - Parameter mode: the permissions of those that are made, before the umask.
  /// - Throws: status 128 where one cannot be made, naming it.
  package static func make(_ directory: FilePath, mode: UInt32) throws(Failure) {
    if directory.isEmpty || directory.withPlatformString({ mkdir($0, mode) }) == 0 { return }
    var error = Errno.current
    let parent = directory.removingLastComponent()
    if error == .noSuchFileOrDirectory, parent != directory {
      try make(parent, mode: mode)
      if directory.withPlatformString({ mkdir($0, mode) }) == 0 { return }
      error = Errno.current
    }
    // A read-only disk is told before what is there already.
    if FileCopy.isDirectory(directory) { return }
    throw Failure(
      "cannot create directory \(Paths.display(directory).quoted): \(error)",
      hint: Paths.hint(toMove: directory), status: .cannotStart)
  }

  /// The names of what is in a directory; none where it cannot be read.
  package static func names(in directory: FilePath) -> [String] {
    guard let stream = directory.withPlatformString({ opendir($0) }) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }
}
