import Support
import SystemPackage
import Testing

/// Undoing a create takes back what piko and the project's own programs made, all of it, and never
/// what the user made meanwhile.
@Suite struct CreateOwnWorkTests {
  let sandbox: Sandbox

  init() throws { sandbox = try Sandbox() }

  private static let ignores = "*.local\ndeps/\n"

  private func project(prepare: String = "true") throws -> FilePath {
    let project = try sandbox.project(
      configured: """
        scripts: {prepare: "\(prepare)"}
        copy: [.env.local, conf.local]
        ports: {web: 3000}
        """, files: [".gitignore": Self.ignores])
    try sandbox.write("SECRET=1\n", to: "project/.env.local")
    try sandbox.write("x\n", to: "project/conf.local/x")
    return project
  }

  private func create(fault: String? = nil, in project: FilePath) throws -> Transcript {
    try sandbox.piko(
      "create", "new", "--yes", in: project, environment: ["PIKO_TEST_FAULT": fault])
  }

  private let worktree: FilePath = "project/.piko/worktrees/new"

  /// Expects that the next create refuses to undo because of a file, and destroy goes on.
  private func expectRefusal(naming file: String, in project: FilePath) throws {
    let said = try create(in: project)
    #expect(said.stderr.contains("\(file)', which piko did not write\n"), "\(said)")
    #expect(said.stderr.contains("hint: to lose that, run 'piko destroy --force new'\n"))
    #expect(said.status == 1)
    let listed = try Environments(of: sandbox.piko("list", "--json", in: project)).environments
    #expect(listed.map(\.state) == ["creating"])
    try sandbox.output("piko", ["destroy", "--force", "--delete-branch", "new"], in: project)
    #expect(try create(in: project).status == 0)
  }

  // MARK: - What the project's programs made

  private static let litter = """
    mkdir -p deps/a out; echo d > deps/a/d; echo o > out/o; echo p > p.local; echo r >> README; \
    echo s > s; git add s
    """

  @Test(arguments: [("isolate:fail", false), ("", true)])
  func whatAPrepareScriptWroteGoes(fault: String, fails: Bool) throws {
    let project = try project(prepare: Self.litter + (fails ? "; exit 3" : ""))
    let before = try Traces(of: project, in: sandbox)
    let said = try create(fault: fault, in: project)
    #expect(said.status == 1)
    #expect(said.stderr.contains("\nundid all that was made for new\nerror: "), "\(said)")
    #expect(try Traces(of: project, in: sandbox) == before)
  }

  @Test func whatAPrepareScriptWroteGoesLaterToo() throws {
    let project = try project(prepare: Self.litter)
    #expect(try create(fault: "isolate:kill", in: project).status == 137)
    // As if that undo had been killed too, half-way.
    try sandbox.output("rm", ["-r", "deps/a", "README"], in: sandbox.root.pushing(worktree))
    let said = try create(in: project)
    #expect(said.status == 0, "\(said)")
    #expect(sandbox.exists(worktree.pushing("deps/a/d")))
  }

  @Test func whatAKilledPrepareScriptWroteIsNotTakenForPikos() throws {
    let project = try project(prepare: "mkdir deps; echo d > deps/d; kill -9 $PPID; sleep 9")
    #expect(try create(in: project).status == 137)
    let said = try create(in: project)
    #expect(said.stderr.contains("'deps/d', which piko did not write"), "\(said)")
    #expect(sandbox.exists(worktree.pushing("deps/d")))
  }

  @Test func whatAHookWroteGoes() throws {
    let project = try project()
    try sandbox.write(
      "#!/bin/sh\nmkdir deps; echo d > deps/d; echo h > hook.local; echo o > out\n",
      to: "project/.git/hooks/post-checkout", mode: 0o755)
    let before = try Traces(of: project, in: sandbox)
    #expect(try create(fault: "copy:fail", in: project).status == 1)
    #expect(try Traces(of: project, in: sandbox) == before)
    #expect(try create(fault: "after-copy:kill", in: project).status == 137)
    #expect(try create(in: project).status == 0)
  }

  // MARK: - What was copied

