internal import CLibgit2
internal import PikoCore
internal import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What git's index remembers of a file, to know later that it did not change.
struct IndexStat: Sendable {
  var words:
    (
      UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32
    ) = (0, 0, 0, 0, 0, 0, 0, 0, 0)

  init() {}

  /// Times in seconds and nanoseconds, device, inode, owner and size, each cut to 32 bits.
  init(_ info: stat) {
    words = (
      UInt32(truncatingIfNeeded: info.st_ctim.tv_sec),
      UInt32(truncatingIfNeeded: info.st_ctim.tv_nsec),
      UInt32(truncatingIfNeeded: info.st_mtim.tv_sec),
      UInt32(truncatingIfNeeded: info.st_mtim.tv_nsec),
      UInt32(truncatingIfNeeded: info.st_dev), UInt32(truncatingIfNeeded: info.st_ino),
      info.st_uid, info.st_gid, UInt32(truncatingIfNeeded: info.st_size)
    )
  }
}

/// An index, version 2, as gitformat-index(5) lays it out: entries, the TREE extension, a checksum.
enum IndexFile {
  /// The file's bytes for a tree and the stat data of its files, in the same order.
  static func bytes(of tree: TreeListing, stats: [IndexStat]) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(tree.paths.count + tree.entries.count * 72 + 4096)
    out += Array("DIRC".utf8)
    append(2, to: &out)
    append(UInt32(tree.entries.count), to: &out)
    for (entry, stat) in zip(tree.entries, stats) {
      let begin = out.count
      let words = stat.words
      append(words.0, to: &out)
      append(words.1, to: &out)
      append(words.2, to: &out)
      append(words.3, to: &out)
      append(words.4, to: &out)
      append(words.5, to: &out)
      append(entry.mode, to: &out)
      append(words.6, to: &out)
      append(words.7, to: &out)
      append(words.8, to: &out)
      append(entry.oid, to: &out)
      let flags = UInt16(min(entry.length, 0xFFF))
      out.append(UInt8(flags >> 8))
      out.append(UInt8(flags & 0xFF))
      out += tree.bytes(of: entry)
      for _ in 0..<(8 - (out.count - begin) % 8) { out.append(0) }
    }
    var treeExtension: [UInt8] = []
    appendDirectory(0, of: tree, to: &treeExtension)
    out += Array("TREE".utf8)
    append(UInt32(treeExtension.count), to: &out)
    out += treeExtension
    out += SHA1.digest(of: out)
    return out
  }

  /// A directory: its name, its counts, its id, then those in it, shorter names first as git has it.
  private static func appendDirectory(_ place: Int, of tree: TreeListing, to out: inout [UInt8]) {
    let directory = tree.directories[place]
    let end = directory.start + directory.length
    out += tree.paths[(end - directory.nameLength)..<end]
    out.append(0)
    out += Array("\(directory.entryCount) \(directory.children.count)\n".utf8)
    append(directory.oid, to: &out)
    let children = directory.children.sorted { left, right in
      let (one, other) = (tree.directories[left], tree.directories[right])
      guard one.nameLength == other.nameLength else { return one.nameLength < other.nameLength }
      return left < right  // the tree's own order is that of the bytes
    }
    for child in children { appendDirectory(child, of: tree, to: &out) }
  }

  private static func append(_ word: UInt32, to out: inout [UInt8]) {
    out.append(UInt8(word >> 24))
    out.append(UInt8(word >> 16 & 0xFF))
    out.append(UInt8(word >> 8 & 0xFF))
    out.append(UInt8(word & 0xFF))
  }

  private static func append(_ oid: git_oid, to out: inout [UInt8]) {
    withUnsafeBytes(of: oid.id) { out.append(contentsOf: $0) }
  }
}
