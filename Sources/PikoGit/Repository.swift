package import PikoCore
package import SystemPackage

/// A project's repository, seen from the directory that a command was typed in.
///
/// It reads through libgit2 where that can open the repository, and through the `git` program where
/// it cannot (SHA-256, reftable, newer extensions); the answers are the same.
package struct Repository: Sendable {
  /// The git directory that all working trees share, symbolic links resolved.
  package let commonDirectory: FilePath
  /// The git directory of the working tree the command was typed in; the common one in the main.
  package let gitDirectory: FilePath
  /// The working tree the command was typed in; nil in a bare repository.
  package let workingTree: FilePath?
  /// Whether the repository has no main checkout.
  package let isBare: Bool

  /// git in the directory the command was typed in.
  let git: Git
  /// git in the common directory.
  var commonGit: Git { Git(in: commonDirectory, environment: git.environment) }
  let configuration: Configuration
  /// Whether libgit2 can open it.
  let isReadByLibrary: Bool

  /// Opens the repository that holds `directory`.
  ///
  /// - Parameter environment: the variables of every git that is run, hooks included.
  /// - Throws: status 128 where `directory` is in no repository.
  package init(
    holding directory: FilePath, environment: ChildEnvironment = .pinned()
  ) throws(Failure) {
    let git = Git(in: directory, environment: environment)
    let configured = Ahead { try Configuration(from: git) }
    let places = try Repository.places(by: git)
    let configuration = try configured.answer()
    self.git = git
    self.configuration = configuration
    gitDirectory = Disk.real(places.own)
    commonDirectory = Disk.real(places.common)
    isBare = configuration.bool("core.bare") ?? false
    workingTree = places.top
    isReadByLibrary = (try? RepositoryHandle(at: Disk.real(places.common))) != nil
  }

  /// The git directory of this working tree, the common one and the working tree's top.
  private static func places(
    by git: Git
  ) throws(Failure) -> (own: FilePath, common: FilePath, top: FilePath?) {
    let question = ["rev-parse", "--path-format=absolute"]
    let directories = ["--git-dir", "--git-common-dir", "--is-inside-work-tree"]
    let all = try git.run(question + directories + ["--show-toplevel"])
    let lines = all.text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if all.succeeded, lines.count == 5 {
      return (FilePath(lines[0]), FilePath(lines[1]), FilePath(lines[3]))
    }
    // Outside of a working tree there is no top; and paths may hold newlines: where the first ends is
    // told by what exists.
    let found = try git.run(question + directories)
    guard found.succeeded else { throw Repository.refusal(of: git.directory, found) }
    guard let paths = Repository.paths(in: found.output) else {
      throw Failure(
        "cannot read the repository of '\(Paths.display(git.directory))'", status: .cannotStart)
    }
    let top = paths.isInWorkingTree ? try git.run(question + ["--show-toplevel"]) : nil
    return (
      paths.own, paths.common,
      top.flatMap { $0.succeeded ? FilePath(String($0.text.dropLast())) : nil }
    )
  }

  /// libgit2's own handle, for the thread that asks; only where ``isReadByLibrary``.
  func handle() throws(Failure) -> RepositoryHandle { try RepositoryHandle(at: commonDirectory) }

  private static func refusal(of directory: FilePath, _ result: Program.Result) -> Failure {
    let shown = Paths.display(directory)
    var parent = directory
    while true {
      if Disk.kind(of: parent.appending(".git")) != nil {
        return Failure(
          "cannot open the repository of '\(shown)'", detail: result.errors, status: .cannotStart)
      }
      guard parent.removeLastComponent() else { break }
    }
    return Failure(
      "'\(shown)' is not in a git repository", hint: "to begin one, run 'git init'",
      status: .cannotStart)
  }

  /// The two directories and the truth that `rev-parse` printed.
  private static func paths(
    in output: [UInt8]
  ) -> (own: FilePath, common: FilePath, isInWorkingTree: Bool)? {
    let lines = String(decoding: output, as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: true).map(String.init)
    guard let last = lines.last, lines.count >= 3 else { return nil }
    for cut in 1..<(lines.count - 1) {
      let own = FilePath(lines[..<cut].joined(separator: "\n"))
      let common = FilePath(lines[cut..<(lines.count - 1)].joined(separator: "\n"))
      if Disk.kind(of: own) == .directory, Disk.kind(of: common) == .directory {
        return (own, common, last == "true")
      }
    }
    return nil
  }
}

// MARK: - Reading

