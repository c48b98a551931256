internal import CLibgit2
package import PikoCore
internal import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension Repository {
  /// Makes the plan's branch with its reflog and upstream, as `git branch` does.
  func makeBranch(_ plan: BranchPlan) throws(Failure) {
    let isLogged = configuration.string("core.logallrefupdates").map { $0.lowercased() == "true" }
    let isPlain = isReadByLibrary && isLogged != false && PlainCheckout.isAllowed(by: configuration)
    let purpose = "cannot create branch \(plan.branch.quoted)"
    try CommonLock.holding(commonDirectory) { () throws(Failure) in
      if isPlain, plan.tracking != .asGitDecides, !plan.branch.text.contains("\"") {
        try makeBranchByLibrary(plan, purpose)
      } else {
        try makeBranchByGit(plan, purpose)
      }
    }
  }

  private func makeBranchByLibrary(_ plan: BranchPlan, _ purpose: String) throws(Failure) {
    let repository = try handle()
    let identity = Identity(configuration, git.environment)
    git_repository_set_ident(repository.pointer, identity.name, identity.email)
    guard var id = git_oid(hexadecimal: plan.tip) else { throw Failure(purpose) }
    let code = Libgit2.retryingWhileLocked {
      var made: OpaquePointer?
      defer { git_reference_free(made) }
      return git_reference_create(
        &made, repository.pointer, plan.branch.reference, &id, 0,
        "branch: Created from \(plan.startName)")
    }
    if code == GIT_EEXISTS.rawValue {
      throw Failure("a branch named \(plan.branch.quoted) already exists")
    }
    try Libgit2.check(code, purpose)
    guard case .upstream(let remote, let merge) = plan.tracking else { return }
    do {
      try setConfiguration("branch.\(plan.branch).remote", to: remote)
      try setConfiguration("branch.\(plan.branch).merge", to: merge)
    } catch {
      try takeBack(plan)
      throw error
    }
  }

  /// Deletes the branch that was made a moment ago, as half of it could not be.
  private func takeBack(_ plan: BranchPlan) throws(Failure) {
    guard try tip(ofBranch: plan.branch) == plan.tip else { return }
    _ = try commonGit.run(["update-ref", "-d", plan.branch.reference, plan.tip])
  }

  private func setConfiguration(_ key: String, to value: String) throws(Failure) {
    let file = commonDirectory.appending("config")
    let code = Libgit2.retryingWhileLocked {
      var opened: OpaquePointer?
      let code = file.withPlatformString { git_config_open_ondisk(&opened, $0) }
      guard code == 0 else { return code }
      defer { git_config_free(opened) }
      return git_config_set_string(opened, key, value)
    }
    try Libgit2.check(code, "cannot write \(key.quoted) to the repository's configuration")
  }

  private func makeBranchByGit(_ plan: BranchPlan, _ purpose: String) throws(Failure) {
    var arguments = ["branch", "--quiet"]
    switch plan.tracking {
    case .none: arguments.append("--no-track")
    case .upstream: arguments.append("--track")
    case .asGitDecides: break
    }
    arguments += ["--", plan.branch.text, plan.startName]
    guard try tip(ofBranch: plan.branch) == nil else {
      throw Failure("a branch named \(plan.branch.quoted) already exists")
    }
    let result = try retryingWhileLocked { () throws(Failure) in
      let result = try git.run(arguments)
      // One that met a locked configuration has left the branch.
      if !result.succeeded, !result.errors.contains("already exists") { try takeBack(plan) }
      return result
    }
    guard result.succeeded else { throw Failure.locked(purpose, result) }
    guard try tip(ofBranch: plan.branch) == plan.tip else {
      throw Failure("\(purpose): \(plan.startName.quoted) moved meanwhile")
    }
  }

  /// Repeats a run of git that met another's lock file, for some seconds; its messages are in English.
  func retryingWhileLocked(
    _ work: () throws(Failure) -> Program.Result
  ) throws(Failure) -> Program.Result {
    var wait: UInt32 = 10_000
    let deadline = ContinuousClock.now + .seconds(3)
    var result = try work()
    let isLocked = { result.errors.contains(".lock'") || result.errors.contains("could not lock") }
    while !result.succeeded, isLocked(), ContinuousClock.now < deadline {
      usleep(wait + UInt32.random(in: 0...wait))
      wait = min(wait * 2, 300_000)
      result = try work()
    }
    return result
  }

  /// Deletes a local branch, its reflog and its configuration.
  ///
  /// - Parameters:
  ///   - tip: where given, it is deleted only while it points there.
  ///   - keepsCommits: whether it stays where it has commits that no other reference has: of two
  ///     that are deleted at once and share commits, the first goes and the second stays.
  /// - Returns: whether it was there and is gone.
  /// - Throws: where it is checked out, or would take commits along.
  @discardableResult
  package func deleteBranch(
    _ name: BranchName, at tip: String? = nil, keepsCommits: Bool = false
  ) throws(Failure) -> Bool {
    try CommonLock.holding(commonDirectory) { () throws(Failure) in
      guard let current = try self.tip(ofBranch: name), tip == nil || tip == current else {
        return false
      }
      let lost = keepsCommits ? try commitsOnly(onBranch: name) : 0
      guard lost == 0 else {
        throw Failure(
          "cannot delete branch \(name.quoted): it has \(lost) "
            + "commit\(lost == 1 ? "" : "s") that no other branch or tag reaches")
      }
      if let place = try placeOfCheckout(ofBranch: name) {
        throw Failure(
          "cannot delete branch \(name.quoted): it is checked out at '\(Paths.display(place))'")
      }
      let result = try retryingWhileLocked { () throws(Failure) in
        try commonGit.run(["update-ref", "-d", name.reference, current])
      }
      guard result.succeeded else {
        throw Failure.locked("cannot delete branch \(name.quoted)", result)
      }
      // Only git's own words tell a missing section from trouble, and neither matters here.
      _ = try retryingWhileLocked { () throws(Failure) in
        try commonGit.run(["config", "--local", "--remove-section", "branch.\(name)"])
      }
      return true
    }
  }
}

extension Failure {
  /// git's refusal, and where it met a lock file that stays, what to do about that.
  fileprivate static func locked(_ purpose: String, _ result: Program.Result) -> Failure {
    let parts = result.errors.split(separator: "'")
    let file = parts.indices.first { index in
      index > 0 && parts[index].hasSuffix(".lock") && parts[index - 1].hasSuffix("create ")
    }.map { FilePath(String(parts[$0])).lexicallyNormalized() }
    let hint = file.map { "where no other git is at work, run 'rm \(Paths.argument($0))'" }
    return Failure(purpose, hint: hint, detail: result.errors)
  }
}
