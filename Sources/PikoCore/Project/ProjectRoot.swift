package import SystemPackage

/// Where a project is, found from a directory by reading git's files alone: every verb begins with
/// it, so it starts no process and loads no library.
///
/// The rules are those of gitrepository-layout(5) and of git's own search: the nearest directory
/// upwards with a `.git`, or that is a git directory itself. `GIT_DIR` and its kin are not heeded.
package struct ProjectRoot: Sendable, Hashable {
  /// The main checkout; for a repository without one the directory that holds it. No symbolic link
  /// is in it.
  package let root: FilePath
  /// What all worktrees of the repository share (`git rev-parse --git-common-dir`), canonical.
  package let commonDirectory: FilePath
  /// This worktree's own part of it; ``commonDirectory`` in the main checkout.
  package let gitDirectory: FilePath
  /// The top of the worktree around the directory; nil inside a git directory and in a bare
  /// repository.
  package let worktree: FilePath?
  /// The environment whose worktree the directory is in.
  package let environment: EnvironmentName?
  /// Whether the repository has no main checkout.
  package let isBare: Bool

  /// A directory from which this project is found, whatever way its repository lies there.
  package var entrance: FilePath { isBare ? commonDirectory : root }

  /// Where environments' worktrees are, below ``root``.
  package static let worktrees = FilePath(".piko/worktrees")

  /// The worktree of an environment, made or not.
  package func worktree(of environment: EnvironmentName) -> FilePath {
    root.pushing(ProjectRoot.worktrees).appending(environment.text)
  }

  /// Finds the project that a directory belongs to.
  ///
  /// A submodule is a project of its own, save inside an environment's worktree, where it belongs to
  /// that environment.
  /// - Throws: status 128 where there is none, in git's words.
  package static func locate(from directory: FilePath) throws(Failure) -> ProjectRoot {
    let start = ShortFile.canonical(directory)
    guard (start ?? directory).isText else {
      throw Failure(
        "cannot work in \(Paths.display(directory).quoted): its path is not UTF-8",
        status: .cannotStart)
    }
    guard let start else {
      throw Failure(
        "cannot find \(Paths.display(directory).quoted): \(Errno.current)", status: .cannotStart)
    }
    let ceilings = Ceilings()
    var current = start
    while true {
      if let found = try Repository.around(current) {
        return try locate(start, in: found)
      }
      let parent = current.removingLastComponent()
      guard parent != current, !ceilings.contains(parent) else { throw notARepository() }
      current = parent
    }
  }

  /// Finds the project that this process's own directory belongs to.
  package static func locate() throws(Failure) -> ProjectRoot {
    try locate(from: ProcessEnvironment.currentDirectory())
  }

  /// Finds a project again of which it was written down where it is: nothing in a directory that holds
  /// a bare repository leads to that.
  ///
  /// - Throws: as ``locate(from:)`` of the root.
  package static func locate(
    root: FilePath, gitDirectory: FilePath
  ) throws(Failure) -> ProjectRoot {
    if let held = try? locate(from: gitDirectory), held.isBare, held.root == root { return held }
    return try locate(from: root)
  }

  private static func locate(
    _ start: FilePath, in found: Repository
  ) throws(Failure) -> ProjectRoot {
    if let top = found.top, found.isSubmodule,
      let outer = try? locate(from: top.removingLastComponent()), outer.environment != nil,
      found.gitDirectory.starts(with: outer.gitDirectory.appending("modules"))
    {
      return outer
    }
    let settings = RepositorySettings(of: found.commonDirectory)
    let isNamedGit = found.commonDirectory.lastComponent?.string == ".git"
    let isBare = settings.isBare ?? !(isNamedGit || (found.top != nil && !found.isLinked))
    let root = try root(of: found, settings, isBare: isBare, from: start)
    let isInside = found.top != nil && (found.isLinked || !isBare)
    return ProjectRoot(
      root: root, commonDirectory: found.commonDirectory, gitDirectory: found.gitDirectory,
      worktree: isInside ? found.top : nil, environment: environment(of: start, below: root),
      isBare: isBare)
  }

  private static func root(
    of found: Repository, _ settings: RepositorySettings, isBare: Bool, from start: FilePath
  ) throws(Failure) -> FilePath {
    let holder = found.commonDirectory.removingLastComponent()
    if isBare { return holder }
    if let worktree = settings.worktree,
      let checkout = ShortFile.canonical(found.commonDirectory.pushing(worktree))
    {
      return checkout
    }
    if found.commonDirectory.lastComponent?.string == ".git" { return holder }
    if !found.isLinked, let top = found.top { return top }
    // A git directory elsewhere (`--separate-git-dir`) does not say where its checkout is; an
    // environment's worktree lies below it.
    if let above = directory(above: ProjectRoot.worktrees, of: start) { return above }
    throw Failure(
      "cannot find the main checkout of \(Paths.display(found.commonDirectory).quoted)",
      hint: "tell git where it is: 'git config core.worktree DIR', typed there",
      status: .cannotStart)
  }

  private static func environment(of path: FilePath, below root: FilePath) -> EnvironmentName? {
    let parent = root.pushing(worktrees)
    guard path.starts(with: parent), path != parent else { return nil }
    let component = path.components.dropFirst(parent.components.count).first?.string
    guard let component, let name = try? EnvironmentName(normalizing: component),
      name.text == component
    else { return nil }
    return name
  }

  /// The directory that a path goes through just above `inner`; nil where it does not.
  private static func directory(above inner: FilePath, of path: FilePath) -> FilePath? {
    var current = path
    while !current.components.isEmpty {
      if current.ends(with: inner) {
        return current.removingLastComponent().removingLastComponent()
      }
      current.removeLastComponent()
    }
    return nil
  }

  /// The git directory of a worktree and the one it shares with the others of its repository, which
  /// is the same for the main one; nil where there is none.
  package static func gitDirectories(of worktree: FilePath) -> (own: FilePath, common: FilePath)? {
    guard let found = try? Repository.around(worktree), found.top != nil else { return nil }
    return (found.gitDirectory, found.commonDirectory)
  }

  private static func notARepository() -> Failure {
    Failure(
      "not a git repository (or any of the parent directories): .git",
      hint: "go to one, or make one: 'git init'", status: .cannotStart)
  }
}

