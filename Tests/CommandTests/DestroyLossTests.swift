import PikoCore
import Support
import SystemPackage
import Testing

/// Work that a destroy would lose and that a look at `git status` does not show.
@Suite struct DestroyLossTests {
  // MARK: - Commits

  @Test(arguments: ["refs/stash", "refs/notes/x", "refs/original/refs/heads/x", "refs/piko/x"])
  func onlyBranchesTagsAndRemotesKeepCommits(_ reference: String) throws {
    let scene = try DestroyScene()
    try scene.shell(
      "git commit -q --allow-empty -m work; git update-ref \(reference) HEAD",
      in: scene.create("x"))
    try scene.expectRefused("1 commit that no other", "--delete-branch")
  }

  @Test func commitsOfADetachedHeadAreSeenWithoutTheFiles() throws {
    let scene = try DestroyScene()
    try scene.shell(
      "git checkout -q --detach; git commit -q --allow-empty -m work; mv \"$PWD\" ../../../../away",
      in: scene.create("x"))
    let refused = try scene.destroy("x")
    #expect(refused.status == 1)
    #expect(refused.stderr.contains("it has 1 commit that no other branch or tag reaches\n"))
    #expect(
      refused.stderr.contains(
        "hint: if the worktree was moved, run 'git -C <root>/project worktree repair "),
      "\(refused)")
    try scene.shell("git worktree repair ../away; git -C ../away log -1 --format=%s | grep work")
  }

  @Test func whatIsStagedIsSeenWithoutTheFiles() throws {
    let scene = try DestroyScene()
    try scene.shell("echo a > new; git add new; rm -r \"$PWD\"", in: scene.create("x"))
    let refused = try scene.destroy("x")
    #expect(refused.stderr.contains("it has 1 staged file in git's record"), "\(refused)")
    #expect(try scene.destroy("--force", "x").status == 0)
    try scene.expectGone("x")
  }

  @Test func theHintShowsTheCommitsAndKeepsTheOptions() throws {
    let scene = try DestroyScene()
    try scene.shell("git commit -q --allow-empty -m 'precious work'", in: scene.create("x"))
    let refused = try scene.destroy("--delete-branch", "--volumes", "x").stderr
    #expect(refused.hasSuffix("run 'piko destroy --force --volumes --delete-branch x'\n"))
    let look = try #require(refused.split(separator: "'").first { $0.contains(" log ") })
    let command = look.split(separator: "<root>").joined(separator: scene.sandbox.root.string)
    #expect(try scene.shell("\(command) --format=%s") == "precious work")
  }

  /// Each of two branches keeps the other's commits, until one of them goes.
  @Test func ofTwoBranchesThatShareCommitsOneStays() throws {
    let script = """
      touch "$PIKO_ROOT/$PIKO_ENV_NAME.log"
      until test -e "$PIKO_ROOT/a.log" && test -e "$PIKO_ROOT/b.log"; do sleep 0.02; done

      """
    let scene = try DestroyScene(files: [
      ".piko.yml": "scripts:\n  destroy: |\n"
        + script.split(separator: "\n").map { "    \($0)\n" }.joined()
    ])
    let worktree = try scene.create("a")
    try scene.create("b")
    try scene.shell("git commit -q --allow-empty -m work", in: worktree)
    try scene.shell("git reset -q --hard a", in: scene.worktree("b"))
    let commit = try scene.shell("git rev-parse a")
    let both = try scene.sandbox.run(
      "sh", "-c",
      """
      piko destroy --delete-branch a & one=$!
      piko destroy --delete-branch b & two=$!
      wait $one; a=$?; wait $two; echo $((a + $?))
      """, in: scene.project)
    #expect(both.stdout == "1\n", "\(both)")
    let left = try scene.shell(
      "git for-each-ref --format='%(objectname)' refs/heads/a refs/heads/b")
    #expect(left == commit, "\(both)")
    #expect(try scene.destroy(try scene.hasBranch("a") ? "a" : "b").status == 0)
    try scene.expectGone("a", "b")
  }

  @Test func aBranchCheckedOutTwiceIsRefusedBeforeAnythingIsTouched() throws {
    let scene = try DestroyScene()
    try scene.create("x")
    for place in ["aaa", "zzz"] {
      try scene.shell("git worktree add -q -f ../\(place) x")
      let refused = try scene.destroy("--delete-branch", "--force", "x")
      #expect(refused.stderr.contains("it is checked out at '<root>/\(place)'\n"), "\(refused)")
      try scene.expectWhole("x")
      try scene.shell("git worktree remove ../\(place)")
    }
  }

  // MARK: - Meanwhile

  @Test(arguments: [
    (
      "git commit -q --allow-empty -m late; git checkout -q --detach; git branch -f x HEAD~1",
      "1 commit"
    ),
    ("echo a > late", "1 uncommitted"),
  ])
  func whatTheScriptLeavesIsNotLost(_ work: String, _ loss: String) throws {
    let scene = try DestroyScene(files: [".piko.yml": "scripts: {destroy: '\(work)'}\n"])
    try scene.create("x")
    try scene.expectRefused(loss)
  }

  // MARK: - Files

  @Test(arguments: [
    (
      "git checkout -qb side; echo a > README; git commit -qam a; git checkout -q x; "
        + "echo b > README; git commit -qam b; git merge -q side", "a merge"
    ),
    (
      "git checkout -qb side; echo a > README; git commit -qam a; git checkout -q x; "
        + "echo b > README; git commit -qam b; git cherry-pick side", "a cherry-pick"
    ),
    ("echo a > README; git commit -qam a; git revert --no-commit HEAD", "a revert"),
    (
      "git commit -q --allow-empty -m a; GIT_SEQUENCE_EDITOR=: git rebase -q -x false HEAD~1",
      "a rebase"
    ),
    ("git bisect start", "a bisection"),
  ])
  func whatGitHasNotFinishedIsRefused(_ work: String, _ name: String) throws {
    let scene = try DestroyScene()
    let worktree = try scene.create("x")
    try scene.shell("{ \(work); } >../../../work.log 2>&1 || true", in: worktree)
    let refused = try scene.destroy("x")
    #expect(refused.status == 1)
    #expect(refused.stderr.contains("\(name) that is not finished"), "\(refused)")
    try scene.expectWhole("x")
  }

  @Test func aCleanTreeInTheMiddleOfARebaseIsRefused() throws {
    let scene = try DestroyScene()
    try scene.shell(
      """
      git commit -q --allow-empty -m work
      echo autostashed >> README
      GIT_SEQUENCE_EDITOR=: git -c rebase.autoStash=true rebase -q -x false HEAD~1 || true
      git branch -f kept HEAD
      """, in: scene.create("x"))
    try scene.expectRefused("a rebase that is not finished")
  }

  @Test(arguments: ["--assume-unchanged", "--skip-worktree"])
  func changesThatGitWasToldNotToSeeAreSeen(_ mark: String) throws {
    let scene = try DestroyScene(files: ["other": "1\n"])
    try scene.shell(
      "git update-index \(mark) README other; echo more >> README", in: scene.create("x"))
    try scene.expectRefused("1 uncommitted or untracked file")
    try scene.create("y")
    try scene.shell("git update-index \(mark) README other", in: scene.worktree("y"))
    #expect(try scene.destroy("y").status == 0)
    try scene.create("z")
    try scene.shell("git sparse-checkout set --no-cone /README", in: scene.worktree("z"))
    #expect(!scene.sandbox.exists(scene.worktree("z").appending("other")))
    #expect(try scene.destroy("z").status == 0)
  }

  @Test func untrackedFilesAreSeenWhateverTheUsersConfigurationShows() throws {
    let scene = try DestroyScene()
    try scene.shell(
      "git config status.showUntrackedFiles no; echo a > new", in: scene.create("x"))
    try scene.expectRefused("1 uncommitted or untracked file")
  }

  /// Piko's own lines in `info/exclude` hide its own files from git, and nobody else's work.
  @Test(arguments: [
    ("echo mine > docker-compose.piko.yml", "docker-compose.piko.yml"),
    (
      "mkdir d; echo a > d/a; git add d; git commit -qm d; echo b > d/docker-compose.piko.yml",
      "d/docker-compose.piko.yml"
    ),
    ("mkdir .piko; echo a > .piko/notes", ".piko"), ("echo a > .piko", ".piko"),
  ])
  func whatPikoHidesAndHasNotMadeIsRefused(_ script: String, _ name: String) throws {
    let scene = try DestroyScene()
    try scene.shell(script, in: scene.create("x"))
    try scene.expectRefused("'\(name)', which piko did not make")
  }

  @Test(arguments: ["HEAD", "index"])
  func aRecordThatGitCannotReadGoesByForceAlone(_ file: String) throws {
    let scene = try DestroyScene()
    try scene.create("x")
    try scene.shell("printf junk > .git/worktrees/x/\(file)")
    let refused = try scene.destroy("x")
    #expect(refused.status == 1)
    #expect(
      refused.stderr.hasSuffix(
        "hint: to lose whatever it holds, run 'piko destroy --force x'\n"), "\(refused)")
    #expect(scene.sandbox.exists(scene.worktree("x").appending("README")))
    let forced = try scene.destroy("--force", "x")
    #expect(forced.status == 0, "\(forced)")
    try scene.expectGone("x")
  }

  @Test func aBranchThatStaysAsHeadIsDetachedIsNamed() throws {
    let scene = try DestroyScene()
    try scene.shell("git checkout -q --detach", in: scene.create("x"))
    let done = try scene.destroy("--delete-branch", "x")
    #expect(done.status == 0, "\(done)")
    #expect(done.stderr.contains("kept branch 'x': the worktree was at no branch\n"), "\(done)")
    #expect(try scene.hasBranch("x"))
  }

  // MARK: - Told beforehand

  @Test func aDryRunTellsWhatRefusesItAndHowManyIgnoredFilesGo() throws {
    let scene = try DestroyScene()
    try scene.shell("echo a > app.log; echo a > new", in: scene.create("x"))
    #expect(
      try scene.destroy("--dry-run", "x").text == """
        1| environment  x
        1| session      piko/project/x
        1| worktree     <root>/project/.piko/worktrees/x
        1| ignored      1 file
        1| lost         1 uncommitted or untracked file
        2| error: cannot destroy environment 'x': it has 1 uncommitted or untracked file
        2| hint: to see them, run 'git -C <root>/project/.piko/worktrees/x status'
        2| hint: to lose them, run 'piko destroy --force x'
        status 1
        """)
    #expect(try scene.destroy("--dry-run", "--force", "x").status == 0)
    try scene.expectWhole("x")
  }

  // MARK: - Moved

  @Test func aProjectThatWasMovedIsEnteredFirst() throws {
    let scene = try DestroyScene()
    try scene.shell(
      "git checkout -q --detach; git commit -q --allow-empty -m a", in: scene.create("x"))
    let place = scene.sandbox.root.appending("moved")
    try scene.shell("cd ..; mv project moved")
    for options in [[], ["--force"]] {
      #expect(
        try scene.sandbox.piko(["destroy"] + options + ["x"], in: place).text == """
          2| error: the project in '<root>/moved' was moved from '<root>/project'
          2| hint: to have its environments follow, run 'piko doctor --fix'
          status 128
          """)
    }
    #expect(scene.sandbox.exists(place.pushing(".git/worktrees/x/HEAD")))
    let fixed = try scene.sandbox.piko("doctor", "--fix", in: place)
    #expect(!fixed.stdout.contains("not mended"), "\(fixed)")
    #expect(try scene.sandbox.piko("destroy", "--force", "x", in: place).status == 0)
    #expect(!scene.sandbox.exists(place.pushing(".git/worktrees/x")))
  }

  @Test func aCopyOfAProjectDestroysNothingOfIt() throws {
    let scene = try DestroyScene()
    try scene.create("x")
    try scene.shell("cp -r . ../copy")
    let refused = try scene.sandbox.piko(
      "destroy", "--force", "x", in: scene.sandbox.root.appending("copy"))
    #expect(refused.status == 128)
    #expect(refused.stderr.contains("is a copy of '<root>/project'"), "\(refused)")
    try scene.expectWhole("x")
  }
}
