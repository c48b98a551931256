internal import CLibgit2
internal import PikoCore
internal import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The main checkout as a place to copy files from: which of a tree's files it probably has, by what
/// its index remembers. Whoever copies one proves it by its name (``SHA1``), so whatever has become of
/// a file since, or of what the index says, costs time and no more.
struct MainCheckout: Sendable {
  let root: FilePath
  /// For each entry of the tree the size of the file in the main checkout; ``none`` where that has
  /// another content or none.
  let sizes: [UInt32]

  /// What ``sizes`` has for a file that is not there to be copied.
  static let none = UInt32.max

  /// Nil where there is no main checkout, or no index of it that can be read.
  init?(of repository: Repository, for tree: TreeListing) {
    let common = repository.commonDirectory
    guard !repository.isBare else { return nil }
    if repository.gitDirectory == common, let own = repository.workingTree {
      root = own
    } else if common.lastComponent == ".git" {
      root = common.removingLastComponent()
    } else {
      return nil
    }
    guard let index = Disk.read(common.appending("index")) else { return nil }
    sizes = MainCheckout.sizes(in: index, of: tree)
  }

  /// Goes through an index and a tree at once; both are sorted by the bytes of their paths. Versions
  /// 2 and 3 (gitformat-index(5)): version 4 is configured, and git's to do (``PlainCheckout``).
  static func sizes(in index: [UInt8], of tree: TreeListing) -> [UInt32] {
    var sizes = [UInt32](repeating: none, count: tree.entries.count)
    index.withUnsafeBytes { bytes in
      tree.paths.withUnsafeBytes { paths in
        guard var reader = IndexReader(bytes) else { return }
        var place = 0
        while place < tree.entries.count, let path = reader.next() {
          while place < tree.entries.count {
            let entry = tree.entries[place]
            let own = UnsafeRawBufferPointer(
              rebasing: paths[entry.start..<(entry.start + entry.length)])
            let order = compare(own, path)
            if order > 0 { break }
            if order == 0, entry.isFile, entry.mode == reader.mode, reader.isPlain,
              reader.names(entry.oid)
            {
              sizes[place] = reader.size
            }
            place += 1
          }
        }
      }
    }
    return sizes
  }

  private static func compare(
    _ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer
  ) -> Int {
    let common = min(one.count, other.count)
    if let left = one.baseAddress, let right = other.baseAddress, common > 0 {
      let order = memcmp(left, right, common)
      if order != 0 { return Int(order) }
    }
    return one.count - other.count
  }
}

/// The entries of an index, one after the other.
private struct IndexReader {
  private let bytes: UnsafeRawBufferPointer
  private var left: UInt32
  /// Where the current entry begins, and the next one.
  private var start = 0
  private var following = 12
  private var flags: UInt16 = 0

  init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count > 12 + 20, bytes.prefix(4).elementsEqual("DIRC".utf8) else { return nil }
    self.bytes = bytes
    left = IndexReader.word(bytes, 8)
    guard (2...3).contains(IndexReader.word(bytes, 4)) else { return nil }
  }

  /// Goes to the next entry and gives its path; nil at the end, and where the file is damaged.
  mutating func next() -> UnsafeRawBufferPointer? {
    start = following
    guard left > 0, start + 64 <= bytes.count - 20, let base = bytes.baseAddress else { return nil }
    left -= 1
    flags = UInt16(bytes[start + 60]) << 8 | UInt16(bytes[start + 61])
    let name = start + 62 + (flags & 0x4000 == 0 ? 0 : 2)
    guard let found = memchr(base + name, 0, bytes.count - name) else { return nil }
    let end = UnsafeRawPointer(found) - base
    following = start + (end - start + 8) / 8 * 8
    return UnsafeRawBufferPointer(rebasing: bytes[name..<end])
  }

  /// Whether it is an ordinary entry: neither of a merge nor one with flags beyond the first ones.
  var isPlain: Bool { flags & 0x7000 == 0 }
  var mode: UInt32 { IndexReader.word(bytes, start + 24) }
  var size: UInt32 { IndexReader.word(bytes, start + 36) }

  func names(_ oid: git_oid) -> Bool {
    withUnsafeBytes(of: oid.id) { id in
      guard let one = id.baseAddress, let other = bytes.baseAddress else { return false }
      return memcmp(one, other + start + 40, 20) == 0
    }
  }

  private static func word(_ bytes: UnsafeRawBufferPointer, _ at: Int) -> UInt32 {
    UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt32.self))
  }
}
