package import SystemPackage

/// The `git` program, run in one directory: what needs git's own rules, and what programs ask that
/// do not link libgit2.
package struct Git: Sendable {
  /// Where it runs: a working tree, or a git directory.
  package let directory: FilePath
  /// Its variables; ``ChildEnvironment/pinned()`` keeps `GIT_DIR` and its like away from it.
  package let environment: ChildEnvironment

  package init(in directory: FilePath, environment: ChildEnvironment = .pinned()) {
    self.directory = directory
    self.environment = environment
  }

  /// Runs git and collects what it writes; a status other than 0 is a result.
  ///
  /// - Throws: status 128 where git is missing or the directory cannot be entered.
  package func run(
    _ arguments: [String], input: [UInt8]? = nil, timeout: Duration? = nil
  ) throws(Failure) -> Program.Result {
    do {
      return try Program("git").run(
        arguments, in: directory, environment: environment, input: input,
        timeout: timeout)
    } catch  where !Program("git").exists {
      throw Failure(
        "cannot run 'git': not found on PATH", hint: "install it: run 'apt-get install git'",
        status: .cannotStart)
    }
  }

  /// Runs git and gives its standard output.
  ///
  /// - Throws: `purpose` with git's own words where the status is not 0.
  package func output(
    _ arguments: [String], failing purpose: @autoclosure () -> String
  ) throws(Failure) -> String {
    let result = try run(arguments)
    guard result.succeeded else {
      throw Failure(purpose(), detail: result.errors.isEmpty ? nil : result.errors)
    }
    return result.text
  }

  /// What a working tree has changed and where its branch stands.
  ///
  /// One call of git; a second one only where `branch` is compared for want of an upstream.
  ///
  /// - Parameters:
  ///   - branch: what to count ahead and behind against where no upstream is configured.
  ///   - listsIgnored: whether the paths that git ignores are listed too.
  package func status(
    comparedWith branch: String? = nil, listsIgnored: Bool = false, timeout: Duration? = nil
  ) throws(Failure) -> WorktreeStatus {
    let result = try run(
      [
        "--no-optional-locks", "status", "--porcelain=v2", "--branch", "--untracked-files=normal",
        "--ignore-submodules=none", "--ignored=\(listsIgnored ? "matching" : "no")", "-z",
      ], timeout: timeout)
    guard result.succeeded else {
      throw Failure(
        "cannot read the status of \(Paths.display(directory).quoted)", detail: result.errors)
    }
    var status = WorktreeStatus(porcelain: result.output)
    if status.upstream == nil, let branch, status.oid != nil {
      status.divergence = try divergence(from: branch)
    }
    return status
  }

  /// How many files of a working tree are changed or untracked (ignored ones are neither).
  package func uncommittedChanges() throws(Failure) -> Int { try status().uncommitted }

  /// Commits that HEAD and `branch` have which the other has not; nil where there is no `branch`.
  private func divergence(from branch: String) throws(Failure) -> WorktreeStatus.Divergence? {
    let result = try run([
      "--no-optional-locks", "rev-list", "--left-right", "--count", "--end-of-options",
      "HEAD...\(branch)", "--",
    ])
    let counts = result.text.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
    guard result.succeeded, counts.count == 2 else { return nil }
    return WorktreeStatus.Divergence(from: branch, ahead: counts[0], behind: counts[1])
  }
}
