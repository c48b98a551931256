internal import PikoCore
internal import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Small files and directories of a git directory.
enum Disk {
  /// What stands at a path.
  enum Kind { case file, directory, link, other }

  /// The kind of what stands at `path`, a symbolic link not followed; nil where nothing does.
  static func kind(of path: FilePath) -> Kind? {
    var info = stat()
    guard path.withPlatformString({ lstat($0, &info) }) == 0 else { return nil }
    return kind(of: info.st_mode)
  }

  static func kind(of mode: mode_t) -> Kind {
    switch mode & S_IFMT {
    case S_IFREG: .file
    case S_IFDIR: .directory
    case S_IFLNK: .link
    default: .other
    }
  }

  /// A file's bytes; nil where it cannot be read.
  static func read(_ path: FilePath) -> [UInt8]? {
    guard let file = try? FileDescriptor.open(path, .readOnly, options: .closeOnExec) else {
      return nil
    }
    defer { try? file.close() }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      guard let count = try? buffer.withUnsafeMutableBytes({ try file.read(into: $0) }) else {
        return nil
      }
      if count == 0 { return bytes }
      bytes += buffer[..<count]
    }
  }

  /// What a symbolic link holds; nil where it cannot be read.
  static func target(of path: FilePath) -> [UInt8]? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    let count = path.withPlatformString { readlink($0, &buffer, buffer.count) }
    return count < 0 ? nil : buffer[..<count].map { UInt8(bitPattern: $0) }
  }

  /// A file's text without the line end; nil where it cannot be read.
  static func line(_ path: FilePath) -> String? {
    bytesOfLine(path).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The same; nil also where it is no text, as a branch's name need not be.
  static func textLine(_ path: FilePath) -> String? {
    bytesOfLine(path).flatMap { String(validating: $0, as: UTF8.self) }
  }

  private static func bytesOfLine(_ path: FilePath) -> ArraySlice<UInt8>? {
    guard var bytes = read(path)?[...] else { return nil }
    while let last = bytes.last, last == UInt8(ascii: "\n") || last == UInt8(ascii: "\r") {
      bytes = bytes.dropLast()
    }
    return bytes
  }

  /// Writes a file anew, its mode left to the umask.
  static func write(_ text: String, to path: FilePath) throws(Failure) {
    try write(Array(text.utf8), to: path, mode: 0o666)
  }

  /// Writes a file anew.
  static func write(_ bytes: [UInt8], to path: FilePath, mode: mode_t) throws(Failure) {
    do {
      let file = try FileDescriptor.open(
        path, .writeOnly, options: [.create, .truncate, .closeOnExec],
        permissions: FilePermissions(rawValue: CModeT(mode)))
      _ = try file.closeAfter { try file.writeAll(bytes) }
    } catch {
      throw Failure("cannot write '\(Paths.display(path))': \(error)")
    }
  }

  /// Makes a directory, its mode left to the umask; one that is there already is fine.
  static func makeDirectory(_ path: FilePath) throws(Failure) {
    guard path.withPlatformString({ mkdir($0, 0o777) }) != 0, errno != EEXIST else { return }
    throw Failure("cannot make directory '\(Paths.display(path))': \(Errno.current)")
  }

  /// Makes a directory and those above it.
  static func makeDirectories(_ path: FilePath) throws(Failure) {
    let parent = path.removingLastComponent()
    if kind(of: path) == nil, parent != path, kind(of: parent) == nil {
      try makeDirectories(parent)
    }
    try makeDirectory(path)
  }

  /// Moves what stands at a path to another on the same filesystem.
  ///
  /// - Returns: false where the filesystem cannot move it, as an overlay cannot move a directory of
  ///   its lower layer (rename(2), `EXDEV`).
  static func move(_ path: FilePath, to target: FilePath) throws(Failure) -> Bool {
    let code = path.withPlatformString { from in
      target.withPlatformString { rename(from, $0) == 0 ? 0 : errno }
    }
    if code == 0 { return true }
    if code == EXDEV { return false }
    throw Failure(
      "cannot move '\(Paths.display(path))' to '\(Paths.display(target))': "
        + "\(Errno(rawValue: code))")
  }

  /// The names in a directory but `.` and `..`, sorted by bytes; empty where it cannot be read.
  static func names(in path: FilePath) -> [String] {
    guard let stream = path.withPlatformString({ opendir($0) }) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// The path with symbolic links resolved; of one that does not exist, its parent's resolved.
  static func real(_ path: FilePath) -> FilePath {
    if let resolved = path.withPlatformString({ realpath($0, nil) }) as UnsafeMutablePointer? {
      defer { free(resolved) }
      return FilePath(platformString: resolved)
    }
    guard let last = path.lastComponent, path.removingLastComponent() != path else { return path }
    return real(path.removingLastComponent()).appending(last)
  }
}
