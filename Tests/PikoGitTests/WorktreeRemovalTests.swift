import Glibc
import PikoCore
import PikoGit
import SystemPackage
import Testing

@Suite struct WorktreeRemovalTests {
  /// What is left of a worktree: nothing anywhere.
  private func expectNoTrace(
    of place: String, in scene: Scene, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    #expect(!scene.exists(place), sourceLocation: sourceLocation)
    #expect(!scene.exists("repo/.git/worktrees"), sourceLocation: sourceLocation)
    #expect(
      try scene.shell("repo", "ls .git").contains("piko-worktree") == false,
      sourceLocation: sourceLocation)
  }

  @Test func aWorktreeAndItsEntryGo() throws {
    let scene = try Scene()
    try scene.repository()
    try scene.shell(".", "mkdir outside; echo keep > outside/file")
    try scene.add("x", at: "wt")
    try scene.shell(
      "wt", "ln -s ../outside out; mkdir -p ro/sub; echo a > ro/sub/f; chmod 500 ro/sub; chmod 0 ro"
    )
    #expect(try scene.open().removeWorktree(scene.path("wt")))
    try expectNoTrace(of: "wt", in: scene)
    #expect(scene.read("outside/file") == "keep\n")
    #expect(try !scene.open().removeWorktree(scene.path("wt")))
    #expect(try scene.open().hasBranch("x"))
    #expect(try scene.open().deleteBranch("x"))
    #expect(try !scene.open().hasBranch("x"))
  }

  @Test(arguments: ["rm -r wt", "rm -r repo/.git/worktrees/wt", "rm wt/.git; rm -r wt/*"])
  func whatWasHalfRemovedByHand(_ damage: String) throws {
    let scene = try Scene()
    try scene.repository()
    try scene.add("x", at: "wt")
    try scene.shell(".", damage)
    #expect(try scene.open().removeWorktree(scene.path("wt")))
    try expectNoTrace(of: "wt", in: scene)
  }

  @Test func whatIsNotAWorktreeOfTheRepositoryStays() throws {
    let scene = try Scene()
    try scene.repository()
    try scene.repository("other")
    try scene.git("other", "worktree", "add", "-q", "../theirs")
    try scene.git("repo", "worktree", "add", "-q", "-b", "y", "../moved")
    try scene.shell(".", "mkdir plain; echo a > plain/a; cp -r moved copy; ln -s moved link")
    for place in ["plain", "other", "theirs", "repo", "copy", "link", "home/../plain/a"] {
      let refused = failure { try scene.open().removeWorktree(scene.path(place)) }
      #expect(refused?.message.hasPrefix("cannot remove '") == true, "\(place)")
      #expect(scene.exists(place))
    }
    #expect(scene.exists("moved/README"))
  }

  @Test func aLockedWorktreeStays() throws {
    let scene = try Scene()
    try scene.repository()
    try scene.add("x", at: "wt")
    try scene.git("repo", "worktree", "lock", "--reason", "mine", "../wt")
    let refused = failure { try scene.open().removeWorktree(scene.path("wt")) }
    #expect(refused?.message.hasSuffix("it is locked: mine") == true)
    #expect(scene.exists("wt/README"))
    try scene.add("y", at: "a b")
    try scene.git("repo", "worktree", "lock", "../a b")
    #expect(
      failure { try scene.open().removeWorktree(scene.path("a b")) }?.hints
        == ["to allow it, run 'git worktree unlock '\(scene.path("a b"))''"])
  }

  @Test func whatAnotherUserOwnsIsFoundBeforehand() async throws {
    try #require(geteuid() == 0, "this test makes files of two users, so it runs as root")
    let scene = try Scene()
    try scene.shell(
      ".",
      """
      chmod 755 .; mkdir -p wt/mine wt/theirs/sub wt/open; echo > wt/mine/a; echo > wt/theirs/b
      echo > wt/open/c; chown -R 1234 wt/mine wt; chown -R 0 wt/theirs wt/open/c; chmod 500 wt/mine
      """)
    #expect(TreeSurvey(of: scene.path("wt")).obstacles == [])  // root can
    let directory = scene.directory.string
    await #expect(processExitsWith: .success) { [directory = directory as String] in
      setuid(1234)
      let found = TreeSurvey(of: FilePath(directory).appending("wt")).obstacles
      #expect(
        found.map(\.lastComponent?.string).sorted { ($0 ?? "") < ($1 ?? "") } == ["b", "sub"])
    }
  }

  /// Programs that have the tree as their working directory go on writing where it was moved to.
  @Test func whatIsWrittenDuringTheRemovalStays() throws {
    let scene = try Scene()
    try scene.repository()
    try scene.commit("repo", ["d/e/f": "1", "d/g": "1"])
    try scene.add("x", at: "wt")
    try scene.shell("wt", "mkdir empty; mkfifo pipe; ln -s nowhere link")
    let refused = failure {
      try scene.open().removeWorktree(
        scene.path("wt"), keeping: { Failure("kept in \($0.lastComponent?.string ?? "")") }
      ) { (aside) throws(Failure) in
        _ = try? scene.shell(
          aside.lastComponent?.string ?? "",
          "echo late > d/e/late; echo more >> d/g; mkdir -p new/empty; echo l > 'new/a b'")
      }
    }
    #expect(refused?.message == "kept in .wt.kept")
    try expectNoTrace(of: "wt", in: scene)
    #expect(!scene.exists(".wt.removed"))
    #expect(
      try scene.shell(".wt.kept", "find . | sort; cat d/e/late d/g") == """
        .
        ./d
        ./d/e
        ./d/e/late
        ./d/g
        ./new
        ./new/a b
        ./new/empty
        late
        1more

        """)
    try scene.add("x", at: "wt")
    #expect(
      try scene.open().removeWorktree(scene.path("wt"), keeping: { Failure("kept in \($0)") }))
    try expectNoTrace(of: "wt", in: scene)
  }

  @Test func aFolderThatNobodyMayLookIntoIsFound() async throws {
    try #require(geteuid() == 0, "this test works as two users, so it runs as root")
    let scene = try Scene()
    try scene.shell(
      ".", "chmod 755 .; mkdir -p wt/shut/in wt/open; chown -R 1234 wt; chmod 0 wt/shut")
    let directory = scene.directory.string
    await #expect(processExitsWith: .success) { [directory = directory as String] in
      setuid(1234)
      let survey = TreeSurvey(of: FilePath(directory).appending("wt"))
      #expect(survey.closed.map(\.lastComponent?.string) == ["shut"])
      #expect(survey.obstacles == [])
    }
  }

  @Test func aLockFileThatStaysIsNamed() throws {
    let scene = try Scene()
    try scene.repository()
    try scene.shell("repo", "git branch x; git pack-refs --all; touch .git/packed-refs.lock")
    let start = ContinuousClock.now
    let refused = failure { try scene.open().deleteBranch("x") }
    #expect(refused?.message == "cannot delete branch 'x'")
    #expect(
      refused?.hints == [
        "where no other git is at work, run 'rm \(scene.path("repo/.git/packed-refs.lock"))'"
      ])
    #expect(ContinuousClock.now - start < .seconds(12))
    #expect(try scene.open().hasBranch("x"))
  }

  // MARK: - Undo

  @Test func anEntryThatNamesNothingYetGoes() throws {
    let scene = try Scene()
    try scene.repository()
    let record = try WorktreeRecord(
      intending: scene.open().planBranch("x"), at: scene.path("wt"))
    try scene.shell("repo", "mkdir .git/piko-worktree-1-2")
    try scene.open().undoWorktree(record)
    try expectNoTrace(of: "wt", in: scene)
  }

  @Test func aBranchThatPikoIsNotKnownToHaveMadeStays() throws {
    let scene = try Scene()
    try scene.repository()
    var record = try WorktreeRecord(
      intending: scene.open().planBranch("x"), at: scene.path("wt"))
    try scene.shell("repo", "git branch x; git config branch.x.description mine")
    try scene.open().undoWorktree(record)
    #expect(try scene.git("repo", "config", "branch.x.description") == "mine\n")
    record.hasMadeBranch = true
    try scene.open().undoWorktree(record)
    #expect(try !scene.open().hasBranch("x"))
  }

  @Test func anUndoneWorktreeLeavesNoTrace() throws {
    let scene = try Scene()
    try scene.repository()
    let before = try scene.shell(
      "repo", "find .git -not -path '*/objects*' | sort; cat .git/config")
    let record = try scene.add("x", at: "a/wt").record
    try scene.open().undoWorktree(record)
    try expectNoTrace(of: "a/wt", in: scene)
    #expect(
      try scene.shell("repo", "find .git -not -path '*/objects*' | sort; cat .git/config") == before
    )
    try scene.open().undoWorktree(record)
  }

  @Test func theBranchStaysWhereItWasThereBeforeOrHasMoved() throws {
    let scene = try Scene()
    try scene.repository()
    try scene.git("repo", "branch", "old")
    try scene.open().undoWorktree(scene.add("old", at: "wt").record)
    #expect(try scene.open().hasBranch("old"))
    let record = try scene.add("x", at: "wt").record
    try scene.commit("wt", ["new": "commit"])
    try scene.open().undoWorktree(record)
    #expect(try scene.open().hasBranch("x"))
  }

  @Test func whatPikoDidNotWriteStops() throws {
    let scene = try Scene()
    try scene.repository()
    let record = try scene.add("x", at: "wt").record
    try scene.write("wt/README", "edited\n")
    let edited = failure { try scene.open().undoWorktree(record) }
    #expect(edited?.message.contains("it holds 'README', which piko did not write") == true)
    try scene.shell("wt", "git checkout -q README; echo a > notes")
    #expect(failure { try scene.open().undoWorktree(record) } != nil)
    #expect(scene.read("wt/notes") == "a\n")
    try scene.shell("wt", "echo notes >> ../repo/.git/info/exclude; rm README")
    let ignored = failure { try scene.open().undoWorktree(record) }
    #expect(ignored?.message.contains("it holds 'notes', which piko did not write") == true)
    #expect(scene.read("wt/notes") == "a\n")
    try scene.shell("wt", "rm notes")
    try scene.open().undoWorktree(record)
    try expectNoTrace(of: "wt", in: scene)
  }

  /// What a kill at each moment leaves, made by cutting a finished worktree back to it.
  @Test(arguments: [
    "rm -r wt repo/.git/worktrees",  // only the branch
    "mv repo/.git/worktrees/wt repo/.git/piko-worktree-1-2; rm -r wt repo/.git/worktrees",
    "rm -r wt; rm \"$entry/index\"; echo initializing > \"$entry/locked\"",
    "rm -r wt; mkdir wt; rm \"$entry/index\"; echo initializing > \"$entry/locked\"",
    "rm -r wt/*; rm \"$entry/index\"; echo initializing > \"$entry/locked\"",
    "rm wt/b; printf 'half of a l' > wt/b; rm \"$entry/index\"; echo initializing > \"$entry/locked\"",
    "rm wt/b wt/link; : > wt/b; rm \"$entry/index\"; echo initializing > \"$entry/locked\"",
    "mv \"$entry/index\" \"$entry/index.lock\"; echo initializing > \"$entry/locked\"",
    "echo initializing > \"$entry/locked\"",
    "rm -r wt/*", "rm -r wt", "rm \"$entry/HEAD\" \"$entry/index\"; rm -r wt",
  ])
  func aWorktreeCutOffHalfWayIsUndone(_ damage: String) throws {
    let scene = try Scene()
    try scene.repository()
    try scene.shell("repo", "ln -s README link")
    try scene.commit("repo", ["b": "half of a long line\n", "d/e/f": "deep\n"])
    let before = try scene.shell(
      "repo", "find .git -not -path '*/objects*' | sort; cat .git/config")
    let plan = try scene.open().planBranch("x")
    var record = WorktreeRecord(intending: plan, at: scene.path("wt"))
    _ = try scene.open().addWorktree(
      plan, at: scene.path("wt"), branchMade: { record.hasMadeBranch = true })
    try scene.shell(".", "entry=repo/.git/worktrees/wt; \(damage)")
    try scene.open().undoWorktree(record)
    try expectNoTrace(of: "wt", in: scene)
    #expect(
      try scene.shell("repo", "find .git -not -path '*/objects*' | sort; cat .git/config") == before
    )
  }

  @Test func aFileOfTheUsersInAHalfMadeWorktreeStops() throws {
    for damage in ["echo mine > wt/mine", "echo longer >> wt/README", "ln -sf else wt/README"] {
      let scene = try Scene()
      try scene.repository()
      let record = try scene.add("x", at: "wt").record
      try scene.shell(
        ".", "rm repo/.git/worktrees/wt/index; echo initializing > repo/.git/worktrees/wt/locked")
      try scene.shell(".", damage)
      #expect(failure { try scene.open().undoWorktree(record) } != nil, "\(damage)")
      #expect(scene.exists("wt/README") && scene.exists("repo/.git/worktrees/wt"))
    }
  }

  @Test func halfOfWhatAFilterWroteIsPikos() throws {
    let scene = try Scene()
    try scene.repository()
    try scene.shell("repo", "git config filter.up.smudge 'tr a-z A-Z'")
    try scene.commit("repo", [".gitattributes": "*.up filter=up\n", "a.up": "text\n"])
    let added = try scene.add("x", at: "wt")
    #expect(added.isMadeByGit)
    try scene.shell(
      ".",
      """
      entry=repo/.git/worktrees/wt; rm $entry/index; echo initializing > $entry/locked
      printf TE > wt/a.up
      """)
    try scene.open().undoWorktree(added.record)
    try expectNoTrace(of: "wt", in: scene)
  }

  @Test func anInterruptStopsBetweenTwoFiles() async throws {
    let scene = try Scene()
    try scene.repository()
    let directory = scene.directory.string
    await #expect(processExitsWith: .success) { [directory = directory as String] in
      let scene = Scene(at: FilePath(directory))
      let repository = try scene.open()
      let plan = try repository.planBranch("x")
      Interrupt.trap()
      kill(getpid(), SIGTERM)  // to the process: the threads of tests take no signals
      while Interrupt.received == nil { usleep(1000) }
      let stopped = failure { _ = try repository.addWorktree(plan, at: scene.path("wt")) }
      #expect(stopped?.status == .signal(SIGTERM))
      try Interrupt.shielded {
        try repository.undoWorktree(WorktreeRecord(intending: plan, at: scene.path("wt")))
      }
    }
    try expectNoTrace(of: "wt", in: scene)
    #expect(try !scene.open().hasBranch("x"))
  }
}
