internal import CPosix
package import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

private let moved = rename(_:_:)

/// Copies files and folders as they are: modes and times kept, symbolic links as links, contents
/// shared with the original where the filesystem can (a reflink).
package enum FileCopy {
  /// Copies what stands at `path` below `source` to the same place below `target`, folders with all
  /// they hold. What stands there already is left as it is, and no symbolic link below `target` is
  /// followed. Parent folders are made.
  ///
  /// - Parameters:
  ///   - leftOut: called with each thing that is no file, folder or link.
  ///   - written: called for each file and link that was written.
  /// - Throws: where something cannot be read or written; the message names it.
  package static func copy(
    _ path: FilePath, from source: FilePath, to target: FilePath, leftOut: (FilePath) -> Void,
    written: () -> Void
  ) throws(Failure) {
    guard linkInTheWay(of: path, below: target) == nil else { return }
    try makeDirectories(target.pushing(path).removingLastComponent())
    try copyEntry(source.pushing(path), to: target.pushing(path), leftOut, written)
  }

  /// What stands at a path that is no file, folder or link: it belongs to a running program, and a
  /// copy of it would be none. Nil for all else.
  package static func special(_ path: FilePath) -> String? {
    switch kind(path) {
    case S_IFIFO: "a named pipe"
    case S_IFSOCK: "a socket"
    case S_IFCHR, S_IFBLK: "a device"
    default: nil
    }
  }

  /// The first part of `path`, its last one left out, that is a symbolic link below `directory`, or
  /// anything else that is no folder; nil where all of it can be made or is there.
  package static func linkInTheWay(
    of path: FilePath, below directory: FilePath
  ) -> FilePath? {
    var part = FilePath()
    for component in path.components.dropLast() {
      part.append(component)
      switch kind(directory.pushing(part)) {
      case nil: return nil
      case S_IFDIR: continue
      default: return part
      }
    }
    return nil
  }

  /// Makes a directory and those above it, with the user's umask.
  package static func makeDirectories(_ directory: FilePath) throws(Failure) {
    if directory.isEmpty || isDirectory(directory) { return }
    try makeDirectories(directory.removingLastComponent())
    guard directory.withPlatformString({ mkdir($0, 0o777) }) == 0 || errno == EEXIST else {
      throw cannot("make the directory", directory)
    }
  }

  /// Makes a symbolic link.
  package static func makeLink(at link: FilePath, to target: FilePath) throws(Failure) {
    guard pairing(target, link, symlink) == 0 else { throw cannot("link", link) }
  }

  /// Whether something stands at the path, a dangling link included.
  package static func exists(_ path: FilePath) -> Bool {
    kind(path) != nil
  }

  /// The kind of what stands at the path, as `lstat` gives it; nil where nothing does.
  private static func kind(_ path: FilePath) -> mode_t? {
    var information = stat()
    return path.withPlatformString({ lstat($0, &information) }) == 0
      ? information.st_mode & S_IFMT : nil
  }

  /// What a symbolic link holds; nil where there is none.
  package static func destination(of link: FilePath) -> FilePath? {
    guard kind(link) == S_IFLNK, let destination = try? linkDestination(link) else { return nil }
    return FilePath(platformString: destination)
  }

  /// Whether there is a symbolic link that leads to a path, as it is written.
  package static func leads(_ link: FilePath, to target: FilePath) -> Bool {
    destination(of: link).map {
      link.removingLastComponent().pushing($0).lexicallyNormalized() == target
    } ?? false
  }

  /// Whether a file is a copy of another one, or of its beginning; a link, whether both are the same.
  package static func isBeginning(_ file: FilePath, of other: FilePath) -> Bool {
    guard let kind = kind(file), kind == self.kind(other) else { return false }
    guard kind == S_IFREG else {
      return kind == S_IFLNK && destination(of: file) == destination(of: other)
    }
    guard let own = file.withPlatformString({ fopen($0, "re") }),
      let whole = other.withPlatformString({ fopen($0, "re") })
    else {
      return false
    }
    defer {
      fclose(own)
      fclose(whole)
    }
    var left = [UInt8](repeating: 0, count: 1 << 16)
    var right = left
    while true {
      let count = fread(&left, 1, left.count, own)
      if count == 0 { return ferror(own) == 0 }
      guard fread(&right, 1, count, whole) == count, left[..<count] == right[..<count] else {
        return false
      }
    }
  }

  /// Whether the path leads to a directory.
  package static func isDirectory(_ path: FilePath) -> Bool {
    var information = stat()
    return path.withPlatformString({ stat($0, &information) }) == 0
      && information.st_mode & S_IFMT == S_IFDIR
  }

  /// Whether two paths lead to one directory or file.
  package static func isSame(_ one: FilePath, _ other: FilePath) -> Bool {
    var first = stat()
    var second = stat()
    guard one.withPlatformString({ stat($0, &first) }) == 0,
      other.withPlatformString({ stat($0, &second) }) == 0
    else { return false }
    return first.st_dev == second.st_dev && first.st_ino == second.st_ino
  }

  /// When a file was last written, in nanoseconds since 1970; nil where there is none.
  package static func modified(_ path: FilePath) -> Int? {
    var information = stat()
    guard path.withPlatformString({ stat($0, &information) }) == 0 else { return nil }
    #if canImport(Glibc)
      let time = information.st_mtim
    #else
      let time = information.st_mtimespec
    #endif
    return Int(time.tv_sec) * 1_000_000_000 + Int(time.tv_nsec)
  }

  /// Gives what stands at a path another one on the same filesystem; nothing may stand there.
  package static func rename(_ source: FilePath, to target: FilePath) throws(Failure) {
    guard !exists(target), pairing(source, target, moved) == 0 else {
      throw cannot("move aside", source)
    }
  }

  /// The names in a directory, sorted, without `.` and `..`.
  package static func entries(of directory: FilePath) throws(Failure) -> [String] {
    try components(of: directory).map(\.string).sorted()
  }

  /// The same as they are: a name may be no text.
  private static func components(
    of directory: FilePath
  ) throws(Failure) -> [FilePath.Component] {
    guard let stream = directory.withPlatformString({ opendir($0) }) else {
      throw Failure("cannot read \(Paths.display(directory).quoted): \(Errno.current)")
    }
    defer { closedir(stream) }
    var names: [FilePath.Component] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CInterop.PlatformChar.self, capacity: 256) {
          FilePath.Component(platformString: $0)
        }
      }
      if let name, name.kind == .regular { names.append(name) }
    }
    return names
  }

  private static func copyEntry(
    _ source: FilePath, to target: FilePath, _ leftOut: (FilePath) -> Void,
    _ written: () -> Void
  ) throws(Failure) {
    try Interrupt.check()
    var information = stat()
    guard source.withPlatformString({ lstat($0, &information) }) == 0 else {
      throw cannot("read", source)
    }
    switch information.st_mode & S_IFMT {
    case S_IFDIR:
      let isMade = target.withPlatformString({ mkdir($0, 0o700) }) == 0
      guard isMade || errno == EEXIST else { throw cannot("make", target) }
      // The branch's own folder keeps its mode; its link or file of that name stays as it is.
      guard kind(target) == S_IFDIR else { return }
      for name in try components(of: source) {
        try copyEntry(source.appending(name), to: target.appending(name), leftOut, written)
      }
      if isMade { _ = target.withPlatformString { chmod($0, information.st_mode & 0o7777) } }
    case S_IFLNK:
      guard !exists(target) else { return }
      let destination = try linkDestination(source)
      guard target.withPlatformString({ symlink(destination, $0) }) == 0 else {
        throw cannot("make", target)
      }
      written()
    case S_IFREG:
      guard !exists(target) else { return }
      try copyFile(source, to: target, information)
      written()
    default:
      leftOut(source)
    }
  }

  private static func copyFile(
    _ source: FilePath, to target: FilePath, _ information: stat
  ) throws(Failure) {
    let reading = source.withPlatformString { open($0, O_RDONLY | O_CLOEXEC) }
    guard reading >= 0 else { throw cannot("read", source) }
    defer { close(reading) }
    let mode = information.st_mode & 0o7777
    let writing = target.withPlatformString {
      open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode | 0o200)
    }
    guard writing >= 0 else { throw cannot("write", target) }
    defer { close(writing) }
    if !reflink(reading, to: writing) { try copyBytes(reading, to: writing, target) }
    fchmod(writing, mode)
    #if canImport(Glibc)
      let times = [information.st_atim, information.st_mtim]
    #else
      let times = [information.st_atimespec, information.st_mtimespec]
    #endif
    futimens(writing, times)
  }

  private static func reflink(_ reading: Int32, to writing: Int32) -> Bool {
    #if canImport(Glibc)
      let shareExtents: UInt = 0x4004_9409  // FICLONE, ioctl_ficlone(2)
      return ioctl(writing, shareExtents, reading) == 0
    #else
      return false
    #endif
  }

  private static func copyBytes(
    _ reading: Int32, to writing: Int32, _ target: FilePath
  ) throws(Failure) {
    var buffer = [UInt8](repeating: 0, count: 1 << 18)
    while true {
      let count = buffer.withUnsafeMutableBytes { read(reading, $0.baseAddress, $0.count) }
      if count == 0 { return }
      guard count > 0 else {
        if errno == EINTR { continue }
        throw cannot("copy to", target)
      }
      var written = 0
      while written < count {
        let more = buffer.withUnsafeBytes {
          write(writing, $0.baseAddress?.advanced(by: written), count - written)
        }
        guard more >= 0 || errno == EINTR else { throw cannot("write", target) }
        written += max(more, 0)
      }
    }
  }

  /// What a link holds as it is: a path would lose a slash at its end.
  private static func linkDestination(_ link: FilePath) throws(Failure) -> [CChar] {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    let count = link.withPlatformString { readlink($0, &buffer, buffer.count - 1) }
    guard count >= 0 else { throw cannot("read", link) }
    return buffer
  }

  private static func pairing(
    _ one: FilePath, _ other: FilePath,
    _ call: (UnsafePointer<CChar>, UnsafePointer<CChar>) -> Int32
  ) -> Int32 {
    one.withPlatformString { one in other.withPlatformString { call(one, $0) } }
  }

  private static func cannot(_ act: String, _ path: FilePath) -> Failure {
    Failure("cannot \(act) \(Paths.display(path).quoted): \(Errno.current)")
  }
}
