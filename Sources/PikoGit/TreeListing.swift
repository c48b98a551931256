internal import CLibgit2
internal import PikoCore

/// Everything that a commit's tree holds, flattened in the order of git's index.
struct TreeListing: Sendable {
  /// A file, a symbolic link or a submodule.
  struct Entry: Sendable {
    /// Where its path begins in ``paths``.
    let start: Int
    /// The path's length in bytes.
    let length: Int
    /// git's own mode: 0100644, 0100755, 0120000 or 0160000.
    let mode: UInt32
    let oid: git_oid

    /// Whether it is a file, executable or not.
    var isFile: Bool { mode & 0o170000 == 0o100000 }
  }

  /// A directory, for the index's TREE extension (gitformat-index(5)).
  struct Directory: Sendable {
    let start: Int
    let length: Int
    /// The length of its last component.
    let nameLength: Int
    let oid: git_oid
    /// How many entries lie in it and below.
    var entryCount = 0
    /// Its directories, by their place in ``directories``.
    var children: [Int] = []
  }

  /// Every path, each ended by NUL: file names are bytes, not always text.
  private(set) var paths: [UInt8] = []
  private(set) var entries: [Entry] = []
  /// The root first, each directory before those in it.
  private(set) var directories: [Directory] = []
  /// The places in ``entries`` of the `.gitattributes` files.
  private(set) var attributeFiles: [Int] = []
  /// Whether a path is one that git itself would refuse or that needs a closer look.
  private(set) var hasDoubtfulPath = false

  /// Reads the tree of a commit.
  init(of commit: String, in repository: borrowing RepositoryHandle) throws(Failure) {
    let purpose = "cannot read commit '\(commit)'"
    guard var id = git_oid(hexadecimal: commit) else { throw Failure(purpose) }
    var object: OpaquePointer?
    try Libgit2.check(
      git_object_lookup(&object, repository.pointer, &id, GIT_OBJECT_COMMIT), purpose)
    defer { git_object_free(object) }
    var tree: OpaquePointer?
    try Libgit2.check(git_object_peel(&tree, object, GIT_OBJECT_TREE), purpose)
    defer { git_object_free(tree) }
    guard let tree else { throw Failure(purpose) }
    try append(tree, at: [], nameLength: 0, repository)
  }

  /// The path of an entry, as bytes.
  func bytes(of entry: Entry) -> ArraySlice<UInt8> {
    paths[entry.start..<(entry.start + entry.length)]
  }

  /// The path of an entry, as text for messages.
  func text(of entry: Entry) -> String { String(decoding: bytes(of: entry), as: UTF8.self) }

  /// Gives a path, ended by NUL, to a C call.
  func withPath<Value, E: Error>(
    at start: Int, length: Int, _ use: (UnsafePointer<CChar>) throws(E) -> Value
  ) throws(E) -> Value {
    try paths.withUnsafeBufferPointer { bytes throws(E) in
      let path = UnsafeBufferPointer(rebasing: bytes[start...(start + length)])
      return try path.withMemoryRebound(to: CChar.self) { text throws(E) in
        // The slice holds at least the NUL, so it has an address.
        try use(text.baseAddress.unsafelyUnwrapped)
      }
    }
  }

  /// Appends a tree and those in it; gives its place in ``directories``.
  @discardableResult
  private mutating func append(
    _ tree: OpaquePointer, at path: [UInt8], nameLength: Int,
    _ repository: borrowing RepositoryHandle
  ) throws(Failure) -> Int {
    let place = directories.count
    guard let id = git_tree_id(tree)?.pointee else { throw Failure("cannot read a tree") }
    directories.append(
      Directory(start: paths.count, length: path.count, nameLength: nameLength, oid: id))
    paths += path
    paths.append(0)
    let before = entries.count
    let prefix = path.isEmpty ? [] : path + [UInt8(ascii: "/")]
    for index in 0..<git_tree_entrycount(tree) {
      guard let entry = git_tree_entry_byindex(tree, index), let id = git_tree_entry_id(entry),
        let name = git_tree_entry_name(entry)
      else { throw Failure("cannot read a tree") }
      var bytes: [UInt8] = []
      while name[bytes.count] != 0 { bytes.append(UInt8(bitPattern: name[bytes.count])) }
      hasDoubtfulPath = hasDoubtfulPath || TreeListing.isDoubtful(bytes)
      guard git_tree_entry_type(entry) == GIT_OBJECT_TREE else {
        if bytes == Array(".gitattributes".utf8) { attributeFiles.append(entries.count) }
        let mode = git_tree_entry_filemode(entry).rawValue
        let isLink = mode == GIT_FILEMODE_LINK.rawValue
        hasDoubtfulPath = hasDoubtfulPath || (isLink && bytes.starts(with: Array(".git".utf8)))
        entries.append(
          Entry(
            start: paths.count, length: prefix.count + bytes.count, mode: mode, oid: id.pointee))
        paths += prefix
        paths += bytes
        paths.append(0)
        continue
      }
      var child: OpaquePointer?
      try Libgit2.check(
        git_tree_lookup(&child, repository.pointer, id), "cannot read a directory of the commit")
      defer { git_tree_free(child) }
      guard let child else { throw Failure("cannot read a directory of the commit") }
      let below = try append(child, at: prefix + bytes, nameLength: bytes.count, repository)
      directories[place].children.append(below)
    }
    directories[place].entryCount = entries.count - before
    return place
  }

  /// Names that git refuses or treats with care (`verify_path` in git's read-cache.c): `.git` in any
  /// spelling that some filesystem takes for it.
  private static func isDoubtful(_ name: [UInt8]) -> Bool {
    if name.isEmpty || name == [UInt8(ascii: ".")] || name == Array("..".utf8) { return true }
    guard let first = name.first, first == UInt8(ascii: ".") || first | 0x20 == UInt8(ascii: "g")
    else { return false }
    let lower = name.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    if lower.starts(with: Array("git~".utf8)) { return true }
    guard lower.starts(with: Array(".git".utf8)) else { return false }
    guard lower.count > 4 else { return true }
    return " .:\\".utf8.contains(lower[4]) || lower.contains { $0 > 0x7E }
  }
}
