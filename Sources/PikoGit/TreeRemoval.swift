package import PikoCore
package import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The removal of a directory with all that is in it: by descriptors, so that no symbolic link, not
/// even one put there meanwhile, leads out of it.
package enum TreeRemoval {
  /// Removes a directory. One that is gone is fine, one that is partly gone as well.
  ///
  /// - Parameters:
  ///   - last: the entry that goes last, by which a later run knows what it has begun.
  ///   - inventory: where given, nothing goes but what it has: what is not in it, or has changed
  ///     since, stays with the folders that it is in, and so does `last`.
  /// - Returns: whether all of it is gone.
  /// - Throws: the first thing that cannot be removed; a mounted filesystem before anything is.
  @discardableResult
  package static func remove(
    _ path: FilePath, last: String, only inventory: TreeInventory? = nil
  ) throws(Failure) -> Bool {
    try requireNoMounts(below: path)
    guard Disk.kind(of: path) != nil else { return true }
    guard let directory = openable(path, in: AT_FDCWD) else { throw failure(path) }
    defer { close(directory) }
    let isEmpty = try empty(
      directory, at: path, sparing: last, only: inventory, below: TreeInventory.top)
    guard isEmpty else { return false }
    let removed = last.withCString { unlinkat(directory, $0, 0) }
    if removed != 0, errno != ENOENT { throw failure(path.appending(last)) }
    let gone = path.withPlatformString { rmdir($0) }
    if gone != 0, errno == ENOTEMPTY, inventory != nil { return false }
    if gone != 0, errno != ENOENT { throw failure(path) }
    return true
  }

  /// - Throws: where a filesystem is mounted in or below a directory: what lies there is no part of it.
  static func requireNoMounts(below path: FilePath) throws(Failure) {
    guard let mount = mounts(below: path).first else { return }
    throw Failure(
      "cannot remove '\(Paths.display(path))': a filesystem is mounted at "
        + "'\(Paths.display(mount))'",
      hint: "run 'umount \(Paths.argument(mount))'")
  }

  // MARK: - Removing

  /// - Parameter parent: the inventory's mark of the directory.
  /// - Returns: whether nothing but what is spared is left in it.
  private static func empty(
    _ directory: Int32, at path: FilePath, sparing spared: String? = nil,
    only inventory: TreeInventory?, below parent: TreeInventory.Mark
  ) throws(Failure) -> Bool {
    try Interrupt.check()
    makeWritable(directory)
    var isEmpty = true
    for name in names(in: directory) where spared.map({ name.text != $0 }) ?? true {
      let mark = inventory == nil ? parent : TreeInventory.mark(of: name, in: directory, parent)
      if let inventory, !inventory.has(mark) {
        isEmpty = false
        continue
      }
      if unlinkat(directory, name.bytes, 0) == 0 {
        continue
      }
      if errno == ENOENT { continue }
      let place = path.appending(name.text)
      guard errno == EISDIR || errno == EPERM,
        let child = openable(name.bytes, in: directory)
      else { throw failure(place) }
      do {
        defer { close(child) }
        guard try empty(child, at: place, only: inventory, below: mark) else {
          isEmpty = false
          continue
        }
      }
      let code = unlinkat(directory, name.bytes, AT_REMOVEDIR)
      if code != 0, errno == ENOTEMPTY, inventory != nil {
        isEmpty = false
      } else if code != 0, errno != ENOENT {
        throw failure(place)
      }
    }
    return isEmpty
  }

  /// Lets the owner write to a directory that is theirs.
  private static func makeWritable(_ directory: Int32) {
    var info = stat()
    guard fstat(directory, &info) == 0, info.st_mode & 0o700 != 0o700 else { return }
    fchmod(directory, info.st_mode & 0o7777 | 0o700)
  }

  private static func failure(_ path: FilePath) -> Failure {
    Failure("cannot remove '\(Paths.display(path))': \(Errno.current)")
  }

  // MARK: - Looking

  /// Where filesystems are mounted in and below a directory (proc(5), `mountinfo`): what lies there
  /// is somebody else's.
  static func mounts(below path: FilePath) -> [FilePath] {
    let real = Disk.real(path)
    let lines = Disk.read("/proc/self/mountinfo").map { String(decoding: $0, as: UTF8.self) } ?? ""
    return lines.split(separator: "\n").compactMap { line in
      let fields = line.split(separator: " ")
      guard fields.count > 4 else { return nil }
      let place = FilePath(unescaped(fields[4]))
      return place.starts(with: real) ? place : nil
    }
  }

  /// Blanks, tabs, newlines and backslashes are written as three octal digits.
  private static func unescaped(_ field: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Array(field.utf8)[...]
    while let byte = rest.popFirst() {
      let digits = String(decoding: rest.prefix(3), as: UTF8.self)
      if byte == UInt8(ascii: "\\"), let value = UInt8(digits, radix: 8) {
        bytes.append(value)
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  // MARK: - Directories

  /// A name as the system has it, bytes and all.
  struct Name {
    let bytes: [CChar]
    var text: String {
      String(decoding: bytes.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }

  static func names(in directory: Int32) -> [Name] {
    let copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard copy >= 0, let stream = fdopendir(copy) else { return [] }
    defer { closedir(stream) }
    var names: [Name] = []
    while let entry = readdir(stream) {
      let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { raw in
        raw.prefix { $0 != 0 }.map { CChar(bitPattern: $0) } + [0]
      }
      if bytes != [0x2E, 0], bytes != [0x2E, 0x2E, 0] { names.append(Name(bytes: bytes)) }
    }
    return names
  }

  private static let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC

  /// `O_PATH`, which the importer leaves out (open(2)).
  private static let pathOnly: Int32 = 0o10000000

  static func open(_ path: FilePath, in directory: Int32) -> Int32? {
    path.withPlatformString { text in
      let opened = openat(directory, text, flags)
      return opened >= 0 ? opened : nil
    }
  }

  static func open(_ name: [CChar], in directory: Int32) -> Int32? {
    let opened = openat(directory, name, flags)
    return opened >= 0 ? opened : nil
  }

  /// Opens a directory, made readable first where it is this user's and is not.
  private static func openable(_ name: [CChar], in directory: Int32) -> Int32? {
    if let opened = open(name, in: directory) { return opened }
    guard errno == EACCES else { return nil }
    let handle = openat(directory, name, pathOnly | flags)
    guard handle >= 0 else { return nil }
    defer { close(handle) }
    // A path descriptor cannot be changed itself, but its name below /proc leads nowhere else.
    guard chmod("/proc/self/fd/\(handle)", 0o700) == 0 else { return nil }
    return open(name, in: directory)
  }

  private static func openable(_ path: FilePath, in directory: Int32) -> Int32? {
    openable(
      path.withPlatformString { Array(UnsafeBufferPointer(start: $0, count: path.length + 1)) },
      in: directory)
  }
}