/// A git directory as the search finds it.
private struct Repository {
  let gitDirectory: FilePath
  let commonDirectory: FilePath
  /// The directory whose `.git` led here; nil where the search began inside the git directory.
  let top: FilePath?

  /// Whether it is a linked worktree's.
  var isLinked: Bool { gitDirectory != commonDirectory }
  /// Whether it lies in another repository, where git keeps those of submodules.
  var isSubmodule: Bool {
    top.map { !gitDirectory.starts(with: $0) } == true
      && gitDirectory.components.contains { $0.string == "modules" }
  }

  /// The repository of a directory itself; nil where the search goes on upwards.
  ///
  /// - Throws: where a `.git` file leads nowhere, as git does.
  static func around(_ directory: FilePath) throws(Failure) -> Repository? {
    let dotGit = directory.appending(".git")
    switch ShortFile.kind(dotGit) {
    case .directory:
      if let path = ShortFile.canonical(dotGit), let found = Repository(path, top: directory) {
        return found
      }
    case .file:
      let text = (ShortFile.bytes(dotGit, limit: 1 << 20) ?? [])
      let prefix = Array("gitdir: ".utf8)
      guard text.starts(with: prefix) else {
        throw Failure(
          "invalid gitfile format: \(dotGit.string.masked)", status: .cannotStart)
      }
      let target = path(text.dropFirst(prefix.count))
      guard let path = ShortFile.canonical(directory.pushing(target)),
        let found = Repository(path, top: directory)
      else {
        throw Failure(
          "not a git repository: \(target.string.masked)",
          hint: "if the repository was moved, run 'git worktree repair' in it",
          status: .cannotStart)
      }
      return found
    case .other, nil: break
    }
    return Repository(directory, top: nil)
  }

  /// Nil where the directory is no git directory: a HEAD, and objects and refs, its own or shared
  /// ones (git's is_git_directory()).
  private init?(_ directory: FilePath, top: FilePath?) {
    guard Repository.isHead(directory.appending("HEAD")) else { return nil }
    var common = directory
    if let text = ShortFile.bytes(directory.appending("commondir"), limit: 1 << 20) {
      guard
        let shared = ShortFile.canonical(directory.pushing(Repository.path(text[...])))
      else { return nil }
      common = shared
    }
    guard ShortFile.kind(common.appending("objects")) == .directory,
      ShortFile.kind(common.appending("refs")) == .directory
    else { return nil }
    gitDirectory = directory
    commonDirectory = common
    self.top = top
  }

  private static func isHead(_ file: FilePath) -> Bool {
    // An old HEAD is a symbolic link to a branch that may not exist yet.
    if let target = ShortFile.target(of: file) { return target.starts(with: "refs") }
    guard let text = ShortFile.text(file, limit: 4_096) else { return false }
    return text.hasPrefix("ref:") || text.prefix { $0.isHexDigit }.count >= 40
  }

  /// The path in one of git's pointer files: all of it but the newlines at its end.
  private static func path(_ bytes: ArraySlice<UInt8>) -> FilePath {
    var rest = bytes
    while rest.last == UInt8(ascii: "\n") || rest.last == UInt8(ascii: "\r") { rest.removeLast() }
    let characters = rest.map { CChar(bitPattern: $0) } + [0]
    return FilePath(platformString: characters)
  }
}

/// The directories that the search does not enter from below (`GIT_CEILING_DIRECTORIES`, git(1)).
private struct Ceilings {
  private let directories: Set<FilePath>

  init() {
    let entries = ProcessEnvironment.value("GIT_CEILING_DIRECTORIES")?.split(separator: ":") ?? []
    directories = Set(
      entries.filter { $0.hasPrefix("/") }.map { entry in
        ShortFile.canonical(FilePath(String(entry))) ?? FilePath(String(entry))
      })
  }

  func contains(_ directory: FilePath) -> Bool { directories.contains(directory) }
}

extension FilePath {
  /// Whether its bytes are UTF-8, the replacement character of what is not left out.
  fileprivate var isText: Bool {
    FilePath(string) == self && !string.unicodeScalars.contains("\u{FFFD}")
  }
}