  @Test func acopyThatWasCutOffGoes() throws {
    let project = try project()
    #expect(try create(fault: "copy:kill", in: project).status == 137)
    try sandbox.write("SECR", to: worktree.pushing(".env.local"))
    #expect(try create(in: project).status == 0)
    #expect(try sandbox.read(worktree.pushing(".env.local")) == "SECRET=1\n")
  }

  @Test func anotherFileInTheCopysPlaceStays() throws {
    let project = try project()
    #expect(try create(fault: "copy:kill", in: project).status == 137)
    try sandbox.write("MINE=1\n", to: worktree.pushing(".env.local"))
    try expectRefusal(naming: ".env.local", in: project)
  }

  @Test func acopyGoesThoughTheOriginalHasChanged() throws {
    let project = try project()
    #expect(try create(fault: "after-copy:kill", in: project).status == 137)
    try sandbox.write("SECRET=2\n", to: "project/.env.local")
    #expect(try create(in: project).status == 0)
    #expect(try sandbox.read(worktree.pushing(".env.local")) == "SECRET=2\n")
  }

  // MARK: - What the user made

  @Test(arguments: [
    (".env.local", "SECRET=1\nMINE=1\n"), ("mine.local", "m\n"), ("conf.local/mine", "m\n"),
    ("deps/mine", "m\n"), ("mine", "m\n"),
  ])
  func aFileOfTheUsersStays(file: String, text: String) throws {
    let project = try project()
    #expect(try create(fault: "after-copy:kill", in: project).status == 137)
    try sandbox.write(text, to: worktree.pushing(FilePath(file)))
    #expect(try create(in: project).status == 1)
    #expect(try sandbox.read(worktree.pushing(FilePath(file))) == text)
    try expectRefusal(naming: file, in: project)
  }

  @Test func aCommitOnADetachedHeadStays() throws {
    let project = try project()
    #expect(try create(fault: "prepare:kill", in: project).status == 137)
    let own = sandbox.root.pushing(worktree)
    try sandbox.git("checkout", "-q", "--detach", in: own)
    try sandbox.git("commit", "-q", "--allow-empty", "-m", "Mine", in: own)
    #expect(
      try create(in: project).text == """
        2| undoing an earlier 'piko create new' that was cut off
        2| error: cannot undo worktree at '<root>/project/.piko/worktrees/new': it has 1 commit \
        that no branch or tag reaches
        2| hint: to keep what is checked out, run 'git -C <root>/project/.piko/worktrees/new switch \
        --create kept'
        2| hint: to lose that, run 'piko destroy --force new'
        status 1
        """)
    try sandbox.git("switch", "-q", "--create", "kept", in: own)
    #expect(try create(in: project).status == 0)
    #expect(try sandbox.git("log", "-1", "--format=%s", "kept", in: project) == "Mine")
  }

  @Test(arguments: ["--skip-worktree", "--assume-unchanged"])
  func anEditThatGitWasToldNotToSeeStays(mark: String) throws {
    let project = try project()
    #expect(try create(fault: "prepare:kill", in: project).status == 137)
    try sandbox.git("update-index", mark, "README", in: sandbox.root.pushing(worktree))
    try sandbox.write("mine\n", to: worktree.pushing("README"))
    try expectRefusal(naming: "README", in: project)
  }

  @Test func anUnfinishedRebaseStays() throws {
    let project = try project()
    #expect(try create(fault: "prepare:kill", in: project).status == 137)
    let own = sandbox.root.pushing(worktree)
    try sandbox.write("mine\n", to: worktree.pushing("README"))
    let rebase = try sandbox.run(
      "git", ["rebase", "-i", "--autostash", "HEAD"], in: own,
      environment: ["GIT_SEQUENCE_EDITOR": "echo break >"])
    #expect(rebase.status == 0, "\(rebase)")
    let said = try create(in: project)
    #expect(said.status == 1 && said.stderr.contains("it has a rebase that is not finished"))
    try sandbox.git("rebase", "--abort", in: own)
    #expect(try sandbox.read(worktree.pushing("README")) == "mine\n")
  }

  @Test func doctorRefusesTheSame() throws {
    let project = try project()
    #expect(try create(fault: "prepare:kill", in: project).status == 137)
    try sandbox.write("m\n", to: worktree.pushing("mine.local"))
    _ = try sandbox.piko("doctor", "--fix", in: project)
    #expect(try sandbox.read(worktree.pushing("mine.local")) == "m\n")
  }
}
