internal import CLibgit2
package import PikoCore
package import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What a worktree holds beyond its commit at one moment, so that what was put there later can be
/// told from it: a mark for each file, made of its path and of what `lstat` says of it.
///
/// Only marks are kept, not names: a dependency folder of 50,000 files fits into a journal's row.
package struct Footprint: Sendable, Equatable, Codable {
  private var marks: Set<UInt64> = []

  /// Of a worktree that holds nothing else.
  package init() {}

  /// Reads the marks as ``encode(to:)`` writes them.
  package init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    marks = Set(text.split(separator: " ").compactMap { UInt64($0, radix: 36) })
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(
      marks.sorted().map { String($0, radix: 36) }.joined(separator: " "))
  }

  /// Adds what stands at a path of the worktree: a file, a link, or all that a folder holds.
  package mutating func add(_ path: String, in worktree: FilePath) {
    for extra in Extra.all(at: path, in: worktree) { marks.insert(extra.mark) }
  }

  /// Adds all of another one's.
  package mutating func formUnion(_ other: Footprint) { marks.formUnion(other.marks) }

  func contains(_ extra: Extra) -> Bool { marks.contains(extra.mark) }

  mutating func insert(_ extra: Extra) { marks.insert(extra.mark) }
}

/// One thing in a worktree that its commit does not have as it is.
struct Extra: Sendable {
  /// Below the worktree.
  let path: String
  /// Tells its path and its state from any other.
  let mark: UInt64

  /// - Parameter note: what else tells its state, besides what `lstat` says.
  init(_ path: String, in worktree: FilePath, note: String = "") {
    self.path = path
    var info = stat()
    let file = worktree.pushing(FilePath(path))
    var state = "gone"
    if file.withPlatformString({ lstat($0, &info) }) == 0 {
      #if canImport(Glibc)
        let time = info.st_mtim
      #else
        let time = info.st_mtimespec
      #endif
      state = "\(info.st_mode) \(info.st_ino) \(info.st_size) \(time.tv_sec).\(time.tv_nsec)"
    }
    mark = FNV1a.hash("\(path)\0\(note)\0\(state)")
  }

  /// The file or link at a path, or all that the folder there holds. What cannot be looked at, by
  /// a name that is no UTF-8 say, counts by its path.
  static func all(at path: String, in worktree: FilePath) -> [Extra] {
    var name = path[...]
    while name.last == "/" { name = name.dropLast() }
    let file = worktree.pushing(FilePath(String(name)))
    switch Disk.kind(of: file) {
    case .directory:
      return Disk.names(in: file).flatMap { all(at: "\(name)/\($0)", in: worktree) }
    default: return [Extra(String(name), in: worktree)]
    }
  }
}

extension Repository {
  /// What a finished worktree holds beyond its commit now: changed, untracked and ignored files, and
  /// all of its initialised submodules.
  package func footprint(ofWorktree path: FilePath) throws(Failure) -> Footprint {
    var footprint = Footprint()
    for extra in try extras(inWorktree: path) { footprint.insert(extra) }
    return footprint
  }

  /// Every file of a worktree that is not as its commit has it. A tracked file that is missing is
  /// none: nothing is lost with it.
  func extras(inWorktree path: FilePath) throws(Failure) -> [Extra] {
    let git = Git(in: path, environment: git.environment)
    let ask = { (git: Git) throws(Failure) -> String in
      try git.output(
        [
          "--no-optional-locks", "status", "--porcelain=v2", "--untracked-files=all",
          "--ignored=matching", "--ignore-submodules=none", "--no-renames", "-z",
        ],
        failing: "cannot read the status of '\(Paths.display(path))'")
    }
    let text: String
    if let entry = recordedEntry(of: path, path) {
      text = try ShownIndex(of: entry, path, self.git(of: entry, path)).asked(ask)
    } else {
      text = try ask(git)
    }
    var extras: [Extra] = []
    for record in text.split(separator: "\0").map(String.init) {
      switch record.first {
      case "?", "!": extras += Extra.all(at: String(record.dropFirst(2)), in: path)
      case "1", "u":
        guard !record.hasPrefix("1 .D ") else { continue }
        // The fields before the path tell what is in the index (git-status(1)).
        let count = record.first == "1" ? 8 : 10
        let words = record.split(separator: " ", maxSplits: count)
        guard words.count == count + 1 else { continue }
        extras.append(
          Extra(
            String(words[count]), in: path,
            note: words.dropLast().joined(separator: " ")))
      default: break
      }
    }
    return try extras + submoduleFiles(in: path, git)
  }

  /// The files of initialised submodules: they have work of their own, which no status of this
  /// repository shows whole.
  private func submoduleFiles(in path: FilePath, _ git: Git) throws(Failure) -> [Extra] {
    guard Disk.kind(of: path.appending(".gitmodules")) != nil else { return [] }
    let text = try git.output(
      ["ls-files", "--stage", "-z"], failing: "cannot list the files of '\(Paths.display(path))'")
    var extras: [Extra] = []
    for line in text.split(separator: "\0") where line.hasPrefix("160000 ") {
      guard let tab = line.firstIndex(of: "\t") else { continue }
      extras += Extra.all(at: String(line[line.index(after: tab)...]), in: path)
    }
    for entry in entries(for: path) {
      let modules = entry.directory.appending("modules")
      guard Disk.kind(of: modules) != nil else { continue }
      extras += Extra.all(at: modules.string, in: path)
    }
    return extras
  }
}
