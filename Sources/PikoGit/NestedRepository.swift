package import PikoCore
package import SystemPackage

/// A repository inside of a worktree, of which the worktree's own git sees nothing, or nothing of
/// its history.
///
/// It may go with the worktree where all that is in it is elsewhere too, by what git can tell
/// without asking the net: clones that package managers make do. What cannot be read may hold
/// anything.
package struct NestedRepository {
  /// Where it is: a directory that has a `.git`, or is a git directory itself.
  package let path: FilePath
  private let hasTree: Bool
  /// The worktree that it goes with.
  private let around: FilePath
  private let git: Git

  /// What may be nowhere else.
  package struct Work: Sendable, Equatable {
    /// What it is, after `with`.
    package let text: String
    /// The command that shows it.
    package let look: String

    fileprivate init(_ text: String, _ look: String) {
      self.text = text
      self.look = look
    }
  }

  /// - Parameters:
  ///   - path: a directory that has a `.git`.
  ///   - worktree: the one it lies in.
  package init(
    at path: FilePath, in worktree: FilePath, environment: ChildEnvironment = .pinned()
  ) {
    self.path = path
    hasTree = true
    around = worktree
    // Where its `.git` is none, the worktree around must not answer for it.
    git = Git(
      in: path,
      environment: environment.setting([
        "GIT_CEILING_DIRECTORIES": path.removingLastComponent().string
      ]))
  }

  /// - Parameter gitDirectory: a directory that git would take for a git directory.
  package init(
    gitDirectory: FilePath, in worktree: FilePath, environment: ChildEnvironment = .pinned()
  ) {
    path = gitDirectory
    hasTree = false
    around = worktree
    // Its own working tree, a submodule's say, may be gone.
    git = Git(
      in: gitDirectory,
      environment: environment.setting([
        "GIT_DIR": gitDirectory.string, "GIT_WORK_TREE": gitDirectory.string,
      ]))
  }

  /// Whether it is a submodule, whose repository is in the record of a worktree.
  package func isSubmodule(of repository: Repository) -> Bool {
    guard let line = Disk.line(path.appending(".git")), line.hasPrefix("gitdir: ") else {
      return false
    }
    let target = FilePath(String(line.dropFirst("gitdir: ".count)))
    let place = Disk.real(
      (target.isAbsolute ? target : Disk.real(path).appending(target.components))
        .lexicallyNormalized())
    let entries = repository.commonDirectory.appending("worktrees")
    return place.starts(with: entries) && place.components.contains { $0.string == "modules" }
  }

  // MARK: - Work

  /// What it holds that may be nowhere else; nil where nothing.
  ///
  /// - Parameter repository: that of the worktree around.
  package func work(in repository: Repository) -> Work? {
    guard let work = work(asked: []) else { return nil }
    // A repository that is the project's own content, for its tests say, is in the commits.
    let isContent =
      !hasTree && repository.hasCommitted(Disk.real(path), inWorktree: Disk.real(around))
    return isContent ? nil : work
  }

  /// - Parameter asked: the repositories for whose sake it is asked.
  private func work(asked: [FilePath]) -> Work? {
    let place = Paths.argument(path)
    let unreadable = Work("what git cannot read", "ls -la \(place)")
    let own = path.appending(".git")
    if hasTree, Disk.kind(of: own) == .directory,
      !["HEAD", "objects", "refs"].contains(where: { Disk.kind(of: own.appending($0)) != nil })
    {
      return nil
    }
    guard let directories else { return unreadable }
    let entry = AdminEntry(directory: directories.own)
    if hasTree {
      guard
        let status = try? ShownIndex(of: entry, path, git).asked({ (git) throws(Failure) in
          try git.status()
        })
      else { return unreadable }
      if let unfinished = entry.unfinished {
        return Work("\(unfinished) that is not finished", "git -C \(place) status")
      }
      if status.uncommitted > 0 {
        let text = status.uncommitted.counted("uncommitted or untracked file")
        return Work(text, "git -C \(place) status")
      }
    }
    guard isInside(directories.common) else { return workOfGuest(directories) }
    guard Disk.names(in: directories.common.appending("worktrees")).isEmpty else {
      return Work("worktrees of its own", "git -C \(place) worktree list")
    }
    guard let tips = tips(entry) else { return unreadable }
    if tips.isEmpty { return nil }
    guard let remotes = remotes(), let count = commits(of: entry, besides: remotes) else {
      return unreadable
    }
    let here = asked + [directories.common]
    if count == 0 || remotes.contains(where: { has($0, tips, asked: here) }) { return nil }
    return Work(
      "commits that no remote outside is known to have",
      "git -C \(place) log --all --not --remotes")
  }

  /// What is lost with the working tree of a repository that stays.
  private func workOfGuest(_ directories: (own: FilePath, common: FilePath)) -> Work? {
    guard directories.own != directories.common else { return nil }
    let place = Paths.argument(path)
    let entry = AdminEntry(directory: directories.own)
    if Disk.kind(of: directories.own.appending("locked")) != nil {
      return Work("a locked worktree", "git -C \(place) worktree list")
    }
    let head = text(["rev-parse", "--verify", "--quiet", "HEAD"])?.split(separator: "\n") ?? []
    let tips = head.map(String.init) + entry.leftTips
    guard !tips.isEmpty else { return nil }
    let count = text(["rev-list", "--count"] + tips + Self.kept).flatMap(Self.number)
    guard count != 0 else { return nil }
    return Work(
      "\((count ?? 1).counted("commit")) that no branch or tag reaches",
      "git -C \(place) log --walk-reflogs")
  }

  /// Its git directory, and the one it shares with its other working trees.
  private var directories: (own: FilePath, common: FilePath)? {
    let inside = hasTree ? path.appending(".git") : path
    if Disk.kind(of: inside) == .directory, Disk.kind(of: inside.appending("commondir")) == nil {
      return (Disk.real(inside), Disk.real(inside))
    }
    guard let own = directory("--git-dir"), let common = directory("--git-common-dir") else {
      return nil
    }
    return (own, common)
  }

  private func directory(_ option: String) -> FilePath? {
    text(["rev-parse", "--path-format=absolute", option]).map {
      Disk.real(FilePath(String($0.dropLast())))
    }
  }

  private func isInside(_ place: FilePath) -> Bool { place.starts(with: Disk.real(around)) }

  // MARK: - Commits

  private static let kept = ["--not", "--branches", "--tags", "--remotes"]

  private static func number(_ text: String) -> Int? { Int(text.filter { !$0.isNewline }) }

  /// What all its references, its HEAD and HEADs that were left point to; nil where git cannot tell.
  private func tips(_ entry: AdminEntry) -> [String]? {
    guard let references = text(["for-each-ref", "--format=%(objectname)"]) else { return nil }
    let head = text(["rev-parse", "--verify", "--quiet", "HEAD"])?.split(separator: "\n") ?? []
    return references.split(separator: "\n").map(String.init) + head.map(String.init)
      + entry.leftTips
  }

  /// How many commits it has that no remote of another machine is known to have; nil where git
  /// cannot tell.
  private func commits(of entry: AdminEntry, besides remotes: [Remote]) -> Int? {
    let head = text(["rev-parse", "--verify", "--quiet", "HEAD"]) == nil ? [] : ["HEAD"]
    return text(
      ["rev-list", "--count", "--all"] + head + entry.leftTips
        + ["--not"] + remotes.flatMap { $0.directory == nil ? $0.fetched : [] }
    ).flatMap(Self.number)
  }

  /// A remote, by where its objects are.
  private struct Remote {
    /// Its directory on this machine; nil where it is on another one.
    let directory: FilePath?
    /// What it is fetched into, as revision arguments.
    let fetched: [String]
  }

  /// Its remotes, those left out that are neither elsewhere nor a directory.
  private func remotes() -> [Remote]? {
    guard let configuration = try? Configuration(from: git) else { return nil }
    var remotes: [Remote] = []
    for name in configuration.names(in: "remote", having: "url") {
      guard let answer = text(["ls-remote", "--get-url", name]) else { return nil }
      let url = String(answer.dropLast())
      switch Self.place(ofURL: url) {
      case .elsewhere:
        let specs = configuration.all("remote.\(name).fetch").compactMap(Refspec.init)
        remotes.append(Remote(directory: nil, fetched: specs.flatMap(fetched)))
      case .local(let directory):
        let whole = directory.isAbsolute ? directory : path.appending(directory.components)
        remotes.append(Remote(directory: whole, fetched: []))
      case .unknown: continue
      }
    }
    return remotes
  }

  /// The references that a refspec writes over with those of the remote. Branches are one's own,
  /// except in a bare mirror.
  private func fetched(_ spec: Refspec) -> [String] {
    guard let target = spec.destination,
      !hasTree || ["refs/remotes/", "refs/tags/"].contains(where: { target.hasPrefix($0) })
    else { return [] }
    guard !target.contains("*") else { return ["--glob=\(target)"] }
    return text(["rev-parse", "--verify", "--quiet", target]) == nil ? [] : [target]
  }

  private enum Place {
    case elsewhere
    case local(FilePath)
    case unknown
  }

  /// Where a URL leads (git-fetch(1), "GIT URLS").
  private static func place(ofURL url: String) -> Place {
    if url.hasPrefix("file://") { return .local(FilePath(String(url.dropFirst("file://".count)))) }
    let colon = url.firstIndex(of: ":")
    let slash = url.firstIndex(of: "/") ?? url.endIndex
    guard let colon, colon < slash else { return url.isEmpty ? .unknown : .local(FilePath(url)) }
    // `ext::command` and its like may be anything.
    return url[colon...].hasPrefix("::") ? .unknown : .elsewhere
  }

  /// Whether a repository of this machine, which stays or holds no work itself, has all of these.
  private func has(_ remote: Remote, _ tips: [String], asked: [FilePath]) -> Bool {
    guard let directory = remote.directory, Disk.kind(of: Disk.real(directory)) == .directory else {
      return false
    }
    let there = NestedRepository(at: directory, in: around, environment: environment)
    guard let common = there.directory("--git-common-dir"), !asked.contains(common) else {
      return false
    }
    let shared = NestedRepository(gitDirectory: common, in: around, environment: environment)
    let input = Array((tips.joined(separator: "\n") + "\n").utf8)
    let result = try? shared.git.run(["rev-list", "--count", "--stdin"] + Self.kept, input: input)
    guard let result, result.succeeded, Self.number(result.text) == 0 else { return false }
    return !isInside(common) || shared.work(asked: asked) == nil
  }

  private var environment: ChildEnvironment {
    git.environment.removing { ["GIT_DIR", "GIT_WORK_TREE"].contains($0) }
  }

  private func text(_ arguments: [String]) -> String? {
    guard let result = try? git.run(arguments), result.succeeded else { return nil }
    return result.text
  }
}

extension Repository {
  /// Whether all files of a folder of a worktree are tracked: changes show in its status then.
  fileprivate func hasCommitted(_ folder: FilePath, inWorktree path: FilePath) -> Bool {
    guard let entry = recordedEntry(of: path, path) else { return false }
    let git = self.git(of: entry, path)
    let below = FilePath(
      root: nil, folder.components.dropFirst(path.components.count))
    let literal = ":(literal)\(below.string)"
    guard let tracked = try? git.run(["ls-files", "-z", "--", literal]),
      let others = try? git.run(["ls-files", "--others", "-z", "--", literal])
    else { return false }
    return tracked.succeeded && others.succeeded && !tracked.output.isEmpty
      && others.output.isEmpty
  }
}