extension Repository {
  /// What HEAD of the working tree the command was typed in names.
  package func head() throws(Failure) -> Head {
    if let name = try branchRead() { return .branch(name) }
    let symbolic = try git.run(["symbolic-ref", "-q", "HEAD"])
    let commit = try self.commit("HEAD")
    guard symbolic.succeeded else {
      guard let commit else { throw Failure("HEAD names no commit", status: .cannotStart) }
      return .detached(commit)
    }
    // A branch that is no text has no name here.
    guard let text = String(validating: symbolic.output, as: UTF8.self) else {
      return .detached(try resolve("HEAD"))
    }
    let reference = text.dropLast()
    let name = BranchName(reference: reference) ?? BranchName(String(reference))
    return commit == nil ? .unborn(name) : .branch(name)
  }

  /// The branch that HEAD names, where that has commits and both can be read without git.
  private func branchRead() throws(Failure) -> BranchName? {
    let file = gitDirectory.appending("HEAD")
    guard isReadByLibrary, Disk.kind(of: file) == .file,
      let name = Disk.textLine(file)?.behind("ref: ").flatMap({ BranchName(reference: $0) })
    else { return nil }
    return try tip(ofBranch: name) == nil ? nil : name
  }

  /// The commit that HEAD names.
  ///
  /// - Throws: where it names none.
  func resolve(_ head: Head) throws(Failure) -> String {
    switch head {
    case .branch(let name):
      if let tip = try tip(ofBranch: name) { return tip }
    case .detached(let commit): return commit
    case .unborn: break
    }
    return try resolve("HEAD")
  }

  /// The commit that a revision names, tags followed.
  ///
  /// - Throws: `unknown revision 'x'`.
  package func resolve(_ revision: String) throws(Failure) -> String {
    guard let commit = try commit(revision) else {
      throw Failure(
        "unknown revision \(revision.quoted)",
        hint: "to see what there is, run 'git branch --all' or 'git tag'")
    }
    return commit
  }

  /// The commit that a local branch points to; nil where there is no such branch.
  package func tip(ofBranch name: BranchName) throws(Failure) -> String? {
    try commit(reference: name.reference)
  }

  /// Whether there is a local branch of that name.
  package func hasBranch(_ name: BranchName) throws(Failure) -> Bool {
    try tip(ofBranch: name) != nil
  }

  /// The remote-tracking branches that `git worktree add` would take for a branch called `name`: one
  /// for each remote whose fetch refspecs map it to a reference that exists.
  package func remoteBranches(matching name: BranchName) throws(Failure) -> [RemoteBranch] {
    var matches: [RemoteBranch] = []
    for remote in configuration.names(in: "remote", having: "fetch") {
      let specs = configuration.all("remote.\(remote).fetch").compactMap(Refspec.init)
      guard let local = Refspec.destination(of: name.reference, in: specs) else { continue }
      guard let tip = try commit(reference: local) else { continue }
      matches.append(
        RemoteBranch(remote: remote, merge: name.reference, reference: local, tip: tip))
    }
    return matches
  }

  /// The full name that a revision has as a reference; nil where it is none, or an ambiguous one.
  func reference(of revision: String) throws(Failure) -> String? {
    guard !revision.hasPrefix("-") else { return nil }
    let result = try git.run(["rev-parse", "--verify", "-q", "--symbolic-full-name", revision])
    let name = result.text.split(separator: "\n").map(String.init)
    return result.succeeded && name.count == 1 ? name.first : nil
  }

  /// The commit of a reference by its full name.
  func commit(reference: String) throws(Failure) -> String? {
    if isReadByLibrary { return try handle().commit(of: reference) }
    return try commit(reference)
  }

  private func commit(_ revision: String) throws(Failure) -> String? {
    guard !revision.isEmpty, !revision.hasPrefix("-") else { return nil }
    let result = try git.run([
      "rev-parse", "--verify", "-q", "--end-of-options", "\(revision)^{commit}",
    ])
    let lines = result.text.split(separator: "\n")
    return result.succeeded ? lines.last.map(String.init) : nil
  }
}

/// What HEAD names.
package enum Head: Sendable, Equatable {
  /// A branch that has commits.
  case branch(BranchName)
  /// A commit, no branch.
  case detached(String)
  /// A branch without its first commit.
  case unborn(BranchName)
}

/// A remote's branch as this repository knows it.
package struct RemoteBranch: Sendable, Equatable, Codable {
  /// The remote's name, such as `origin`.
  package let remote: String
  /// The branch's full name there, such as `refs/heads/feature`.
  package let merge: String
  /// Its full name here, such as `refs/remotes/origin/feature`.
  package let reference: String
  /// The commit it points to.
  package let tip: String

  package init(remote: String, merge: String, reference: String, tip: String) {
    self.remote = remote
    self.merge = merge
    self.reference = reference
    self.tip = tip
  }

  /// Its name as it is typed, such as `origin/feature`.
  package var shortName: String { reference.behind("refs/remotes/") ?? reference }
}
