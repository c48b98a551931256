import PikoCore
import Support
import SystemPackage
import Testing

private let clone = "git clone -q ../../.. c.log; cd c.log"
private let work = "git commit -q --allow-empty -m work"

/// Repositories within a worktree, of which its own git says nothing, and commits that only the
/// worktree's record leads to.
@Suite struct DestroyNestedTests {
  @Test(arguments: [
    ("git init -q emb.log; touch emb.log/file", "emb.log", "1 uncommitted"),
    (
      "git init -q d/emb; cd d/emb; \(work); cd ../..; git add d 2>../../../a.log; "
        + "git commit -qm emb", "d/emb", "commits that no remote"
    ),
    ("\(clone); \(work)", "c.log", "commits that no remote"),
    ("\(clone); echo a > README; git stash -q", "c.log", "commits that no remote"),
    (
      "\(clone); \(work); git tag kept; git reset -q --hard HEAD~1", "c.log",
      "commits that no remote"
    ),
    ("\(clone); git update-index --skip-worktree README; echo a > README", "c.log", "1 unc"),
    ("\(clone); git update-index --assume-unchanged README; echo a > README", "c.log", "1 unc"),
    (
      "\(clone); git checkout -q --detach; \(work); git checkout -q main", "c.log",
      "commits that no remote"
    ),
    ("\(clone); git bisect start >../../../../a.log", "c.log", "a bisection"),
    ("\(clone); git worktree add -q -b other ../../../../../outside", "c.log", "worktrees of"),
    // A remote within the worktree goes with it; one that is gone has nothing any more.
    (
      "git init -q --bare r.log; git clone -q r.log c.log 2>../../../a.log; cd c.log; \(work); "
        + "git push -q origin HEAD", "c.log", "commits that no remote"
    ),
    (
      "git clone -q --bare ../../.. r.log; git clone -q r.log c.log; rm -r r.log", "c.log",
      "commits that no remote"
    ),
    (
      "git clone -q --bare ../../.. r.log; git clone -q r.log c.log; cd c.log; \(work); "
        + "git push -q origin HEAD; cd ..; rm -r c.log", "r.log", "commits that no remote"
    ),
    // What `worktree add` and submodules keep elsewhere in a repository.
    (
      "git init -q b.log/b; cd b.log/b; \(work); mv .git ../own; cd ..; rm -r b", "b.log/own",
      "commits that no remote"
    ),
    ("git init -q e.log; cd e.log; \(work); printf junk > .git/HEAD", "e.log", "what git cannot"),
    ("git worktree add -q --detach n.log; cd n.log; \(work)", "n.log", "1 commit that no branch"),
  ])
  func workInARepositoryInsideIsRefused(_ script: String, _ place: String, _ held: String) throws {
    let scene = try DestroyScene()
    try scene.shell(script, in: scene.create("x"))
    try scene.expectRefused("a repository of its own in '\(place)' with \(held)")
  }

  /// As package managers make them, and as tests of tools for git have them.
  @Test(arguments: [
    "git clone -q ../../.. c.log; git -C c.log checkout -q --detach; mkdir -p d.log/.git",
    "git clone -q --depth 1 \"file://$PIKO_TEST_ROOT\" c.log",
    "git clone -q --mirror ../../.. r.log; git clone -q r.log c.log",
    "git clone -q --bare ../../.. b.log",
    "git init -q c.log; git init -q --bare r.log",
    "git worktree add -q --detach n.log",
    """
    git clone -q ../../.. c.log
    git -C c.log remote set-url origin https://host.invalid/repo
    git -C c.log checkout -q --detach origin/main
    """,
    """
    git clone -q --bare ../../.. fixture; git add -f fixture; git commit -qm fixture
    git -C fixture remote remove origin; git add -f fixture; git commit -qm fixture
    """,
  ])
  func aRepositoryInsideWhoseCommitsAreElsewhereGoes(_ script: String) throws {
    let scene = try DestroyScene()
    try scene.create("x")
    let root = scene.project.string
    try scene.shell("PIKO_TEST_ROOT='\(root)'; \(script)", in: scene.worktree("x"))
    let done = try scene.destroy("x")
    #expect(done.status == 0, "\(done)")
    try scene.expectGone("x")
  }

  // MARK: - Commits of the worktree's own record

  @Test(arguments: [
    "git checkout -q --detach; \(work); git checkout -q x",
    "\(work); git update-ref refs/worktree/mine HEAD; git reset -q --hard HEAD~1",
    "git checkout -q --detach; \(work); git switch -q --detach HEAD~1; "
      + "git commit -q --allow-empty -m other; git tag kept",
  ])
  func commitsThatHeadLeftAreRefusedAndCanBeKept(_ script: String) throws {
    let scene = try DestroyScene()
    try scene.shell(script, in: scene.create("x"))
    let refused = try scene.destroy("x")
    #expect(refused.status == 1)
    #expect(
      refused.stderr.hasPrefix(
        "error: cannot destroy environment 'x': it has 1 commit that HEAD left and no branch or "
          + "tag reaches\nhint: to keep them, run 'git -C <root>/project branch kept-"),
      "\(refused)")
    try scene.expectWhole("x")
    let keep = try #require(refused.stderr.split(separator: "'").first { $0.hasPrefix("git ") })
    try scene.shell(keep.split(separator: "<root>").joined(separator: scene.sandbox.root.string))
    let done = try scene.destroy("x")
    #expect(done.status == 0, "\(done)")
    #expect(try scene.shell("git log -1 --format=%s $(git branch --list 'kept-*')") == "work")
  }

  /// What a day's work leaves in the reflog is no loss.
  @Test(arguments: [
    "\(work); git commit -q --amend --allow-empty -m amended",
    "\(work); git rebase -q HEAD~1; git reset -q --hard HEAD~1",
    "git checkout -q --detach; \(work); git commit -q --amend --allow-empty -m b; "
      + "git branch kept; git checkout -q x",
    "git checkout -q --detach main; git checkout -q x; git branch -q -f elsewhere",
    "git checkout -q -b topic; \(work); git checkout -q x; git branch -q -D topic",
  ])
  func commitsGivenUpOnPurposeAreNotAskedFor(_ script: String) throws {
    let scene = try DestroyScene()
    try scene.shell(script, in: scene.create("x"))
    let done = try scene.destroy("x")
    #expect(done.status == 0, "\(done)")
  }

  @Test(arguments: [
    "git symbolic-ref refs/heads/alias refs/heads/x",
    "git symbolic-ref refs/heads/alias refs/heads/x; git symbolic-ref refs/tags/t refs/heads/alias",
    "git symbolic-ref refs/remotes/origin/HEAD refs/heads/x",
  ])
  func aSymbolicReferenceKeepsNoCommits(_ script: String) throws {
    let scene = try DestroyScene()
    try scene.shell("\(work); \(script)", in: scene.create("x"))
    try scene.expectRefused("1 commit that no other branch or tag reaches", "--delete-branch")
  }
}
