package import PikoCore

extension Repository {
  /// How many commits a branch has that no other branch, tag or remote-tracking branch has.
  ///
  /// Nothing else counts: HEAD of the branch's own worktree would always have them all, and the
  /// stash or a bisection's references come and go without a word.
  package func commitsOnly(onBranch name: String) throws(Failure) -> Int {
    guard let tip = try tip(ofBranch: name) else { return 0 }
    return try count([tip], Repository.elsewhere(besides: name))
  }

  /// How many commits a detached HEAD has that no branch, tag or remote-tracking branch has.
  package func commitsOnly(onDetached oid: String) throws(Failure) -> Int {
    try commitsOnly(onDetached: [oid])
  }

  /// How many commits these have that no branch, tag or remote-tracking branch has.
  func commitsOnly(onDetached oids: [String]) throws(Failure) -> Int {
    try count(oids, Repository.elsewhere(besides: nil))
  }

  /// The commits of `revision` that are counted so, as the arguments of `git log`.
  package static func onlyOn(_ revision: String, branch: String?) -> [String] {
    [revision] + elsewhere(besides: branch)
  }

  private static func elsewhere(besides branch: String?) -> [String] {
    // An exclusion holds for the next pattern alone (git-rev-list(1)).
    ["--not"] + (branch.map { ["--exclude", "refs/heads/\($0)"] } ?? [])
      + ["--glob", "refs/heads", "--tags", "--remotes"]
  }

  private func count(_ oids: [String], _ elsewhere: [String]) throws(Failure) -> Int {
    let oid = oids.first ?? ""
    let text = try commonGit.output(
      ["rev-list", "--count"] + oids + elsewhere, failing: "cannot count the commits of '\(oid)'")
    guard let count = Int(text.filter { !$0.isNewline }) else {
      throw Failure("cannot count the commits of '\(oid)'")
    }
    return count
  }
}
