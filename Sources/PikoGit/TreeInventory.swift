package import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What a directory holds at one moment, so that its removal takes nothing that a program has put
/// there, or changed, since then.
package struct TreeInventory {
  /// Tells one thing at its place and in its state from any other, within one process.
  typealias Mark = Int

  /// That of the directory itself.
  static let top: Mark = 0

  private var marks: Set<Mark> = []

  /// Takes down all that is in a directory and below it, following no link.
  package init(of path: FilePath) {
    guard let directory = TreeRemoval.open(path, in: AT_FDCWD) else { return }
    defer { close(directory) }
    add(directory, TreeInventory.top)
  }

  func has(_ mark: Mark) -> Bool { marks.contains(mark) }

  private mutating func add(_ directory: Int32, _ parent: Mark) {
    for name in TreeRemoval.names(in: directory) {
      let mark = TreeInventory.mark(of: name, in: directory, parent)
      marks.insert(mark)
      guard let child = TreeRemoval.open(name.bytes, in: directory) else { continue }
      add(child, mark)
      close(child)
    }
  }

  /// - Parameter parent: the mark of the directory it is in.
  static func mark(of name: TreeRemoval.Name, in directory: Int32, _ parent: Mark) -> Mark {
    var hasher = Hasher()
    hasher.combine(parent)
    hasher.combine(name.bytes)
    var info = stat()
    guard fstatat(directory, name.bytes, &info, AT_SYMLINK_NOFOLLOW) == 0 else {
      return hasher.finalize()
    }
    hasher.combine(info.st_ino)
    guard Disk.kind(of: info.st_mode) != .directory else { return hasher.finalize() }
    #if canImport(Glibc)
      let time = info.st_mtim
    #else
      let time = info.st_mtimespec
    #endif
    hasher.combine(info.st_size)
    hasher.combine(time.tv_sec)
    hasher.combine(time.tv_nsec)
    return hasher.finalize()
  }
}
