import PikoConfig
import PikoCore
import PikoGit
import SystemPackage

/// The ignored files of the main checkout that a worktree gets, in the journal before the first one
/// is brought, so that another process knows after a kill what is piko's.
package struct Carriage: Codable {
  /// What is copied, relative to the root.
  var copies: [String] = []
  /// What is linked to.
  var links: [String] = []
  /// What the worktree holds beyond its commit once all are there; nil before.
  var footprint: Footprint?

  /// Whether a file of the worktree is one of these, whole or the beginning of it: nothing is lost
  /// with what the main checkout has too.
  func holds(_ path: String, in worktree: FilePath, root: FilePath) -> Bool {
    let path = FilePath(path)
    let own = worktree.pushing(path)
    if links.contains(where: { FilePath($0) == path }) {
      return FileCopy.leads(own, to: root.pushing(path))
    }
    guard copies.contains(where: { path.starts(with: FilePath($0)) }) else { return false }
    return FileCopy.isBeginning(own, of: root.pushing(path))
  }
}

extension IgnoredFiles {
  /// How many files were brought.
  typealias Count = (copied: Int, linked: Int)

  /// What the project names: `copy:` and `.worktreeinclude` to copy, `link:` to link. What the
  /// worktree has already stays, and what would be below one of its links is left out.
  func carriage(into worktree: FilePath, _ configuration: ProjectConfiguration) throws -> Carriage {
    let copies =
      try wanted(configuration.copy, "'copy:'", worktree)
      + placed(named(inFile: ".worktreeinclude"), "'.worktreeinclude'", worktree)
    let links = try wanted(configuration.link, "'link:'", worktree)
      .filter { isThere($0) && hasRoom(forLink: $0, in: worktree) }
    // A link brings all that is below it, and a folder made for that would be in its way. Git lists
    // the folder itself too where nothing else is in it.
    let besides = copies.filter { path in
      !links.contains { path.components.starts(with: $0.components) }
    }
    return Carriage(
      copies: besides.filter(isThere).map(IgnoredFiles.name), links: links.map(IgnoredFiles.name))
  }

  /// Whether a link can be made; said where something else is in its place.
  private func hasRoom(forLink path: FilePath, in worktree: FilePath) -> Bool {
    let link = worktree.pushing(path)
    guard FileCopy.exists(link) else { return true }
    if !FileCopy.leads(link, to: root.pushing(path)) {
      let name = IgnoredFiles.name(path).quoted
      Output.warn("\(name) of 'link:' was left out: the worktree has a \(name) already")
    }
    return false
  }

  /// Whether a path that git named is there; said where its name cannot be a text.
  private func isThere(_ path: FilePath) -> Bool {
    if FileCopy.exists(root.pushing(path)) { return true }
    if path.string.contains("\u{FFFD}") {
      Output.warn("\(path.string.quoted) was left out: its name is not UTF-8")
    }
    return false
  }

  /// Brings the files into a worktree.
  ///
  /// - Parameter show: told how many are copied, after each one.
  func carry(
    _ carriage: Carriage, into worktree: FilePath, show: (Int) -> Void
  ) throws -> Count {
    var count = (copied: 0, linked: 0)
    for path in carriage.copies.map({ FilePath($0) }) {
      try FileCopy.copy(path, from: root, to: worktree, leftOut: tellLeftOut) {
        count.copied += 1
        show(count.copied)
      }
    }
    // A copied folder may hold what was also to be linked.
    for path in carriage.links.map({ FilePath($0) })
    where hasRoom(forLink: path, in: worktree) {
      try link(path, into: worktree)
      count.linked += 1
    }
    return count
  }

  private func wanted(
    _ patterns: [String], _ key: String, _ worktree: FilePath
  ) throws -> [FilePath] {
    // Git lists nothing of these kinds.
    for pattern in patterns { tellLeftOut(root.pushing(IgnoredFiles.literal(pattern))) }
    let (ignored, notIgnored) = try matching(patterns)
    for path in notIgnored {
      Output.warn(
        "\(path.string.quoted) of \(key) was left out: git does not ignore it, so it would show as "
          + "untracked")
    }
    return placed(ignored, key, worktree)
  }

  /// Says where something is no file and is left out.
  private func tellLeftOut(_ path: FilePath) {
    guard let kind = FileCopy.special(path) else { return }
    var name = path
    _ = name.removePrefix(root)
    Output.warn("\(name.string.quoted) was left out: it is \(kind)")
  }

  /// Those that have a place in the worktree: through a link they would be written elsewhere.
  private func placed(_ paths: [FilePath], _ key: String, _ worktree: FilePath) -> [FilePath] {
    paths.filter { path in
      guard let link = FileCopy.linkInTheWay(of: path, below: worktree) else { return true }
      Output.warn(
        "\(IgnoredFiles.name(path).quoted) of \(key) was left out: \(link.string.quoted) is no "
          + "folder in this branch")
      return false
    }
  }

  private func link(_ path: FilePath, into worktree: FilePath) throws {
    guard FileCopy.linkInTheWay(of: path, below: worktree) == nil else { return }
    let link = worktree.pushing(path)
    try FileCopy.makeDirectories(link.removingLastComponent())
    let target = root.pushing(path)
    try FileCopy.makeLink(at: link, to: relative(path, from: link) ?? target)
    // A pattern such as `node_modules/` matches folders alone, and a link is none.
    let git = Git(in: worktree)
    let name = IgnoredFiles.name(path)
    guard try !git.run(["check-ignore", "--quiet", "--", name]).succeeded else { return }
    try Repository(holding: worktree).excludeFromStatus(["/\(Repository.pattern(matching: name))"])
  }

  /// A path below the root as a link says it from its own place, so that it holds when the project is
  /// moved; nil where a link in between, `.piko/worktrees` on another disk say, leads it astray.
  private func relative(_ path: FilePath, from link: FilePath) -> FilePath? {
    let place = link.removingLastComponent()
    let up = place.components.dropFirst(root.components.count).map { _ in FilePath.Component("..") }
    let relative = FilePath(root: nil, up).pushing(path)
    let target = ShortFile.canonical(root.pushing(path))
    return target != nil && ShortFile.canonical(place.pushing(relative)) == target ? relative : nil
  }

  /// The path without a slash at its end.
  private static func name(_ path: FilePath) -> String {
    FilePath(root: nil, path.components).string
  }
}
