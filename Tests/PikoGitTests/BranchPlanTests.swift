import PikoCore
import PikoGit
import SystemPackage
import Testing

@Suite struct BranchPlanTests {
  private let origin = RemoteBranch(
    remote: "origin", merge: "refs/heads/x", reference: "refs/remotes/origin/x", tip: "r")

  @Test func anExistingBranchIsUsedAsItIs() throws {
    var facts = BranchFacts(head: .branch("main"))
    facts.localTip = "l"
    facts.start = "h"
    facts.remoteBranches = [origin]
    let plan = try BranchPlan.decide("x", from: nil, facts: facts)
    #expect(plan == BranchPlan(branch: "x", tip: "l", createsBranch: false))
  }

  @Test func aRemotesBranchComesBeforeHEADAndAfterFrom() throws {
    var facts = BranchFacts(head: .branch("main"))
    facts.start = "h"
    facts.remoteBranches = [origin]
    let plan = try BranchPlan.decide("x", from: nil, facts: facts)
    #expect(plan.tip == "r" && plan.startName == "refs/remotes/origin/x")
    #expect(plan.tracking == .upstream(remote: "origin", merge: "refs/heads/x"))
    let chosen = try BranchPlan.decide("x", from: "v1", facts: facts)
    #expect(chosen.tip == "h" && chosen.startName == "v1" && chosen.tracking == .none)
  }

  @Test func aBranchOfSeveralRemotesNeedsTheDefaultOne() throws {
    var facts = BranchFacts(head: .unborn("main"))
    let other = RemoteBranch(
      remote: "up", merge: "refs/heads/x", reference: "refs/remotes/up/x", tip: "u")
    facts.remoteBranches = [origin, other]
    let refused = failure { _ = try BranchPlan.decide("x", from: nil, facts: facts) }
    #expect(refused?.message == "'x' is a branch of several remotes: origin/x, up/x")
    #expect(refused?.hints.first?.hasSuffix("'piko create x --from origin/x'") == true)
    facts.defaultRemote = "up"
    #expect(try BranchPlan.decide("x", from: nil, facts: facts).tip == "u")
  }

  @Test func refusalsNameWhatIsWrong() throws {
    var facts = BranchFacts(head: .branch("main"))
    func message(_ typed: BranchName, from: String? = nil) -> String? {
      failure { _ = try BranchPlan.decide(typed, from: from, facts: facts) }?.message
    }
    #expect(message("a..b") == "'a..b' is not a valid branch name")
    #expect(message("x") == "no commit yet: there is nothing to begin 'x' from")
    facts.start = "h"
    facts.remoteBranchTyped = "x"
    #expect(message("origin/x") == "'origin/x' is a remote-tracking branch")
    facts.localTip = "l"
    #expect(message("x", from: "v1") == "a branch named 'x' already exists")
    facts.checkedOutAt = "/some/where"
    #expect(message("x") == "branch 'x' is already checked out at '/some/where'")
  }

  /// Both answers, piko's and git's own, to the same names.
  @Test func validNamesAreGits() throws {
    let scene = try Scene()
    let names = [
      "a", "feature/auth", "a.b", ".a", "a/.b", "a.lock", "a.lock/b", "a..b", "a b", "-a", "@",
      "a@",
      "a@{b", "{", "a/", "/a", "a//b", "a.", "a./b", "HEAD", "heads/HEAD", "ü", "a~", "a^", "a:",
      "a?",
      "a*", "a[", "a]", "a\\b", "a\tb", "a\u{7F}b", "", "refs/heads/a", "a'b", "a\"b", "$(a)",
      "@{u",
    ]
    for name in names {
      let git = try Program("git").run(
        ["check-ref-format", "--branch", name], in: scene.directory, environment: scene.environment)
      #expect(BranchName(name).isValid == git.succeeded, "\(name.quoted)")
    }
  }
}

