import PikoCore
import PikoStore
import SystemPackage

/// A project that is a copy of another: its `.piko` and git's records in it tell of environments
/// that are the original's.
struct CopiedProject {
  let location: ProjectRoot
  /// The root of the project that it is a copy of.
  let original: FilePath

  init(_ location: ProjectRoot, of original: FilePath) {
    self.location = location
    self.original = original
  }

  /// Moves what was copied of the original's environments to the first free `.piko/copied-N`. Nothing
  /// is deleted, and nothing outside the copy is touched.
  ///
  /// - Returns: that directory.
  func setAside() throws -> FilePath {
    let piko = location.root.appending(".piko")
    var number = 1
    while FileCopy.exists(piko.appending("copied-\(number)")) { number += 1 }
    let place = piko.appending("copied-\(number)")
    try FileCopy.makeDirectories(place)
    try setAsideRecords(to: place.appending("git-worktrees"))
    try setAsideWorktrees(to: place.appending("worktrees"))
    // The databases last: they are what shows that there is something to do.
    let state = State.file(below: location.root)
    for suffix in DatabaseDamage.companions + [""] {
      let file = FilePath("\(state)\(suffix)")
      guard FileCopy.exists(file), let name = file.lastComponent else { continue }
      try FileCopy.rename(file, to: place.appending(name))
    }
    return place
  }

  /// Git's records of the original's worktrees, because of which it takes their branches for checked
  /// out. Those of worktrees elsewhere are the user's.
  private func setAsideRecords(to place: FilePath) throws {
    let records = location.commonDirectory.appending("worktrees")
    guard FileCopy.isDirectory(records) else { return }
    let worktrees = original.pushing(ProjectRoot.worktrees)
    for entry in try FileCopy.entries(of: records) {
      let record = records.appending(entry)
      guard let text = ShortFile.text(record.appending("gitdir")),
        FilePath(text.split(separator: "\n").first.map(String.init) ?? "").starts(with: worktrees)
      else { continue }
      try FileCopy.makeDirectories(place)
      try FileCopy.rename(record, to: place.appending(entry))
    }
  }

  /// The files of the worktrees. Their `.git`, which would lead git to the original, gets another
  /// name.
  private func setAsideWorktrees(to place: FilePath) throws {
    let worktrees = location.root.pushing(ProjectRoot.worktrees)
    guard FileCopy.isDirectory(worktrees) else { return }
    for entry in try FileCopy.entries(of: worktrees) {
      let link = worktrees.appending(entry).appending(".git")
      if FileCopy.exists(link), !FileCopy.isDirectory(link) {
        try FileCopy.rename(link, to: worktrees.appending(entry).appending(".git-of-the-original"))
      }
    }
    try FileCopy.rename(worktrees, to: place)
  }
}
