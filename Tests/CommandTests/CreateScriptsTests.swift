import PikoCore
import Support
import SystemPackage
import Testing

/// The project's scripts during a create: when they run, with what, and only once approved.
@Suite struct CreateScriptsTests {
  let sandbox: Sandbox

  init() throws { sandbox = try Sandbox() }

  private static let scripts = """
    scripts:
      prepare: |
        echo "prepare $PIKO_ENV_NAME $PIKO_BRANCH ${PIKO_WEB_PORT-no port}"
        echo "in $(pwd -P), at $PLACE"
      setup: |
        echo "setup $PIKO_WEB_PORT $URL"
        test ! -e "$PIKO_ROOT/../broken"
      destroy: echo "destroy $PIKO_ENV_NAME"
    ports: {web: 3000}
    env:
      URL: http://localhost:${PIKO_WEB_PORT}/
      PLACE: ${PIKO_ENV_PATH}
    """

  @Test func runInOrderWithTheirVariablesAndTalkOnStandardError() throws {
    let project = try sandbox.project(configured: Self.scripts)
    let said = try sandbox.piko("create", "my/env", "--yes", in: project)
    #expect(
      try sandbox.text(said, namingPortsOf: "my-env", in: project) == """
        1| <root>/project/.piko/worktrees/my-env
        2| ✓ Created worktree at .piko/worktrees/my-env (branch: my/env)
        2| running the prepare script
        2| prepare my-env my/env no port
        2| in <root>/project/.piko/worktrees/my-env, at <root>/project/.piko/worktrees/my-env
        2| ✓ Ran prepare script
        2| ✓ Created session piko/project/my-env
        2| running the setup script
        2| setup <web> http://localhost:<web>/
        2| ✓ Ran setup script
        status 0
        """)
    #expect(
      try sandbox.piko("destroy", "my-env", in: project).stderr.hasPrefix(
        "running the destroy script\ndestroy my-env\n"))
  }

  @Test func endAtTheirFirstFailure() throws {
    let project = try sandbox.project(
      configured: "scripts: {prepare: 'echo one; false; echo two'}")
    let before = try Traces(of: project, in: sandbox)
    #expect(
      try sandbox.piko("create", "x", "--yes", in: project).text == """
        2| ✓ Created worktree at .piko/worktrees/x (branch: x)
        2| running the prepare script
        2| one
        2| undid all that was made for x
        2| error: the prepare script ended with status 1
        2| hint: to try again, mend the script and run 'piko create --yes x'
        status 1
        """)
    #expect(try Traces(of: project, in: sandbox) == before)
  }

  @Test func aFailedSetupLeavesTheEnvironmentAndReuseGoesOn() throws {
    let project = try sandbox.project(configured: Self.scripts)
    try sandbox.write("", to: "broken")
    let failed = try sandbox.piko("create", "x", "--yes", "-q", in: project)
    #expect(failed.stdout.isEmpty)
    #expect(
      try sandbox.text(failed, namingPortsOf: "x", in: project).hasSuffix(
        """
        2| setup <web> http://localhost:<web>/
        2| error: the setup script ended with status 1
        2| hint: to go on, run 'piko up x'
        2| hint: to give it up, run 'piko destroy x'
        status 1
        """), "\(failed)")
    #expect(try sandbox.piko("list", "-q", in: project).stdout == "x\n")
    #expect(try sandbox.piko("create", "--reuse", "x", "-q", in: project).status == 1)
    try sandbox.output("rm", ["broken"])
    let mended = try sandbox.piko("create", "--reuse", "x", in: project)
    #expect(
      try sandbox.text(mended, namingPortsOf: "x", in: project) == """
        1| <root>/project/.piko/worktrees/x
        2| running the setup script
        2| setup <web> http://localhost:<web>/
        2| ✓ Ran setup script
        status 0
        """)
    // Once it has ended well it is not run again.
    #expect(
      try sandbox.piko("create", "--reuse", "x", in: project).text == """
        1| <root>/project/.piko/worktrees/x
        status 0
        """)
  }

  @Test func noStartRunsPrepareAndPutsSetupOff() throws {
    let project = try sandbox.project(configured: Self.scripts)
    let made = try sandbox.piko("create", "x", "--yes", "--no-start", in: project)
    #expect(made.stderr.contains("\nprepare x "))
    #expect(!made.stderr.contains("setup"))
    #expect(try sandbox.piko("create", "x", "--reuse", in: project).stderr.contains("\nsetup "))
  }

  @Test func theBranchsOwnScriptsRun() throws {
    let project = try sandbox.project(configured: "scripts: {prepare: echo root}")
    try sandbox.git("checkout", "-q", "-b", "other", in: project)
    try sandbox.commit("scripts: {prepare: echo branch}\n", to: ".piko.yml", in: project)
    try sandbox.git("checkout", "-q", "main", in: project)
    #expect(
      try sandbox.piko("create", "other", "--yes", in: project).stderr.contains("\nbranch\n"))
    #expect(try sandbox.piko("create", "x", "--yes", in: project).stderr.contains("\nroot\n"))
  }

  // MARK: - Approval

  private static let script = "scripts: {prepare: 'touch \"$PIKO_ROOT/../ran\"'}"

  @Test func nothingRunsUnapproved() throws {
    let project = try sandbox.project(configured: Self.script)
    let before = try Traces(of: project, in: sandbox)
    #expect(
      try sandbox.piko("create", "x", in: project, input: "y\n").text == """
        2| error: the scripts in '.piko.yml' of branch 'x' are not approved
        2|   script prepare: touch "$PIKO_ROOT/../ran"
        2| hint: to see and allow them, run 'piko trust'
        status 128
        """)
    #expect(try Traces(of: project, in: sandbox) == before)
    #expect(!sandbox.exists("ran"))
    #expect(!sandbox.exists("project/.piko"))
  }

  @Test func yesHoldsForAllEnvironmentsUntilTheContentChanges() throws {
    let project = try sandbox.project(configured: Self.script)
    try sandbox.create("one", "--yes", in: project)
    #expect(sandbox.exists("ran"))
    try sandbox.create("two", in: project)
    try sandbox.commit(
      "# a comment changes nothing\n\(Self.script)\n", to: ".piko.yml", in: project)
    try sandbox.create("three", in: project)
    try sandbox.commit("scripts: {prepare: 'touch ../new'}\n", to: ".piko.yml", in: project)
    let asked = try sandbox.piko("create", "four", in: project)
    #expect(asked.stderr.contains("are not approved\n  script prepare: touch ../new\n"), "\(asked)")
    #expect(asked.stderr.hasSuffix("run 'piko trust'\n") && asked.status == 128, "\(asked)")
  }

  @Test func anApprovalThatNamesItsContentHoldsForThatAlone() throws {
    let project = try sandbox.project(configured: Self.script)
    func plan(_ name: String) throws -> JSONValue? {
      let said = try sandbox.output("piko", ["create", name, "--dry-run", "--json"], in: project)
      return try JSONValue(parsing: Array(said.utf8))["approval"]
    }
    let shown = try #require(try plan("x"))
    #expect(shown["isNeeded"] == .bool(true))
    #expect(shown["runs"] == .array([.string("script prepare: touch \"$PIKO_ROOT/../ran\"")]))
    let digest = try #require(shown["digest"]?.string)
    try sandbox.commit("scripts: {prepare: 'touch ../new'}\n", to: ".piko.yml", in: project)
    let before = try Traces(of: project, in: sandbox)
    #expect(
      try sandbox.piko("create", "x", "--approve", digest, in: project).text == """
        2| error: the scripts in '.piko.yml' of branch 'x' are other ones and are not approved
        2|   script prepare: touch ../new
        2| hint: to see and allow them, run 'piko trust'
        status 128
        """)
    #expect(try Traces(of: project, in: sandbox) == before)
    let other = try #require(try plan("x")?["digest"]?.string)
    try sandbox.create("x", "--approve", other, in: project)
    #expect(sandbox.exists(project.pushing(".piko/worktrees/new")))
    #expect(try plan("y")?["isNeeded"] == .bool(false))
    #expect(try sandbox.piko("trust", "--list", "-q", in: project).stdout == "\(other)\n")
    #expect(try sandbox.piko("create", "y", "--yes", "--approve", other, in: project).status == 129)
    let bare = try sandbox.piko("create", "y", "--approve", in: project)
    #expect(bare.status == 129)
    #expect(bare.stderr.hasPrefix("error: missing value for '--approve DIGEST'\n"), "\(bare)")
  }

  @Test func anotherProjectIsAskedAnew() throws {
    let one = try sandbox.project("one", configured: Self.script)
    let two = try sandbox.project("two", configured: Self.script)
    try sandbox.create("x", "--yes", in: one)
    #expect(try sandbox.piko("create", "x", in: two).status == 128)
  }

  @Test func aBranchCannotBringAScriptOfItsOwn() throws {
    let project = try sandbox.project(configured: "scripts: {prepare: 'true'}")
    try sandbox.create("trusted", "--yes", in: project)
    try sandbox.git("checkout", "-q", "-b", "stranger", in: project)
    try sandbox.commit(Self.script + "\n", to: ".piko.yml", in: project)
    try sandbox.git("checkout", "-q", "main", in: project)
    for arguments in [["stranger"], ["x", "--from", "stranger"]] {
      let before = try Traces(of: project, in: sandbox)
      let said = try sandbox.piko(["create"] + arguments, in: project)
      #expect(said.stderr.contains("script prepare: touch"), "\(said)")
      #expect(
        said.stderr.contains(
          "error: the scripts in '.piko.yml' of branch '\(arguments[0])' are not"))
      #expect(said.stderr.hasSuffix("run 'piko trust stranger'\n"), "\(said)")
      #expect(said.status == 128)
      #expect(try Traces(of: project, in: sandbox) == before)
    }
    #expect(!sandbox.exists("ran"))
  }

  @Test func aScriptThatChangesTheNextOneDoesNotHaveItRun() throws {
    let project = try sandbox.project(
      configured: """
        scripts:
          prepare: printf 'scripts: {setup: "touch ../../../../ran"}' > .piko.yml
          setup: 'true'
        """)
    let said = try sandbox.piko("create", "x", "--yes", in: project)
    #expect(!sandbox.exists("ran"))
    #expect(said.status != 0, "\(said)")
  }

  @Test(arguments: [("y", true), ("n", false), ("", false)])
  func onATerminalTheScriptIsShownAndAskedFor(answer: String, allows: Bool) throws {
    let project = try sandbox.project(configured: Self.script)
    let said = try sandbox.run(
      "script", ["-qec", "piko create x --no-attach", "/dev/null"], in: project,
      input: "\(answer)\n")
    let text = said.stdout.replacing("\r\n", with: "\n")
    #expect(
      text.contains(
        """
        This project wants to run:
          script prepare: touch "$PIKO_ROOT/../ran"
        Allow it, until it changes? [y/N]
        """), "\(text)")
    #expect(sandbox.exists("ran") == allows)
    #expect((said.status == 0) == allows)
    #expect(
      text.contains(
        """
        error: the scripts in '.piko.yml' of branch 'x' were not approved
        hint: to approve them later, run 'piko trust'

        """) == !allows, "\(text)")
    #expect(try sandbox.piko("create", "y", in: project).status == (allows ? 0 : 128))
  }
}
