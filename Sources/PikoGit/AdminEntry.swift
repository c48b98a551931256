internal import PikoCore
internal import SystemPackage

/// A linked worktree's folder in the common directory: `worktrees/NAME`.
struct AdminEntry: Sendable, Equatable {
  let directory: FilePath

  var name: String { directory.lastComponent?.string ?? "" }

  /// The working tree it names; nil where its `gitdir` cannot be read.
  var workingTree: FilePath? {
    guard let line = Disk.line(directory.appending("gitdir")), !line.isEmpty else { return nil }
    let file = FilePath(line)
    // git 2.48 and later may write it relative to the entry.
    let absolute =
      file.isAbsolute ? file : directory.appending(file.components).lexicallyNormalized()
    guard absolute.lastComponent?.string == ".git" else { return nil }
    return absolute.removingLastComponent()
  }

  /// Whether it is there.
  var exists: Bool { Disk.kind(of: directory) == .directory }
}

extension Repository {
  /// Every entry, by name.
  func entries() -> [AdminEntry] {
    let parent = commonDirectory.appending("worktrees")
    return Disk.names(in: parent).map { AdminEntry(directory: parent.appending($0)) }
  }

  /// The entries that name `path` as their working tree: one, save after a crash.
  func entries(for path: FilePath) -> [AdminEntry] {
    let real = Disk.real(path)
    return entries().filter { entry in
      entry.workingTree.map { $0 == path || Disk.real($0) == real } ?? false
    }
  }

  /// The entry that the `.git` file in `path` points to, if that is one of this repository, whether
  /// it still exists or not.
  func entryNamed(inside path: FilePath) -> AdminEntry? {
    let file = path.appending(".git")
    guard Disk.kind(of: file) == .file, let line = Disk.line(file), line.hasPrefix("gitdir: ")
    else {
      return nil
    }
    let target = FilePath(String(line.dropFirst("gitdir: ".count)))
    let absolute = target.isAbsolute ? target : Disk.real(path).appending(target.components)
    let entry = Disk.real(absolute.lexicallyNormalized())
    guard entry.removingLastComponent() == commonDirectory.appending("worktrees") else {
      return nil
    }
    return AdminEntry(directory: entry)
  }
}
