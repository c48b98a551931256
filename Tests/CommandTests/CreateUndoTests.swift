import FoundationEssentials
import PikoCore
import Support
import SystemPackage
import Testing

/// A create that fails, is killed or interrupted before containers leaves nothing, and the next one
/// of that name works.
@Suite struct CreateUndoTests {
  let sandbox: Sandbox

  init() throws { sandbox = try Sandbox() }

  /// Every moment of every step, as `PIKO_TEST_FAULT` names it.
  private static let moments = ["reserve", "worktree", "copy", "prepare", "isolate"]
    .flatMap { [$0, "after-\($0)"] }

  /// A project that uses every step, with a file to copy and an approved script.
  private func fullProject() throws -> FilePath {
    let project = try sandbox.project(
      configured: """
        scripts: {prepare: "echo made > made.local"}
        copy: [.env.local]
        ports: {web: 3000}
        """, files: [".gitignore": "*.local\n"])
    try sandbox.write("A=1\n", to: project.appending(".env.local"))
    return project
  }

  private func create(
    _ name: String, fault: String, in project: FilePath
  ) throws -> Transcript {
    try sandbox.piko(
      "create", name, "--yes", in: project, environment: ["PIKO_TEST_FAULT": fault])
  }

  private func isWhole(_ name: String, in project: FilePath) throws {
    let worktree = try sandbox.create(name, "--yes", in: project)
    #expect(try sandbox.git("status", "--porcelain", in: worktree) == "")
    #expect(try sandbox.read(worktree.appending(".env.local")) == "A=1\n")
    #expect(try sandbox.read(worktree.appending("made.local")) == "made\n")
    let listed = try Environments(of: sandbox.piko("list", "--json", in: project)).environments
    #expect(listed.map(\.name) == [name])
    #expect(listed.map(\.state) == ["ready"])
    #expect(listed.flatMap(\.ports).map(\.service) == ["web"])
  }

  @Test(arguments: moments)
  func aFailureInAStepLeavesNothing(moment: String) throws {
    let project = try fullProject()
    let before = try Traces(of: project, in: sandbox)
    let said = try create("new", fault: "\(moment):fail", in: project)
    #expect(said.status == 1)
    #expect(said.stdout.isEmpty)
    #expect(said.stderr.hasSuffix("error: injected fault in step '\(moment)'\n"), "\(said)")
    #expect(try Traces(of: project, in: sandbox) == before)
    try isWhole("new", in: project)
  }

  @Test(arguments: moments)
  func theNextOneUndoesWhatWasKilled(moment: String) throws {
    let project = try fullProject()
    let said = try create("new", fault: "\(moment):kill", in: project)
    #expect(said.status == 128 + 9)
    #expect(try sandbox.git("status", "--porcelain", in: project) == "")
    try isWhole("new", in: project)
  }

  @Test(arguments: moments)
  func aKilledOneCanBeDestroyed(moment: String) throws {
    let project = try fullProject()
    let before = try Traces(of: project, in: sandbox)
    _ = try create("new", fault: "\(moment):kill", in: project)
    let names = try sandbox.piko("list", "-q", in: project).stdout
    #expect(names == (moment == "reserve" ? "" : "new\n"))
    guard !names.isEmpty else { return }
    let gone = try sandbox.piko("destroy", "new", "--delete-branch", in: project)
    #expect(gone.status == 0, "\(gone)")
    #expect(try Traces(of: project, in: sandbox) == before)
  }

  @Test(arguments: ["worktree:fail", "after-worktree:fail", "isolate:fail", "after-isolate:fail"])
  func aBranchThatExistedBeforeStays(fault: String) throws {
    let project = try fullProject()
    try sandbox.git("branch", "old", in: project)
    let before = try Traces(of: project, in: sandbox)
    #expect(try create("old", fault: fault, in: project).status == 1)
    #expect(try Traces(of: project, in: sandbox) == before)
    let kill = fault.replacing("fail", with: "kill")
    #expect(try create("old", fault: kill, in: project).status == 137)
    try isWhole("old", in: project)
    try sandbox.output("piko", ["destroy", "old"], in: project)
    #expect(try Traces(of: project, in: sandbox) == before)
  }

  @Test func theBranchThatDestroyLeftIsNotUndoneLater() throws {
    let project = try fullProject()
    _ = try create("new", fault: "copy:kill", in: project)
    try sandbox.output("piko", ["destroy", "new"], in: project)
    #expect(try sandbox.git("branch", "--list", "new", in: project) == "  new")
    _ = try create("new", fault: "isolate:fail", in: project)
    #expect(try sandbox.git("branch", "--list", "new", in: project) == "  new")
  }

