import PikoCore
import Support
import SystemPackage
import Testing

/// The destroy script, and destroying that is killed, fails or meets another one.
@Suite struct DestroyCutOffTests {
  // MARK: - The script

  static let script = """
    ports: {web: 3000}
    env: {DERIVED: "at ${PIKO_WEB_PORT}"}
    scripts:
      destroy: |
        echo "on standard output"
        test -e "$PIKO_ENV_PATH/README"
        env | grep -E '^(PIKO_|COMPOSE_|DERIVED)' | sort > "$PIKO_ROOT/told.log"
        pwd >> "$PIKO_ROOT/told.log"
        test ! -e "$PIKO_ROOT/fail.log"

    """

  @Test func theScriptRunsFirstWithAllVariables() throws {
    let scene = try DestroyScene(files: [".piko.yml": Self.script])
    let worktree = try scene.create("x")
    let port = try scene.sandbox.piko(
      "env", "x", "--", "printenv", "PIKO_WEB_PORT", in: scene.project
    )
    .stdout.filter(\.isNumber)
    #expect(
      try scene.destroy("x").text == """
        2| running the destroy script
        2| on standard output
        2| ✓ Ran destroy script
        2| ✓ Ended session piko/project/x
        2| ✓ Removed worktree at .piko/worktrees/x
        2| ✓ Destroyed environment x
        status 0
        """)
    let told = try scene.sandbox.read(scene.project.appending("told.log"))
    #expect(
      told == """
        DERIVED=at \(port)
        PIKO_BRANCH=x
        PIKO_ENV_NAME=x
        PIKO_ENV_PATH=\(worktree)
        PIKO_PROJECT=piko-project-x
        PIKO_ROOT=\(scene.project)
        PIKO_STATE_HOME=\(scene.sandbox.root)/state/piko
        PIKO_WEB_PORT=\(port)
        PIKO_WEB_PORT_3000=\(port)
        \(worktree)

        """)
  }

  @Test func aFailingScriptStopsBeforeAnythingIsRemoved() throws {
    let scene = try DestroyScene(files: [".piko.yml": Self.script])
    try scene.create("x")
    try scene.shell("touch fail.log")
    #expect(
      try scene.destroy("-q", "x").text == """
        2| on standard output
        2| error: the destroy script ended with status 1
        2| hint: to destroy it all the same, add '--force'
        status 1
        """)
    try scene.expectWhole("x")
    #expect(try scene.state("SELECT status FROM environments") == "ready")
    let forced = try scene.destroy("-q", "--force", "x")
    #expect(forced.status == 0)
    #expect(forced.stderr.contains("warning: the destroy script ended with status 1\n"))
    try scene.expectGone("x")
  }

  @Test func aScriptThatWasNeverApprovedIsNotRun() throws {
    let scene = try DestroyScene(files: [".piko.yml": Self.script])
    let worktree = try scene.create("x")
    try scene.shell(
      "echo '    touch \"$PIKO_ROOT/evil.log\"' >> .piko.yml; git commit -qam evil", in: worktree)
    let refused = try scene.destroy("x")
    #expect(refused.status == 128)
    #expect(
      refused.stderr.contains(
        "error: the scripts in '<root>/project/.piko/worktrees/x/.piko.yml' are not approved\n"))
    #expect(refused.stderr.contains("touch \"$PIKO_ROOT/evil.log\""))
    #expect(
      refused.stderr.hasSuffix(
        "hint: to destroy it all the same, add '--force'\n"))
    try scene.expectWhole("x")
    #expect(try scene.destroy("--force", "x").status == 0)
    #expect(!scene.sandbox.exists(scene.project.appending("evil.log")))
    try scene.expectGone("x")
  }

  @Test func theHintToApproveItWorks() throws {
    let scene = try DestroyScene(files: [".piko.yml": Self.script])
    let worktree = try scene.create("x")
    try scene.shell(
      "echo '    touch \"$PIKO_ROOT/more.log\"' >> .piko.yml; git commit -qam more", in: worktree)
    #expect(try scene.destroy("x").stderr.contains("run 'piko trust x'\n"))
    #expect(try scene.sandbox.piko("trust", "x", in: scene.project).status == 0)
    #expect(try scene.destroy("x").status == 0)
    #expect(scene.sandbox.exists(scene.project.appending("more.log")))
  }

  // MARK: - Cut off

  static let steps = [
    "destroy-script", "end-session", "remove-worktree", "branch", "release",
  ]
  static let faults = steps.flatMap { step in
    ["", "after-"].flatMap { moment in ["kill", "fail"].map { "\(moment)\(step):\($0)" } }
  }

  @Test(arguments: faults)
  func theSameCommandAgainEndsWhatWasCutOff(_ fault: String) throws {
    let scene = try DestroyScene(files: [".piko.yml": Self.script])
    for name in ["x", "other"] { try scene.create(name) }
    let others = try scene.sandbox.piko("ports", "other", in: scene.project).stdout
    let cut = try scene.destroy("--delete-branch", "x", environment: ["PIKO_TEST_FAULT": fault])
    #expect(cut.status == (fault.hasSuffix("kill") ? 137 : 1), "\(cut)")
    let again = try scene.destroy("--delete-branch", "x")
    // After the last step there is nothing left to name.
    #expect(again.status == (fault.hasPrefix("after-release") ? 1 : 0), "\(again)")
    try scene.expectGone("x")
    #expect(try !scene.hasBranch("x"))
    try scene.expectWhole("other")
    #expect(try scene.sandbox.piko("ports", "other", in: scene.project).stdout == others)
    #expect(try scene.sandbox.git("status", "--porcelain", in: scene.worktree("other")) == "")
    try scene.create("x")
    try scene.expectWhole("x")
  }

  /// Cut off among the files: the worktree is aside, and some of it is gone.
  private func cutOff(_ options: String..., in scene: DestroyScene) throws {
    _ = try scene.sandbox.piko(
      ["destroy"] + options + ["x"], in: scene.project,
      environment: ["PIKO_TEST_FAULT": "remove-worktree:kill"])
    try scene.shell(
      "mv x .x.removed; cd .x.removed; rm -r a c .gitignore; echo a > new",
      in: scene.project.pushing(".piko/worktrees"))
  }

  @Test func aRemovalCutOffAmongTheFilesGoesOn() throws {
    let scene = try DestroyScene(files: ["a/b": "", "c": ""])
    try scene.create("x")
    try cutOff(in: scene)
    let done = try scene.destroy("x")
    #expect(done.status == 0, "\(done)")
    try scene.expectGone("x")
    #expect(try scene.shell("ls -A .piko/worktrees") == "")
  }

  @Test func filesWrittenWhereAWorktreeWasRemovedAreNotLost() throws {
    let scene = try DestroyScene(files: ["a/b": "", "c": ""])
    let worktree = try scene.create("x")
    try cutOff(in: scene)
    try scene.shell("mkdir -p .piko/worktrees/x; echo mine > .piko/worktrees/x/new")
    #expect(try scene.destroy("x").status == 1)
    #expect(try scene.sandbox.read(worktree.appending("new")) == "mine\n")
  }

  /// Killed at whatever moment, piko leaves either the whole worktree at its place or none.
  @Test func theWorktreeIsNeverHalfThere() throws {
    let files = Dictionary(uniqueKeysWithValues: (1...1500).map { ("d\($0)/file", "") })
    let scene = try DestroyScene(files: files)
    let worktree = try scene.create("x")
    let cut = try scene.sandbox.run(
      "perl", "-e",
      """
      my $pid = fork;
      if (!$pid) { exec 'piko', 'destroy', '-q', 'x' }
      1 while -e '\(worktree)';
      kill 'KILL', $pid;
      waitpid $pid, 0;
      print $? & 127;
      """, in: scene.project)
    #expect(cut.stdout == "9", "\(cut)")
    #expect(!scene.sandbox.exists(worktree))
    let done = try scene.destroy("x")
    #expect(done.status == 0, "\(done)")
    try scene.expectGone("x")
    #expect(try scene.shell("ls -A .piko/worktrees") == "")
  }

  @Test func doctorFinishesWhatWasAsked() throws {
    let scene = try DestroyScene(files: ["a/b": "", "c": ""])
    let worktree = try scene.create("x")
    try scene.shell("git commit -q --allow-empty -m work", in: worktree)
    try cutOff("--force", "--delete-branch", in: scene)
    let fixed = try scene.sandbox.piko("doctor", "--fix", in: scene.project)
    #expect(fixed.status == 0, "\(fixed)")
    try scene.expectGone("x")
    #expect(try !scene.hasBranch("x"))
  }

  @Test(arguments: ["release:fail", "after-branch:kill", "branch:kill"])
  func doctorDeletesNoBranchThatIsAnotherSince(fault: String) throws {
    let scene = try DestroyScene()
    try scene.create("x")
    _ = try scene.destroy(
      "--force", "--delete-branch", "x", environment: ["PIKO_TEST_FAULT": fault])
    try scene.shell(
      "git switch -q -C x; git commit -q --allow-empty -m new; git switch -q --detach main")
    let fixed = try scene.sandbox.piko("doctor", "--fix", in: scene.project)
    #expect(fixed.status == 0, "\(fixed)")
    #expect(try scene.shell("git log -1 --format=%s x") == "new")
  }

  @Test func doctorLosesNothingThatWasWrittenSince() throws {
    let scene = try DestroyScene()
    let worktree = try scene.create("x")
    _ = try scene.destroy(
      "--force", "x", environment: ["PIKO_TEST_FAULT": "remove-worktree:kill"])
    try scene.shell("echo a > new", in: worktree)
    let fixed = try scene.sandbox.piko("doctor", "--fix", in: scene.project)
    #expect(fixed.stdout.contains("it has 1 uncommitted"), "\(fixed)")
    try scene.expectWhole("x")
  }

  @Test(arguments: ["echo more >> README", "echo a > new"])
  func workDoneAfterADestroyThatFailedIsNotLost(_ work: String) throws {
    let scene = try DestroyScene()
    let worktree = try scene.create("x")
    _ = try scene.destroy("x", environment: ["PIKO_TEST_FAULT": "remove-worktree:fail"])
    try scene.shell(work, in: worktree)
    #expect(try scene.destroy("x").stderr.contains("it has 1 uncommitted"))
    try scene.expectWhole("x")
  }

  @Test func workInAnEnvironmentWhoseNameWasUsedBeforeIsNotLost() throws {
    let scene = try DestroyScene()
    try scene.create("x")
    #expect(try scene.destroy("x").status == 0)
    let worktree = try scene.create("x")
    _ = try scene.state("UPDATE environments SET status = 'destroying'")
    try scene.shell("rm .gitignore; echo a > new", in: worktree)
    #expect(try scene.destroy("x").stderr.contains("it has 2 uncommitted"))
    try scene.expectWhole("x")
  }

  @Test func twoAtOnceBothEndWell() throws {
    let scene = try DestroyScene(files: [".piko.yml": "scripts: {destroy: sleep 0.5}\n"])
    try scene.create("x")
    let both = try scene.sandbox.run(
      "sh",
      "-c",
      """
      piko destroy x > one.log 2>&1 & one=$!
      piko destroy x > two.log 2>&1 & two=$!
      wait $one; a=$?; wait $two; echo $a $?; cat one.log two.log
      """, in: scene.project)
    #expect(both.stdout.hasPrefix("0 0\n"), "\(both)")
    #expect(both.stdout.components("Destroyed environment x") == 1)
    try scene.expectGone("x")
  }

  @Test(arguments: ["TERM", "INT", "HUP"])
  func aSignalStopsItAndTheSameCommandGoesOn(_ signal: String) throws {
    let scene = try DestroyScene(files: [
      ".piko.yml":
        "scripts: {destroy: 'test -e \"$PIKO_ROOT/b.log\" || { touch \"$PIKO_ROOT/b.log\"; exec sleep 20; }'}\n"
    ])
    try scene.create("x")
    let number = ["TERM": 143, "INT": 130, "HUP": 129][signal] ?? 0
    // A shell ignores SIGINT in what it starts in the background, so it is set back first.
    let cut = try scene.sandbox.run(
      "perl",
      "-e",
      """
      my $pid = fork;
      if (!$pid) { $SIG{INT} = 'DEFAULT'; exec 'piko', 'destroy', 'x' }
      select undef, undef, undef, 0.02 until -e 'b.log';
      kill '\(signal)', $pid;
      waitpid $pid, 0;
      print $? & 127;
      """, in: scene.project)
    #expect(cut.stdout == "\(number - 128)", "\(cut)")
    #expect(cut.stderr.contains("error: interrupted by SIG\(signal)\n"))
    try scene.expectWhole("x")
    #expect(try scene.destroy("x").status == 0)
    try scene.expectGone("x")
  }

  // MARK: - What it may not delete

  @Test func aMountedFilesystemIsRefusedBeforeAnythingIsTouched() throws {
    let scene = try DestroyScene(files: [".gitignore": "mnt/\n"])
    let worktree = try scene.create("x")
    try scene.shell(
      "mkdir mnt ../../../../elsewhere; touch ../../../../elsewhere/file", in: worktree)
    let elsewhere = scene.sandbox.root.appending("elsewhere")
    let mounted = try scene.sandbox.run(
      "mount", "--bind", elsewhere.string, worktree.appending("mnt").string)
    guard mounted.status == 0 else { try Test.cancel("cannot mount here: needs root") }
    let refused = try scene.destroy("--force", "x")
    try scene.sandbox.output("umount", [worktree.appending("mnt").string])
    #expect(
      refused.text == """
        2| error: cannot remove '<root>/project/.piko/worktrees/x': a filesystem is mounted at '<root>/project/.piko/worktrees/x/mnt'
        2| hint: run 'umount <root>/project/.piko/worktrees/x/mnt'
        status 1
        """)
    #expect(scene.sandbox.exists(elsewhere.appending("file")))
    #expect(try scene.destroy("x").status == 0)
    #expect(scene.sandbox.exists(elsewhere.appending("file")))
  }
}

extension String {
  /// How often a text occurs.
  fileprivate func components(_ text: String) -> Int { ranges(of: text).count }
}