@Suite struct RepositoryTests {
  @Test func theHeadOfTheWorktreeTheCommandIsTypedIn() throws {
    let scene = try Scene()
    try scene.git(".", "init", "-q", "-b", "main", "repo")
    #expect(try scene.open().head() == .unborn("main"))
    #expect(
      failure { _ = try scene.open().planBranch("x") }?.message
        == "no commit yet: there is nothing to begin 'x' from")
    try scene.commit("repo", ["a": "1"])
    #expect(try scene.open().head() == .branch("main"))
    try scene.git("repo", "worktree", "add", "-q", "--detach", "../other")
    let tip = String(try scene.git("repo", "rev-parse", "HEAD").dropLast())
    let other = try scene.open("other")
    #expect(try other.head() == .detached(tip))
    #expect(other.commonDirectory == scene.path("repo/.git"))
    #expect(other.workingTree == scene.path("other"))
    #expect(other.mainWorkingTree == scene.path("repo"))
  }

  @Test func aBranchBesideWhichThereCanBeNoneOfTheNameIsNamed() throws {
    let scene = try Scene()
    try scene.repository()
    try scene.git("repo", "branch", "keep")
    try scene.git("repo", "branch", "deep/er/one")
    for (typed, message, free) in [
      ("keep/sub", "branch 'keep/sub': there is a branch 'keep'", "keep-sub"),
      ("keep/a/b", "branch 'keep/a/b': there is a branch 'keep'", "keep-a-b"),
      ("deep", "branch 'deep': there is a branch 'deep/er/one'", "deep-2"),
      ("deep/er", "branch 'deep/er': there is a branch 'deep/er/one'", "deep/er-2"),
    ] {
      let refused = failure { _ = try scene.open().planBranch(BranchName(typed)) }
      #expect(refused?.message == "cannot create \(message)")
      #expect(refused?.hints == ["to give it another name, run 'piko create \(free)'"])
    }
    for name in ["kee", "keeper", "deep-2", "deep/er2", "x/keep"] {
      #expect(try scene.open().planBranch(BranchName(name)).createsBranch)
    }
  }

  @Test func aDirectoryOutsideAnyRepositoryIsRefused() throws {
    let scene = try Scene()
    let refused = failure { _ = try scene.open("home") }
    #expect(refused?.message == "'\(scene.path("home"))' is not in a git repository")
    #expect(refused?.status == .cannotStart)
  }

  @Test(arguments: ["sha1", "sha256"]) func revisions(_ format: String) throws {
    let scene = try Scene()
    try scene.repository(format: ["--object-format=\(format)"])
    try scene.git("repo", "tag", "-a", "-m", "t", "v1")
    let tip = String(try scene.git("repo", "rev-parse", "HEAD").dropLast())
    let repository = try scene.open()
    for name in ["v1", "main", "HEAD", "@", tip, String(tip.prefix(8)), "HEAD^0"] {
      #expect(try repository.resolve(name) == tip)
    }
    #expect(try repository.hasBranch("main") && !repository.hasBranch("v1"))
    for name in ["nope", "HEAD~9", "", "--all", "v1:README"] {
      let refused = failure { _ = try scene.open().resolve(name) }
      #expect(refused?.message == "unknown revision '\(name)'")
    }
  }

  @Test func whereABranchIsCheckedOut() throws {
    let scene = try Scene()
    try scene.repository()
    try scene.git("repo", "worktree", "add", "-q", "-b", "one", "../wo\nrk")
    try scene.git("repo", "worktree", "add", "-q", "-b", "two", "../gone")
    try scene.git("repo", "worktree", "lock", "--reason", "on a stick", "../gone")
    try scene.shell(".", "rm -r gone")
    let repository = try scene.open()
    #expect(try repository.placeOfCheckout(ofBranch: "main") == scene.path("repo"))
    #expect(try repository.placeOfCheckout(ofBranch: "one") == scene.path("wo\nrk"))
    #expect(try repository.placeOfCheckout(ofBranch: "three") == nil)
    let list = try repository.linkedWorktrees()
    #expect(list.map(\.path) == [scene.path("gone"), scene.path("wo\nrk")])
    #expect(list.map(\.lockReason) == ["on a stick", nil])
    #expect(list.map(\.checkout) == [.branch("two"), .branch("one")])
    #expect(list.map(\.isPrunable) == [false, false])
    try scene.git("repo", "worktree", "unlock", "../gone")
    #expect(try repository.linkedWorktrees().map(\.isPrunable) == [true, false])
    let refused = failure { _ = try scene.open().planBranch("one") }
    #expect(refused?.message.hasPrefix("branch 'one' is already checked out at '") == true)
  }

  @Test func aBranchBeingRebasedIsTaken() throws {
    let scene = try Scene()
    try scene.repository()
    try scene.git("repo", "checkout", "-q", "-b", "topic")
    try scene.commit("repo", ["README": "topic\n"])
    try scene.git("repo", "checkout", "-q", "main")
    try scene.commit("repo", ["README": "main\n"])
    _ = failure { try scene.git("repo", "rebase", "main", "topic") }
    #expect(try scene.open().placeOfCheckout(ofBranch: "topic") == scene.path("repo"))
  }

  @Test func aBranchOfSeveralRemotesAndARemoteTrackingName() throws {
    let scene = try Scene()
    try scene.repository("origin")
    try scene.git("origin", "branch", "x")
    try scene.git(".", "clone", "-q", "origin", "repo")
    #expect(
      failure { _ = try scene.open().planBranch("origin/x") }?.hints.first?
        .hasSuffix("'piko create x'") == true)
    try scene.git("repo", "remote", "add", "-f", "up", "../origin")
    #expect(try scene.open().remoteBranches(matching: "x").map(\.remote) == ["origin", "up"])
    #expect(failure { _ = try scene.open().planBranch("x") } != nil)
    try scene.git("repo", "config", "checkout.defaultRemote", "up")
    let plan = try scene.open().planBranch("x")
    #expect(plan.tracking == .upstream(remote: "up", merge: "refs/heads/x"))
    #expect(plan.startName == "refs/remotes/up/x")
  }
}