  @Test func aRemoteBranchKeepsNoTracking() throws {
    let origin = try sandbox.project("origin")
    try sandbox.git("branch", "topic", in: origin)
    try sandbox.git("clone", "-q", origin.string, "project")
    let project = sandbox.root.appending("project")
    let before = try Traces(of: project, in: sandbox)
    #expect(try create("topic", fault: "after-worktree:fail", in: project).status == 1)
    #expect(try Traces(of: project, in: sandbox) == before)
  }

  // MARK: - The user's own

  @Test func aCommitMadeInBetweenIsKept() throws {
    let project = try fullProject()
    _ = try create("new", fault: "prepare:kill", in: project)
    let worktree = project.pushing(".piko/worktrees/new")
    try sandbox.git("commit", "-q", "--allow-empty", "-m", "Mine", in: worktree)
    try isWhole("new", in: project)
    #expect(try sandbox.git("log", "-1", "--format=%s", "new", in: project) == "Mine")
  }

  @Test func aBranchMadeInBetweenIsKept() throws {
    let project = try fullProject()
    #expect(try create("new", fault: "worktree:kill", in: project).status == 137)
    try sandbox.output(
      "sh", ["-ec", "git branch new; git config branch.new.description mine"], in: project)
    let fixed = try sandbox.piko("doctor", "--fix", in: project)
    #expect(!fixed.stdout.contains("not mended"), "\(fixed)")
    #expect(try sandbox.git("config", "branch.new.description", in: project) == "mine")
    #expect(try sandbox.git("branch", "--list", "new", in: project) == "  new")
  }

  @Test func aFileMadeInBetweenIsKept() throws {
    let project = try fullProject()
    _ = try create("new", fault: "prepare:kill", in: project)
    let file = project.pushing(".piko/worktrees/new/mine")
    try sandbox.write("mine\n", to: file)
    #expect(
      try sandbox.piko("create", "new", "--yes", in: project).text == """
        2| undoing an earlier 'piko create new' that was cut off
        2| error: cannot undo worktree at '<root>/project/.piko/worktrees/new': it holds 'mine', \
        which piko did not write
        2| hint: to see what it holds, run 'git -C <root>/project/.piko/worktrees/new status \
        --ignored'
        2| hint: to lose that, run 'piko destroy --force new'
        status 1
        """)
    #expect(try sandbox.read(file) == "mine\n")
    try sandbox.output("piko", ["destroy", "--force", "--delete-branch", "new"], in: project)
    try isWhole("new", in: project)
  }

  @Test func aTrackedFileChangedInBetweenIsKept() throws {
    let project = try fullProject()
    _ = try create("new", fault: "prepare:kill", in: project)
    let file = project.pushing(".piko/worktrees/new/README")
    try sandbox.write("changed\n", to: file)
    let said = try sandbox.piko("create", "new", "--yes", in: project)
    #expect(said.stderr.contains("it holds 'README', which piko did not write"), "\(said)")
    #expect(said.status == 1)
    #expect(try sandbox.read(file) == "changed\n")
  }

  // MARK: - Signals

  @Test(arguments: [("INT", Int32(2)), ("TERM", 15)])
  func aSignalUndoesAndEndsByItself(name: String, number: Int32) throws {
    let project = try sandbox.project(
      configured: "scripts: {prepare: 'touch $PIKO_ROOT/../begun; exec sleep 60'}")
    let before = try Traces(of: project, in: sandbox)
    // The signal goes to piko alone, once the script runs; the shell says how piko ended.
    let said = try sandbox.run(
      "sh",
      [
        "-c",
        """
        piko create new --yes &
        while ! test -e ../begun; do sleep 0.02; done
        kill -\(name) $!
        wait $!
        echo "ended $?"
        """,
      ], in: project)
    #expect(said.stdout == "ended \(128 + number)\n")
    // After piko's own words the shell may have some of its own.
    #expect(
      said.stderr.hasPrefix(
        """
        ✓ Created worktree at .piko/worktrees/new (branch: new)
        running the prepare script
        undid all that was made for new
        error: interrupted by SIG\(name)

        """), "\(said)")
    #expect(try Traces(of: project, in: sandbox) == before)
  }

  @Test func ofTwoCreatesOfOneNameOneWins() throws {
    let project = try sandbox.project(
      configured: "scripts: {prepare: 'touch $PIKO_ROOT/../begun; sleep 1'}")
    let said = try sandbox.run(
      "sh",
      [
        "-c",
        """
        piko create new --yes -q > first &
        while ! test -e ../begun; do sleep 0.02; done
        piko create new --yes
        echo "second $?"
        wait $!
        echo "first $?"
        """,
      ], in: project)
    #expect(said.stdout == "second 1\nfirst 0\n")
    #expect(said.stderr.contains("error: environment 'new' is being made by "), "\(said)")
    #expect(try sandbox.piko("list", "-q", in: project).stdout == "new\n")
  }
}
