internal import PikoCore
package import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What a walk through a directory finds that matters to its removal.
package struct TreeSurvey {
  /// What in and below the directory this user cannot delete: entries of directories that are neither
  /// writable nor this user's to make so, and what other filesystems are mounted on. Not all of them:
  /// the first so many.
  package private(set) var obstacles: [FilePath]
  /// Directories below it that have a `.git` of their own, so that git looks no further there.
  package private(set) var repositories: [FilePath] = []
  /// Directories below it that are git directories themselves, such as those of bare repositories and
  /// of submodules of repositories below it; the `.git` of those in ``repositories`` are left out.
  package private(set) var gitDirectories: [FilePath] = []
  /// What has one of the names that the caller asked for.
  package private(set) var noted: [FilePath] = []

  /// Directories below it that this user could open for the removal, but that nothing can look into
  /// as they are: they may hold anything.
  package private(set) var closed: [FilePath] = []

  private let limit: Int
  private let names: Set<String>
  private let user = geteuid()

  /// Walks through a directory, following no link.
  ///
  /// - Parameters:
  ///   - limit: how many obstacles are listed at most.
  ///   - names: what is to be noted wherever it stands, but not within other repositories.
  package init(of path: FilePath, limit: Int = 20, noting names: Set<String> = []) {
    self.limit = limit
    self.names = names
    obstacles = TreeRemoval.mounts(below: path)
    guard let directory = TreeRemoval.open(path, in: AT_FDCWD) else {
      if Disk.kind(of: path) == .directory { obstacles.append(path) }
      return
    }
    defer { close(directory) }
    walk(directory, at: path, isRoot: true, isOwn: true)
  }

  /// - Parameter isOwn: whether it is in no other repository.
  private mutating func walk(
    _ directory: Int32, at path: FilePath, isRoot: Bool = false, isOwn: Bool
  ) {
    var info = stat()
    guard fstat(directory, &info) == 0 else { return }
    let isOurs = user == 0 || info.st_uid == user
    let isWritable = isOurs || faccessat(directory, ".", W_OK | X_OK, AT_EACCESS) == 0
    var signs = 0
    var isOwn = isOwn
    let entries = TreeRemoval.names(in: directory)
    if !isRoot, entries.contains(where: { $0.text == ".git" }) {
      repositories.append(path)
      isOwn = false
    }
    for name in entries {
      var entry = stat()
      guard fstatat(directory, name.bytes, &entry, AT_SYMLINK_NOFOLLOW) == 0 else { continue }
      let place = path.appending(name.text)
      if isOwn, names.contains(name.text) { noted.append(place) }
      // As git tells a git directory (gitrepository-layout(5)).
      if ["HEAD", "objects", "refs"].contains(name.text) { signs += 1 }
      // In a sticky directory only the owners of an entry and of the directory may remove it.
      let isStuck = info.st_mode & S_ISVTX != 0 && !isOurs && entry.st_uid != user
      if !isWritable || isStuck { add(place) }
      guard Disk.kind(of: entry.st_mode) == .directory else { continue }
      if let child = TreeRemoval.open(name.bytes, in: directory) {
        walk(child, at: place, isOwn: isOwn)
        close(child)
      } else if entry.st_uid != user {
        add(place)
      } else {
        closed.append(place)
      }
    }
    if signs == 3, path.lastComponent?.string != ".git" { gitDirectories.append(path) }
  }

  private mutating func add(_ obstacle: FilePath) {
    if obstacles.count < limit { obstacles.append(obstacle) }
  }
}
