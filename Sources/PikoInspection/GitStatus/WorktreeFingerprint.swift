import PikoCore
import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// All that `git status` looks at for its answer about a worktree, as one number: the kind, mode,
/// size, times and inode of every file, and the variables that direct git.
///
/// git itself takes a file for unchanged where these are (racy-git(5)). The status change time counts
/// as well, which no program can set back.
struct WorktreeFingerprint {
  /// The same as long as nothing changes, in whatever order directories list their entries.
  private(set) var value: UInt64 = 0
  /// When the last change was, in nanoseconds since 1970.
  private(set) var newest = 0

  /// Entries of this name inside of a worktree are other repositories, which git asks by itself.
  private static let repository = Array(".git".utf8)
  /// Files that say what git ignores and how it compares, ignored ones too.
  private static let rules: Set<[UInt8]> = [Array(".gitignore".utf8), Array(".gitattributes".utf8)]
  /// More files than this are seen faster by git, which asks about them on several threads, and in one
  /// in which somebody works the answer has to be made anew each time.
  private static let limit = 10_000

  /// Whether a worktree has more files than are looked at, by its index alone, which counts those
  /// that git tracks in its header: `DIRC`, the version, and their number (gitformat-index(5)).
  static func isTooLarge(index: FilePath) -> Bool {
    guard let file = try? FileDescriptor.open(index, .readOnly, options: .closeOnExec) else {
      return false
    }
    defer { try? file.close() }
    var header = [UInt8](repeating: 0, count: 12)
    let count = try? header.withUnsafeMutableBytes { try file.read(into: $0) }
    guard count == header.count, header.starts(with: "DIRC".utf8) else { return false }
    return header[8...].reduce(0) { $0 << 8 | Int($1) } > limit
  }

  private let ignored: Set<[UInt8]>
  private var count = 0

  /// - Parameters:
  ///   - sources: absolute paths of the files that count besides the worktree's own.
  ///   - ignored: paths in the worktree that git ignores, directories with a slash at their end.
  /// - Returns: nil where something cannot be read, another repository lies inside, or there is more
  ///   than can be looked at quickly.
  init?(of worktree: FilePath, sources: [String], leavingOut ignored: Set<[UInt8]>) {
    self.ignored = ignored
    var hash = FNV1a()
    for (name, value) in ChildEnvironment.pinned().variables.sorted(by: { $0.key < $1.key })
    where name.hasPrefix("GIT_") || name == "HOME" || name == "XDG_CONFIG_HOME" {
      hash.add("\(name)=\(value)\0".utf8)
    }
    for source in sources {
      var status = stat()
      hash.add("\(source)\0".utf8)
      if stat(source, &status) == 0 { take(status, into: &hash) }
    }
    value = hash.value
    let directory = open(worktree.string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0, add(directory, at: []) else { return nil }
  }

  /// Adds what a directory holds, and closes it.
  ///
  /// - Parameter place: its path in the worktree, empty or with a slash at its end.
  private mutating func add(_ directory: Int32, at place: [UInt8]) -> Bool {
    guard let stream = fdopendir(directory) else {
      close(directory)
      return false
    }
    defer { closedir(stream) }
    errno = 0
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
      guard name != [46], name != [46, 46] else { continue }
      if name == WorktreeFingerprint.repository, !place.isEmpty { return false }
      count += 1
      let path = place + name
      guard count <= WorktreeFingerprint.limit, add(entry: path, named: name, in: directory) else {
        return false
      }
      errno = 0
    }
    return errno == 0
  }

  private mutating func add(entry path: [UInt8], named name: [UInt8], in directory: Int32) -> Bool {
    let terminated = (name + [0]).map { CChar(bitPattern: $0) }
    var status = stat()
    guard fstatat(directory, terminated, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return false }
    let isDirectory = status.st_mode & S_IFMT == S_IFDIR
    var hash = FNV1a()
    if ignored.contains(isDirectory ? path + [47] : path),
      isDirectory || !WorktreeFingerprint.rules.contains(name)
    {
      // It may be ignored for what the directory itself says.
      guard isDirectory else { return true }
      hash.add(path)
      take(openat(directory, terminated, O_RDONLY | O_DIRECTORY | O_CLOEXEC), into: &hash)
      value &+= hash.value
      return true
    }
    hash.add(path)
    hash.add(path.count)
    guard isDirectory else {
      take(status, into: &hash)
      value &+= hash.value
      return true
    }
    // What a directory holds is added by itself; its own times change with ignored files too.
    hash.add(status.st_mode)
    value &+= hash.value
    newest = max(newest, WorktreeFingerprint.changed(status))
    let inner = openat(directory, terminated, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    return inner >= 0 && add(inner, at: path + [47])
  }

  /// Adds the rules of a directory that is ignored, and closes it.
  private mutating func take(_ directory: Int32, into hash: inout FNV1a) {
    guard directory >= 0 else { return }
    defer { close(directory) }
    var status = stat()
    if fstatat(directory, ".gitignore", &status, AT_SYMLINK_NOFOLLOW) == 0 {
      take(status, into: &hash)
    }
  }

  private mutating func take(_ status: stat, into hash: inout FNV1a) {
    hash.add(status.st_mode)
    hash.add(status.st_size)
    hash.add(status.st_ino)
    hash.add(WorktreeFingerprint.written(status))
    hash.add(WorktreeFingerprint.changed(status))
    newest = max(newest, WorktreeFingerprint.changed(status))
  }

  private static func changed(_ status: stat) -> Int {
    #if canImport(Glibc)
      status.st_ctim.tv_sec * 1_000_000_000 + status.st_ctim.tv_nsec
    #else
      status.st_ctimespec.tv_sec * 1_000_000_000 + status.st_ctimespec.tv_nsec
    #endif
  }

  private static func written(_ status: stat) -> Int {
    #if canImport(Glibc)
      status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec
    #else
      status.st_mtimespec.tv_sec * 1_000_000_000 + status.st_mtimespec.tv_nsec
    #endif
  }
}
