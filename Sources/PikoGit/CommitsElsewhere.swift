package import PikoCore

extension Repository {
  /// How many commits a branch has that no other branch, tag or remote-tracking branch has.
  ///
  /// Nothing else counts: HEAD of the branch's own worktree would always have them all, and the
  /// stash or a bisection's references come and go without a word.
  package func commitsOnly(onBranch name: BranchName) throws(Failure) -> Int {
    guard let tip = try tip(ofBranch: name) else { return 0 }
    return try count([tip], elsewhere(besides: name))
  }

  /// How many commits a detached HEAD has that no branch, tag or remote-tracking branch has.
  package func commitsOnly(onDetached oid: String) throws(Failure) -> Int {
    try commitsOnly(onDetached: [oid])
  }

  /// How many commits these have that no branch, tag or remote-tracking branch has.
  func commitsOnly(onDetached oids: [String], besides head: String? = nil) throws(Failure) -> Int {
    try count(oids, elsewhere(besides: nil) + (head.map { [$0] } ?? []))
  }

  /// The commits of `revision` that are counted so, as the arguments of `git log`.
  package func onlyOn(_ revision: String, branch: BranchName?) throws(Failure) -> [String] {
    [revision] + (try elsewhere(besides: branch))
  }

  private func elsewhere(besides branch: BranchName?) throws(Failure) -> [String] {
    guard let branch else { return ["--not", "--branches", "--tags", "--remotes"] }
    let own = try names(ofBranch: branch)
    var arguments = ["--not"]
    for (folder, short) in [
      ("refs/heads", "--branches"), ("refs/tags", "--tags"), ("refs/remotes", "--remotes"),
    ] {
      // An exclusion holds for the next pattern alone (git-rev-list(1)).
      let excluded = own.filter { $0.behind("\(folder)/") != nil }.flatMap { ["--exclude", $0] }
      arguments += excluded.isEmpty ? [short] : excluded + ["--glob", folder]
    }
    return arguments
  }

  /// The references that are this branch: its own, and symbolic ones, which end with it.
  private func names(ofBranch branch: BranchName) throws(Failure) -> [String] {
    let own = branch.reference
    let text = try commonGit.output(
      ["for-each-ref", "--format=%(symref) %(refname)"], failing: "cannot list the references")
    return [own] + text.split(separator: "\n").compactMap { $0.behind("\(own) ") }
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
