import Support
import SystemPackage
import Testing

/// `piko create` as it is called: its options, its callers, several of it at once. Names, refusals,
/// undoing, worktrees, scripts and files have suites of their own.
@Suite struct CreateTests {
  let sandbox: Sandbox
  let project: FilePath

  init() throws {
    sandbox = try Sandbox()
    project = try sandbox.project()
  }

  @Test func quietLeavesThePathAlone() throws {
    #expect(
      try sandbox.piko("create", "x", "-q", in: project).text == """
        1| <root>/project/.piko/worktrees/x
        status 0
        """)
  }

  @Test func dryRunShowsThePlanAndMakesNothing() throws {
    let before = try Traces(of: project, in: sandbox)
    let commit = try sandbox.git("rev-parse", "HEAD", in: project).prefix(12)
    #expect(
      try sandbox.piko("create", "a/b", "--dry-run", in: project).text == """
        1| environment  a-b
        1| branch       a/b (new, from HEAD at \(commit))
        1| worktree     <root>/project/.piko/worktrees/a-b
        1| containers   none
        status 0
        """)
    #expect(try sandbox.piko("create", "main", "--dry-run", in: project).status == 1)
    #expect(try Traces(of: project, in: sandbox) == before)
    #expect(!sandbox.exists("project/.piko"))
    #expect(!sandbox.exists("state/piko"))
  }

  @Test func dryRunShowsWhichFilesItBrings() throws {
    let shop = try sandbox.project(
      "shop", configured: "copy: [own.txt, gone.txt]\nlink: [vendor]",
      files: [".gitignore": "own.txt\nvendor\nlocal\n", ".worktreeinclude": "local\n"])
    try sandbox.write("own\n", to: "shop/own.txt")
    try sandbox.write("it\n", to: "shop/vendor/it")
    try sandbox.write("it\n", to: "shop/local/it")
    let plan = try sandbox.piko("create", "x", "--dry-run", in: shop)
    #expect(
      plan.stdout.hasSuffix(
        "copy         own.txt\ncopy         local\nlink         vendor\n"), "\(plan)")
    let json = try sandbox.piko("create", "x", "--dry-run", "--json", in: shop).stdout
    #expect(json.contains(#""copies":["own.txt","local"]"#), "\(json)")
    #expect(json.contains(#""links":["vendor"]"#), "\(json)")
    #expect(!sandbox.exists("shop/.piko"))
  }

  @Test func saysWhatIsNotCommitted() throws {
    let shop = try sandbox.project(
      "shop", files: [".piko.yml": "ports: {web: 3000}\n", "docker-compose.yml": "services: {}\n"])
    #expect(!(try sandbox.piko("create", "none", "--no-start", in: shop).stderr.contains("note:")))
    try sandbox.write("ports: {web: 3001}\n", to: "shop/.piko.yml")
    try sandbox.write("services: {}\n", to: "shop/compose.yaml")
    try sandbox.write("services: {}\n", to: "shop/compose.override.yaml")
    let plan = try sandbox.piko("create", "x", "--dry-run", in: shop).stdout
    #expect(
      plan.contains(
        "\nuncommitted  .piko.yml\nuncommitted  compose.yaml\n"
          + "uncommitted  compose.override.yaml\n"), "\(plan)")
    let made = try sandbox.piko("create", "x", "--no-start", in: shop)
    let note =
      "note: what is not committed in '.piko.yml', 'compose.yaml', 'compose.override.yaml' is not in x"
    #expect(made.stderr.hasPrefix("\(note)\n"), "\(made)")
    // Of another commit it is no matter.
    let other = try sandbox.piko("create", "y", "--from", "main", "--no-start", in: shop)
    #expect(!other.stderr.contains("note:"), "\(other)")
    try sandbox.git("add", "-A", in: shop)
    try sandbox.git("commit", "-qm", "more", in: shop)
    #expect(!(try sandbox.piko("create", "z", "--no-start", in: shop).stderr.contains("note:")))
  }

  @Test func configuredComposeFilesAreLookedAtToo() throws {
    let shop = try sandbox.project(
      "shop", configured: "compose: [./deploy/app.yaml, ../outside.yaml]",
      files: ["deploy/app.yaml": "services: {}\n"])
    try sandbox.write("services: {}\n", to: "outside.yaml")
    try sandbox.write("services: {}\n# more\n", to: "shop/deploy/app.yaml")
    let plan = try sandbox.piko("create", "x", "--dry-run", in: shop)
    #expect(plan.stdout.contains("\nuncommitted  deploy/app.yaml\n"), "\(plan)")
  }

  /// Where the branch has none, the root's file counts, committed or not.
  @Test func theRootsOwnConfigurationNeedsNoCommit() throws {
    let plain = try sandbox.repository("plain", files: ["README": ""])
    try sandbox.write("ports: {web: 3000}\n", to: "plain/.piko.yml")
    let made = try sandbox.piko("create", "x", in: plain)
    #expect(made.status == 0 && !made.stderr.contains("note:"), "\(made)")
    #expect(try sandbox.piko("ports", "x", in: plain).stdout.contains("web"))
  }

  @Test func reuseMakesItOnceAndThenSucceeds() throws {
    let first = try sandbox.create("x", "--reuse", in: project)
    let before = try Traces(of: project, in: sandbox)
    #expect(
      try sandbox.piko("create", "x", "--reuse", in: project).text == """
        1| <root>/project/.piko/worktrees/x
        status 0
        """)
    #expect(try Traces(of: project, in: sandbox) == before)
    #expect(sandbox.exists(first))
  }

  @Test func reuseOfADeletedWorktreeIsRefused() throws {
    try sandbox.create("x", in: project)
    try sandbox.output("rm", ["-rf", ".piko/worktrees/x"], in: project)
    #expect(
      try sandbox.piko("create", "x", "--reuse", in: project).text == """
        2| error: environment 'x' is broken: its worktree '<root>/project/.piko/worktrees/x' is gone
        2| hint: to make it anew with its branch and data, first run 'piko destroy x'
        status 1
        """)
    let again = try sandbox.piko("create", "x", in: project)
    #expect(again.stderr.hasSuffix("first run 'piko destroy x'\n"), "\(again)")
    try sandbox.output("piko", ["destroy", "x"], in: project)
    try sandbox.create("x", in: project)
  }

  @Test func worksInAHookOfGits() throws {
    try sandbox.write(
      "#!/bin/sh\npiko create from-hook -q\n", to: "project/.git/hooks/post-commit", mode: 0o755)
    try sandbox.git("commit", "-q", "--allow-empty", "-m", "Hook", in: project)
    let worktree = project.pushing(".piko/worktrees/from-hook")
    #expect(try sandbox.git("status", "--porcelain", in: worktree) == "")
    #expect(try sandbox.git("branch", "--show-current", in: worktree) == "from-hook")
    #expect(try sandbox.git("branch", "--show-current", in: project) == "main")
    #expect(try sandbox.git("status", "--porcelain", in: project) == "")
  }

  @Test func belongsToTheRootBehindASymbolicLink() throws {
    try sandbox.output("ln", ["-s", project.string, "link"])
    let worktree = try sandbox.create("x", in: sandbox.root.appending("link"))
    #expect(worktree == project.pushing(".piko/worktrees/x"))
    #expect(try sandbox.piko("list", "-q", in: project).stdout == "x\n")
  }

  @Test func manyAtOnceAllSucceed() throws {
    let said = try sandbox.run(
      "sh",
      [
        "-c",
        """
        for n in $(seq 12); do piko create "many-$n" -q > "../said-$n" & eval "p$n=$!"; done
        for n in $(seq 12); do eval "wait \\$p$n" || echo "many-$n failed"; done
        """,
      ], in: project)
    #expect(said.text == "status 0")
    let listed = try Environments(of: sandbox.piko("list", "--json", in: project)).environments
    #expect(listed.count == 12)
    #expect(listed.allSatisfy { $0.state == "ready" && $0.git?.changed == 0 })
    #expect(Set(listed.flatMap(\.ports).map(\.port)).count == 24)
    #expect(try sandbox.git("fsck", "--no-dangling", in: project) == "")
  }

  @Test func theSameOneManyTimesAtOnceIsMadeOnce() throws {
    let said = try sandbox.run(
      "sh",
      [
        "-c",
        """
        for n in $(seq 6); do { piko create same -q; echo "status $?"; } & done; wait
        """,
      ], in: project)
    let lines = said.stdout.split(separator: "\n")
    #expect(lines.filter { $0 == "status 0" }.count == 1)
    #expect(lines.filter { $0 == "status 1" }.count == 5)
    let errors = said.stderr.split(separator: "\n").filter { $0.hasPrefix("error:") }
    #expect(errors.count == 5)
    #expect(
      errors.allSatisfy {
        $0.hasPrefix("error: environment 'same' is being made by ")
          || $0 == "error: environment 'same' already exists"
      }, "\(said)")
    #expect(try sandbox.piko("list", "-q", in: project).stdout == "same\n")
  }
}
