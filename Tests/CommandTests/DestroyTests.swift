import PikoCore
import Support
import SystemPackage
import Testing

/// What `piko destroy` refuses, removes and keeps, where no containers are about.
@Suite struct DestroyTests {
  // MARK: - Refusing

  @Test(arguments: [
    "echo more >> README", "echo more >> README; git add README", "echo a > new",
    "mkdir d; echo a > d/new", "git rm -q README", "git mv README OTHER", "chmod +x README",
  ])
  func uncommittedWorkIsRefusedAndLostByForce(_ work: String) throws {
    let scene = try DestroyScene()
    try scene.shell(work, in: scene.create("x"))
    #expect(
      try scene.destroy("x").text == """
        2| error: cannot destroy environment 'x': it has 1 uncommitted or untracked file
        2| hint: to see them, run 'git -C <root>/project/.piko/worktrees/x status'
        2| hint: to lose them, run 'piko destroy --force x'
        status 1
        """)
    try scene.expectWhole("x")
    #expect(try scene.destroy("--force", "x").status == 0)
    try scene.expectGone("x")
  }

  @Test func ignoredFilesDoNotBlock() throws {
    let scene = try DestroyScene()
    try scene.shell("echo a > debug.log; mkdir deep; echo a > deep/b.log", in: scene.create("x"))
    #expect(
      try scene.destroy("x").text == """
        2| ✓ Ended session piko/project/x
        2| ✓ Removed worktree at .piko/worktrees/x
        2| ✓ Destroyed environment x
        status 0
        """)
    try scene.expectGone("x")
  }

  @Test func aBranchThatIsNotTheEnvironmentsIsNotDeletedUnasked() throws {
    let scene = try DestroyScene()
    try scene.shell("git branch release && git switch -q release", in: scene.create("x"))
    let refused = try scene.destroy("--delete-branch", "x")
    #expect(refused.status == 1)
    #expect(refused.stderr.contains("branch 'release' checked out, which is not its own"))
    #expect(try scene.hasBranch("release"))
    try scene.expectWhole("x")
  }

  /// A submodule's repository is below the worktree's entry: a branch of it that is checked out
  /// nowhere would go unseen.
  @Test func branchesOfASubmoduleAreNotLostUnseen() throws {
    let scene = try DestroyScene()
    let library = try scene.sandbox.repository("library", files: ["code": "1"])
    let worktree = try scene.create("x")
    try scene.shell(
      "git submodule --quiet add '\(library)' lib && git commit -qm lib", in: worktree)
    try scene.shell(
      "git switch -qc aside && git commit -q --allow-empty -m aside && git switch -q main",
      in: worktree.appending("lib"))
    let refused = try scene.destroy("x")
    #expect(refused.status == 1)
    #expect(refused.stderr.contains("it has initialised submodules"), "\(refused)")
    try scene.expectWhole("x")
    #expect(try scene.destroy("--force", "x").status == 0)
    try scene.expectGone("x")
  }

  @Test func theBranchStaysUnlessItIsToGo() throws {
    let scene = try DestroyScene()
    try scene.shell("git commit -q --allow-empty -m work", in: scene.create("x"))
    #expect(try scene.destroy("x").status == 0)
    #expect(try scene.hasBranch("x"))
    try scene.create("x")
    #expect(
      try scene.destroy("--delete-branch", "x").text == """
        2| error: cannot destroy environment 'x': it has 1 commit that no other branch or tag reaches
        2| hint: to see them, run 'git -C <root>/project log x --not --exclude refs/heads/x --glob refs/heads --tags --remotes'
        2| hint: to lose them, run 'piko destroy --force --delete-branch x'
        status 1
        """)
    try scene.expectWhole("x")
    #expect(try scene.destroy("--delete-branch", "--force", "x").status == 0)
    #expect(try !scene.hasBranch("x"))
    try scene.expectGone("x")
  }

  @Test(arguments: [
    "git tag kept", "git branch other", "git update-ref refs/remotes/origin/x HEAD",
    "git reset -q --hard HEAD~1",
  ])
  func aBranchWhoseCommitsAreElsewhereGoesWithoutAsking(_ kept: String) throws {
    let scene = try DestroyScene()
    try scene.shell("git commit -q --allow-empty -m work; \(kept)", in: scene.create("x"))
    #expect(try scene.destroy("--delete-branch", "x").status == 0)
    #expect(try !scene.hasBranch("x"))
    #expect(try scene.shell("git config --list | grep -c branch.x. || true") == "0")
  }

  @Test(arguments: ["true", "git -C ../../.. checkout -q --detach $(git rev-parse HEAD)"])
  func commitsOfADetachedHeadAreRefused(_ elsewhere: String) throws {
    let scene = try DestroyScene()
    let worktree = try scene.create("x")
    try scene.shell(
      "git checkout -q --detach; git commit -q --allow-empty -m work; \(elsewhere)", in: worktree)
    let refused = try scene.destroy("x")
    #expect(refused.status == 1)
    #expect(refused.stderr.contains("it has 1 commit that no other branch or tag reaches\n"))
    try scene.expectWhole("x")
    try scene.shell("git tag kept", in: worktree)
    #expect(try scene.destroy("x").status == 0)
    #expect(try scene.hasBranch("x"))
    try scene.expectGone("x")
  }

  @Test func aLockedWorktreeIsRefusedBeforeAnythingIsTouched() throws {
    let scene = try DestroyScene(files: [
      ".piko.yml": "scripts: {destroy: touch \"$PIKO_ROOT/ran.log\"}\n"
    ])
    try scene.create("x")
    try scene.shell("git worktree lock --reason 'on a stick' .piko/worktrees/x")
    for options in [[], ["--force"]] {
      let refused = try scene.sandbox.piko(["destroy"] + options + ["x"], in: scene.project)
      #expect(
        refused.text == """
          2| error: cannot remove worktree at '<root>/project/.piko/worktrees/x': it is locked: on a stick
          2| hint: to allow it, run 'git worktree unlock <root>/project/.piko/worktrees/x'
          status 1
          """)
    }
    #expect(!scene.sandbox.exists(scene.project.appending("ran.log")))
    #expect(try scene.state("SELECT status FROM environments") == "ready")
    try scene.shell("git worktree unlock .piko/worktrees/x")
    #expect(try scene.destroy("x").status == 0)
    try scene.expectGone("x")
  }

  @Test func aBranchCheckedOutElsewhereIsNotDeleted() throws {
    let scene = try DestroyScene()
    try scene.create("x")
    try scene.shell("mv .piko/worktrees/x ../moved; git worktree repair ../moved")
    #expect(
      try scene.destroy("--delete-branch", "x").text == """
        2| error: cannot delete branch 'x': it is checked out at '<root>/moved'
        2| hint: to keep it, leave out '--delete-branch'
        status 1
        """)
    #expect(try scene.destroy("x").status == 0)
    try scene.expectGone("x")
    #expect(scene.sandbox.exists("moved/README"))
    #expect(
      try scene.sandbox.git("status", "--porcelain", in: scene.sandbox.root.appending("moved"))
        == "")
  }

  @Test func whatIsNoWorktreeOfTheProjectStays() throws {
    let scene = try DestroyScene()
    let worktree = try scene.create("x")
    try scene.shell("rm -rf '\(worktree)'; git init -q '\(worktree)'; echo a > '\(worktree)/a.log'")
    let refused = try scene.destroy("--force", "x")
    #expect(refused.status == 1)
    #expect(refused.stderr.contains("it is not a worktree of"))
    #expect(scene.sandbox.exists(worktree.appending("a.log")))
  }

  // MARK: - What others damaged

  @Test(arguments: [
    "rm -r .piko/worktrees/x", "rm -r .piko/worktrees/x; git worktree prune",
    "mv .piko/worktrees/x ../away", "rm .piko/worktrees/x/.git",
    "rm -r .piko/worktrees/x; git worktree prune; git branch -D x",
    "git update-ref -d refs/heads/x; rm .piko/worktrees/x/.git; rm -r .piko/worktrees/x",
    "echo 'scripts: {nonsense' > .piko.yml", "rm .piko.yml",
  ])
  func itWorksAfter(_ damage: String) throws {
    let scene = try DestroyScene()
    try scene.create("x")
    try scene.create("other")
    try scene.shell(damage)
    let done = try scene.destroy("x")
    #expect(done.status == 0, "\(done)")
    try scene.expectGone("x")
    try scene.expectWhole("other")
    let keepsBranch = !damage.contains("branch") && !damage.contains("update-ref")
    #expect(try scene.hasBranch("x") == keepsBranch)
    #expect(scene.sandbox.exists("away/README") == damage.contains("away"))
    try scene.shell("git checkout -q -- .piko.yml")
    try scene.create("x")
  }

  @Test func aBrokenFileInTheWorktreeIsWarnedAbout() throws {
    let scene = try DestroyScene()
    let worktree = try scene.create("x")
    try scene.shell("echo 'nonsense: {' > .piko.yml; git commit -qam broken", in: worktree)
    let done = try scene.destroy("x")
    #expect(done.status == 0)
    #expect(done.stderr.hasPrefix("warning: no destroy script is run: "))
    try scene.expectGone("x")
  }

  @Test func workIsSeenWithoutTheFileThatNamesTheRepository() throws {
    let scene = try DestroyScene()
    let worktree = try scene.create("x")
    try scene.shell("echo more >> README; rm .git", in: worktree)
    let refused = try scene.destroy("x")
    #expect(refused.stderr.contains("it has 1 uncommitted or untracked file\n"))
    #expect(try scene.destroy("--force", "x").status == 0)
    try scene.expectGone("x")
  }

  @Test func filesThatGitKnowsNothingOfAreRefused() throws {
    let scene = try DestroyScene()
    try scene.create("x")
    try scene.shell("rm -r .git/worktrees/x")
    let refused = try scene.destroy("x")
    #expect(refused.status == 1)
    #expect(
      refused.stderr.hasPrefix(
        "error: cannot destroy environment 'x': it has files, and git has no record of the worktree any more\n"
      ))
    #expect(scene.sandbox.exists(scene.worktree("x").appending("README")))
    #expect(try scene.destroy("--force", "x").status == 0)
    try scene.expectGone("x")
  }

  @Test(arguments: [
    "DELETE FROM environments WHERE name = 'x'",
    "UPDATE environments SET status = 'creating' WHERE name = 'x'",
    "UPDATE environments SET status = 'destroying' WHERE name = 'x'",
  ])
  func itWorksWithTheRowOfTheStateAs(_ statement: String) throws {
    let scene = try DestroyScene()
    try scene.create("x")
    try scene.create("other")
    _ = try scene.state(statement)
    #expect(try scene.destroy("x").status == 0)
    try scene.expectGone("x")
    try scene.expectWhole("other")
  }

  @Test(arguments: ["state", "row of the register", "register"])
  func itWorksWithout(_ what: String) throws {
    let scene = try DestroyScene()
    try scene.create("x")
    switch what {
    case "state": try scene.shell("rm .piko/state.db*")
    case "register": try scene.shell("rm -r ../state/piko")
    default:
      _ = try scene.register("PRAGMA foreign_keys = 1; DELETE FROM environments WHERE name = 'x'")
    }
    let done = try scene.destroy("x")
    #expect(done.status == 0, "\(done)")
    #expect(!scene.sandbox.exists(scene.worktree("x")))
    try scene.create("x")
    try scene.expectWhole("x")
  }

  // MARK: - How it is called

  @Test func severalNamesGoOnAfterAFailureAndTheWorstStatusCounts() throws {
    let scene = try DestroyScene()
    for name in ["a", "b", "c"] { try scene.create(name) }
    try scene.shell("echo a > new", in: scene.worktree("b"))
    let done = try scene.destroy("a", "nowhere", "b", "c")
    #expect(done.status == 1)
    #expect(done.stderr.contains("error: no environment 'nowhere' in '<root>/project'\n"))
    #expect(done.stderr.contains("error: cannot destroy environment 'b'"))
    try scene.expectGone("a", "c")
    try scene.expectWhole("b")
  }

  @Test func aDryRunPrintsThePlanAndTouchesNothing() throws {
    let scene = try DestroyScene()
    let worktree = try scene.create("x")
    try scene.shell("git commit -q --allow-empty -m work; echo a > new", in: worktree)
    let before = try scene.shell(
      "find . -newermt 2000-01-01 -not -name 'state.db*' -ls; git for-each-ref")
    #expect(
      try scene.destroy("--dry-run", "--delete-branch", "--force", "x").text == """
        1| environment  x
        1| session      piko/project/x
        1| worktree     <root>/project/.piko/worktrees/x
        1| branch       x
        1| lost         1 uncommitted or untracked file
        1| lost         1 commit that no other branch or tag reaches
        status 0
        """)
    let after = try scene.shell(
      "find . -newermt 2000-01-01 -not -name 'state.db*' -ls; git for-each-ref")
    #expect(before == after)
    #expect(try scene.state("SELECT status FROM environments") == "ready")
    try scene.expectWhole("x")
  }

  @Test(arguments: [".", "deep/below"])
  func fromInsideTheWorktreeItFinishesAndReports(_ place: String) throws {
    let scene = try DestroyScene(files: ["deep/below/file": ""])
    let worktree = try scene.create("x")
    let done = try scene.sandbox.piko("destroy", "x", in: worktree.pushing(FilePath(place)))
    #expect(done.status == 0)
    #expect(done.stderr.hasSuffix("✓ Destroyed environment x\n"))
    try scene.expectGone("x")
  }

  @Test func theBranchNamesItToo() throws {
    let scene = try DestroyScene()
    try scene.create("feature/Auth")
    #expect(try scene.destroy("-q", "feature/Auth").text == "status 0")
    try scene.expectGone("feature-auth")
  }

  @Test func portsAndBlockAreFreeAfterwardsAndGivenAgain() throws {
    let scene = try DestroyScene()
    let numbers = { (name: String) in
      try scene.sandbox.piko("ports", name, in: scene.project).stdout
    }
    for name in ["a", "b"] { try scene.create(name) }
    let (first, second) = try (numbers("a"), numbers("b"))
    #expect(first != second)
    #expect(try scene.destroy("a", "b").status == 0)
    try scene.create("b")
    #expect(try numbers("b") == second)
    try scene.create("c")
    #expect(try numbers("c") == first)
  }
}
