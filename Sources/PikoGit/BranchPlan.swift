package import PikoCore
package import SystemPackage

/// What is known of a repository when a branch for a new worktree is chosen.
package struct BranchFacts: Sendable {
  /// The local branch's commit, where it exists.
  package var localTip: String?
  /// The working tree that has the branch checked out.
  package var checkedOutAt: FilePath?
  /// A branch beside which git can have none of this name: one whose name this one goes on from by a
  /// `/`, or the other way round.
  package var branchInTheWay: BranchName?
  /// Remotes' branches of that name.
  package var remoteBranches: [RemoteBranch] = []
  /// `checkout.defaultRemote`.
  package var defaultRemote: String?
  /// The branch that the typed name is a remote-tracking branch of: `feature` for `origin/feature`.
  package var remoteBranchTyped: BranchName?
  /// HEAD of the working tree the command was typed in.
  package var head: Head
  /// The commit to begin at: that of `--from`, else HEAD's; nil where HEAD is unborn.
  package var start: String?
  /// What the branch tracks where it begins at `--from`, by `branch.autoSetupMerge`.
  package var startTracking: BranchPlan.Tracking = .none
  /// What it tracks where it begins at a remote's branch of its name, by `branch.autoSetupMerge`.
  package var remoteTracking: BranchPlan.Tracking?

  package init(head: Head) { self.head = head }
}

/// The branch that a new worktree is to have, decided as `git worktree add` does.
package struct BranchPlan: Sendable, Equatable, Codable {
  /// The upstream that a new branch is given.
  package enum Tracking: Sendable, Equatable, Codable {
    case none
    /// `branch.NAME.remote` and `branch.NAME.merge`.
    case upstream(remote: String, merge: String)
    /// A configuration whose rules are git's to apply (`inherit`, automatic rebase).
    case asGitDecides
  }

  /// The branch.
  package let branch: BranchName
  /// The commit that is checked out.
  package let tip: String
  /// Whether the branch has to be made.
  package let createsBranch: Bool
  /// What a new branch was begun from, as its reflog says: `HEAD`, a revision, a reference.
  package let startName: String
  /// What a new branch tracks.
  package let tracking: Tracking

  package init(
    branch: BranchName, tip: String, createsBranch: Bool, startName: String = "HEAD",
    tracking: Tracking = .none
  ) {
    self.branch = branch
    self.tip = tip
    self.createsBranch = createsBranch
    self.startName = startName
    self.tracking = tracking
  }

  /// Decides.
  ///
  /// - Parameters:
  ///   - typed: the branch's name as typed.
  ///   - from: `--from`.
  /// - Throws: where git would refuse, too, and where it would do what nobody meant.
  package static func decide(
    _ typed: BranchName, from: String?, facts: BranchFacts
  ) throws(Failure) -> BranchPlan {
    guard typed.isValid else {
      throw Failure(
        "\(typed.quoted) is not a valid branch name",
        hint: "to read the rules, run 'git help check-ref-format'")
    }
    if let place = facts.checkedOutAt {
      throw Failure(
        "branch \(typed.quoted) is already checked out at '\(Paths.display(place))'",
        hint: "to begin another branch from it, run "
          + "'piko create NAME --from \(Quoting.word(typed.text))'")
    }
    if let tip = facts.localTip {
      guard from == nil else {
        throw Failure(
          "a branch named \(typed.quoted) already exists",
          hint: "to use it as it is, run 'piko create \(Quoting.word(typed.text))'")
      }
      return BranchPlan(branch: typed, tip: tip, createsBranch: false)
    }
    if let other = facts.branchInTheWay {
      let free =
        typed.text.behind("\(other)/") != nil
        ? typed.text.replacing("/", with: "-") : "\(typed)-2"
      throw Failure(
        "cannot create branch \(typed.quoted): there is a branch \(other.quoted)",
        hint: "to give it another name, run 'piko create \(Quoting.word(free))'")
    }
    if let from {
      guard let start = facts.start else { throw Failure("unknown revision \(from.quoted)") }
      return BranchPlan(
        branch: typed, tip: start, createsBranch: true, startName: from,
        tracking: facts.startTracking)
    }
    if let remote = try remoteBranch(for: typed, facts) {
      return BranchPlan(
        branch: typed, tip: remote.tip, createsBranch: true, startName: remote.reference,
        tracking: facts.remoteTracking
          ?? .upstream(remote: remote.remote, merge: remote.merge))
    }
    if let branch = facts.remoteBranchTyped {
      throw Failure(
        "\(typed.quoted) is a remote-tracking branch",
        hint: "to work on that branch, run 'piko create \(Quoting.word(branch.text))'")
    }
    guard let start = facts.start else {
      throw Failure(
        "no commit yet: there is nothing to begin \(typed.quoted) from",
        hint: "to make one, run 'git commit --allow-empty --message=begin'", status: .cannotStart)
    }
    return BranchPlan(branch: typed, tip: start, createsBranch: true)
  }

  /// The one remote's branch that is meant, as git guesses it.
  static func remoteBranch(
    for typed: BranchName, _ facts: BranchFacts
  ) throws(Failure) -> RemoteBranch? {
    let matches = facts.remoteBranches
    if matches.count <= 1 { return matches.first }
    if let preferred = matches.first(where: { $0.remote == facts.defaultRemote }) {
      return preferred
    }
    let names = matches.map(\.shortName)
    throw Failure(
      "\(typed.quoted) is a branch of several remotes: \(names.joined(separator: ", ").masked)",
      hint: "to say which, run "
        + "'piko create \(Quoting.word(typed.text)) --from \(Quoting.word(names[0]))'")
  }
}

