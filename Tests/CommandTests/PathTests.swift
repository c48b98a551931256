import Support
import SystemPackage
import Testing

/// `piko path`, and with it how every verb finds the environment that is meant.
@Suite struct PathTests {
  let sandbox: Sandbox
  let project: FilePath

  init() throws {
    sandbox = try Sandbox()
    project = try sandbox.project(files: ["sub/file": "x\n"])
    try sandbox.create("feature/one", in: project)
    try sandbox.create("two", in: project)
  }

  private func path(
    _ arguments: String..., in directory: FilePath? = nil, environment: [String: String?] = [:]
  ) throws -> String {
    try sandbox.piko(
      ["path"] + arguments, in: directory ?? project, environment: environment
    ).text
  }

  private let one = "1| <root>/project/.piko/worktrees/feature-one\nstatus 0"
  private let two = "1| <root>/project/.piko/worktrees/two\nstatus 0"

  @Test(arguments: ["feature/one", "feature-one"])
  func takesTheNameOrTheBranch(argument: String) throws {
    #expect(try path(argument) == one)
  }

  @Test func findsTheCurrentOneByItsWorktree() throws {
    #expect(try path(in: project.pushing(".piko/worktrees/two/sub")) == two)
    #expect(try path("feature-one", in: project.pushing(".piko/worktrees/two")) == one)
  }

  @Test func findsTheCurrentOneByTheShellsVariables() throws {
    let shell: [String: String?] = ["PIKO_ROOT": project.string, "PIKO_ENV_NAME": "two"]
    #expect(try path(environment: shell) == two)
    #expect(try path(in: "/", environment: shell) == two)
    #expect(try path("feature-one", in: "/", environment: shell) == one)
    // The project may also be the one that the directory is in.
    #expect(try path(environment: ["PIKO_ENV_NAME": "two"]) == two)
    // The worktree one stands in says more than a shell that was begun elsewhere.
    let inside = project.pushing(".piko/worktrees/feature-one")
    #expect(try path(in: inside, environment: shell) == one)
  }

  @Test func anotherProjectsVariablesDoNotCount() throws {
    let other = try sandbox.project("other")
    try sandbox.create("two", in: other)
    let shell: [String: String?] = ["PIKO_ROOT": project.string, "PIKO_ENV_NAME": "two"]
    #expect(
      try path(in: other, environment: shell) == """
        2| error: no environment was named and the current directory is in none
        2| hint: name one of those that 'piko list' shows
        status 129
        """)
    #expect(try sandbox.piko("destroy", "two", in: other).status == 0)
    #expect(
      try path(in: other) == """
        2| error: no environment was named and the current directory is in none
        2| hint: to make the first one, run 'piko create NAME'
        status 129
        """)
  }

  @Test func aDirectoryThatIsGoneIsLeftByWhatIsTold() throws {
    try sandbox.create("gone", in: project)
    let said = try sandbox.run(
      "sh",
      "-c",
      "cd .piko/worktrees/gone && piko destroy gone && piko list; exec 2>&1; piko path x",
      in: project)
    #expect(
      said.stdout.hasSuffix("to leave it, run 'cd \(sandbox.normalized(project.string))'\n"),
      "\(said)")
  }

  @Test func anUnknownNameSuggestsTheNearest() throws {
    #expect(
      try path("tow") == """
        2| error: no environment 'tow' in '<root>/project'
        2| hint: the most similar environment is 'two'
        status 1
        """)
    #expect(
      try path("entirely-different") == """
        2| error: no environment 'entirely-different' in '<root>/project'
        2| hint: to see those there are, run 'piko list'
        status 1
        """)
    let empty = try sandbox.project("empty")
    #expect(
      try path("two", in: empty) == """
        2| error: no environment 'two' in '<root>/empty'
        2| hint: to make it, run 'piko create two'
        status 1
        """)
    // Whoever typed nothing is told where the name comes from.
    #expect(
      try sandbox.piko(
        ["path"], in: empty, environment: ["PIKO_ROOT": empty.string, "PIKO_ENV_NAME": "gone"]
      ).stderr.hasSuffix(
        "hint: this shell's PIKO_ENV_NAME names it; to forget it, run "
          + "'unset PIKO_ENV_NAME PIKO_ROOT COMPOSE_FILE COMPOSE_PROJECT_NAME'\n"))
  }

  @Test func printsJSON() throws {
    let told = try sandbox.piko("path", "two", "--json", in: project)
    #expect(
      told.text == """
        1| {"environment":"two","path":"<root>/project/.piko/worktrees/two","version":1}
        status 0
        """)
  }

  @Test func printsAPathThatIsGone() throws {
    try sandbox.output("rm", ["-rf", ".piko/worktrees/two"], in: project)
    #expect(try path("two") == two)
  }

  @Test func outsideARepository() throws {
    #expect(
      try path("two", in: sandbox.root) == """
        2| error: not a git repository (or any of the parent directories): .git
        2| hint: go to one, or make one: 'git init'
        status 128
        """)
  }
}
