import FoundationEssentials
package import PikoCore
package import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The few things that this module does with files.
package enum Files {
  /// What lies at `path`, symbolic links followed; nil where nothing does.
  package static func kind(_ path: FilePath) -> FileFacts.Kind? {
    var status = stat()
    guard stat(path.string, &status) == 0 else { return nil }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return .file
    case S_IFDIR: return .directory
    default: return .other
    }
  }

  /// The facts of this machine's files, for the isolation.
  package static let facts = FileFacts { Files.kind($0) }

  /// A file's text; nil where it cannot be read.
  package static func text(_ path: FilePath) -> String? {
    try? String(contentsOfFile: path.string, encoding: .utf8)
  }

  /// Whether a file is run by an interpreter that its first line names.
  static func isScript(_ path: FilePath) -> Bool {
    guard let file = try? FileDescriptor.open(path, .readOnly, options: .closeOnExec) else {
      return false
    }
    defer { try? file.close() }
    var start: [UInt8] = [0, 0]
    let count = try? start.withUnsafeMutableBytes { try file.read(into: $0) }
    return count == 2 && start == Array("#!".utf8)
  }

  /// What is the same of all names of one file; nil where there is none.
  static func identity(_ path: FilePath) -> [UInt64]? {
    var status = stat()
    guard stat(path.string, &status) == 0 else { return nil }
    return [UInt64(status.st_dev), UInt64(status.st_ino)]
  }

  /// When and how large: changes with each new version of a file.
  static func stamp(_ path: FilePath) -> String? {
    var status = stat()
    guard stat(path.string, &status) == 0 else { return nil }
    let time = status.st_mtim
    return "\(time.tv_sec).\(time.tv_nsec) \(status.st_size)"
  }

  /// Writes a file in one piece: a reader sees the old text or the new one.
  ///
  /// A file that has that text already is left as it is.
  ///
  /// - Parameter isPrivate: whether nobody but this user may read it.
  /// - Returns: whether it had another text, or was not there.
  @discardableResult
  package static func replace(
    _ path: FilePath, with text: String, isPrivate: Bool = false
  ) throws(Failure) -> Bool {
    if Files.text(path) == text { return false }
    let draft = FilePath(path.string + ".\(getpid()).new")
    do {
      let file = try FileDescriptor.open(
        draft, .writeOnly, options: [.create, .truncate, .closeOnExec],
        permissions: isPrivate ? .ownerReadWrite : [.ownerReadWrite, .groupRead, .otherRead])
      try file.closeAfter { _ = try file.writeAll(text.utf8) }
    } catch {
      unlink(draft.string)
      throw Failure("cannot write \(Paths.display(path).quoted): \(error)")
    }
    guard rename(draft.string, path.string) == 0 else {
      let reason = Errno.current
      unlink(draft.string)
      throw Failure("cannot write \(Paths.display(path).quoted): \(reason)")
    }
    return true
  }

  /// Makes a directory where there is none yet; the one above it is there.
  package static func makeDirectory(_ path: FilePath) throws(Failure) {
    guard mkdir(path.string, 0o777) != 0, errno != EEXIST else { return }
    throw Failure("cannot make directory \(Paths.display(path).quoted): \(Errno.current)")
  }

  /// The names in a directory, in order; empty where it cannot be read.
  static func names(in directory: FilePath) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: directory.string))?.sorted() ?? []
  }
}