extension Repository {
  /// Decides which branch a new worktree has, from what was typed.
  ///
  /// - Parameters:
  ///   - typed: the branch's name.
  ///   - from: `--from`: the revision that a new branch begins at.
  /// - Throws: see ``BranchPlan/decide(_:from:facts:)``; `unknown revision 'x'`.
  package func planBranch(_ typed: BranchName, from: String? = nil) throws(Failure) -> BranchPlan {
    var facts = BranchFacts(head: try head())
    if typed.isValid { try gather(&facts, for: typed) }
    if let from {
      facts.start = try resolve(from)
      facts.startTracking = try tracking(of: typed, from: try reference(of: from))
    } else if case .unborn = facts.head {
      facts.start = nil
    } else {
      facts.start = try resolve(facts.head)
    }
    return try BranchPlan.decide(typed, from: from, facts: facts)
  }

  private func gather(_ facts: inout BranchFacts, for typed: BranchName) throws(Failure) {
    facts.localTip = try tip(ofBranch: typed)
    facts.checkedOutAt = try placeOfCheckout(ofBranch: typed)
    guard facts.localTip == nil else { return }
    facts.branchInTheWay = try branchInTheWay(of: typed)
    facts.remoteBranches = try remoteBranches(matching: typed)
    facts.defaultRemote = configuration.string("checkout.defaultremote")
    let guessed =
      facts.remoteBranches.count == 1
      ? facts.remoteBranches.first
      : facts.remoteBranches.first { $0.remote == facts.defaultRemote }
    if let guessed { facts.remoteTracking = try tracking(of: typed, from: guessed.reference) }
    let asRemote = "refs/remotes/\(typed)"
    if try commit(reference: asRemote) != nil {
      facts.remoteBranchTyped = upstreams(behind: asRemote).first.map {
        BranchName(reference: $0.merge) ?? BranchName($0.merge)
      }
    }
  }

  private func branchInTheWay(of typed: BranchName) throws(Failure) -> BranchName? {
    let parts = typed.text.utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }
    for count in 1..<max(parts.count, 1) {
      let parent = BranchName(parts.prefix(count).joined(separator: "/"))
      if try hasBranch(parent) { return parent }
    }
    let below = "\(typed.reference)/"
    if isReadByLibrary {
      return try handle().reference(below: below).flatMap { BranchName(reference: $0) }
    }
    let children = try commonGit.run([
      "for-each-ref", "--count=1", "--format=%(refname)", below,
    ])
    return children.text.split(separator: "\n").first.flatMap {
      BranchName(reference: $0)
    }
  }

  /// What a branch begun from the reference `start` tracks, by `branch.autoSetupMerge` and
  /// `branch.autoSetupRebase` (git-config(1)).
  private func tracking(
    of branch: BranchName, from start: String?
  ) throws(Failure) -> BranchPlan.Tracking {
    guard let start else { return .none }
    let mode = configuration.string("branch.autosetupmerge")?.lowercased() ?? "true"
    if configuration.bool("branch.autosetupmerge") == false { return .none }
    let isLocal = BranchName(reference: start) != nil
    if mode == "inherit" || (mode == "always" && isLocal) { return .asGitDecides }
    let found = upstreams(behind: start)
    guard !isLocal, let upstream = found.first else { return .none }
    if configuration.has("branch.autosetuprebase") || found.count > 1 { return .asGitDecides }
    if mode == "simple", BranchName(reference: upstream.merge) != branch { return .none }
    return .upstream(remote: upstream.remote, merge: upstream.merge)
  }

  /// The remotes' branches that are fetched into `reference`.
  private func upstreams(behind reference: String) -> [(remote: String, merge: String)] {
    configuration.names(in: "remote", having: "fetch").compactMap { remote in
      let specs = configuration.all("remote.\(remote).fetch").compactMap(Refspec.init)
      return Refspec.source(of: reference, in: specs).map { (remote, $0) }
    }
  }
}
