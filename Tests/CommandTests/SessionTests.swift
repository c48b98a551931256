import PikoCore
import Support
import SystemPackage
import Testing

/// The session of an environment from its making to its end, without containers.
@Suite struct SessionTests: SessionSuite {
  let shop: Workshop

  private static let configuration = """
    ports: {web: 3000}
    env: {PAGE: "http://localhost:${PIKO_WEB_PORT}/"}
    windows:
      - {name: web, command: 'echo "$PROJECT"; exec tail -f "$PIKO_ENV_PATH/page"'}
      - {name: notes}

    """

  init() throws {
    shop = try Workshop(
      files: [".piko.yml": Self.configuration, "page": "a page\n"])
  }

  @Test func isMadeByCreateKeptByDownAndEndedByDestroy() throws {
    try shop.create("topic/a")
    #expect(try sessions.names() == ["piko/shop/topic-a"])
    #expect(try sessions.windows(of: "piko/shop/topic-a") == ["shell", "web", "notes"])
    #expect(
      try sessions.value("#{pane_current_path}", of: "=piko/shop/topic-a:shell")
        == shop.project.pushing(".piko/worktrees/topic-a").string)
    #expect(try shop.piko("down", "topic-a").status == 0)
    #expect(try sessions.names() == ["piko/shop/topic-a"])
    let destroyed = try shop.piko("destroy", "topic-a")
    #expect(destroyed.stderr.hasPrefix("✓ Ended session piko/shop/topic-a\n"), "\(destroyed)")
    #expect(try sessions.names() == [])
  }

  @Test func isNotMadeWhereNothingIsStartedAndMadeByUp() throws {
    try shop.create("a", "--no-start")
    #expect(try sessions.names() == [])
    let brought = "✓ Brought a up: it has no containers\n"
    #expect(try shop.piko("up", "a").stderr == "✓ Created session piko/shop/a\n\(brought)")
    #expect(try shop.piko("up", "a").stderr == brought)
    #expect(try sessions.windows(of: "piko/shop/a") == ["shell", "web", "notes"])
  }

  @Test func itsWindowsHaveTheVariables() throws {
    try shop.create("a")
    let port = try #require(try shop.ports(of: "a").first)
    try sessions.type("echo \"<$PIKO_ENV_NAME $PAGE>\"", into: "=piko/shop/a:shell")
    try sessions.wait(for: "<a http://localhost:\(port)/>", in: "=piko/shop/a:shell")
    // One that the user makes has them too.
    try sessions.tmux("new-window", "-d", "-t", "=piko/shop/a:", "-n", "mine")
    try sessions.type("echo \"<$PIKO_ENV_NAME $PAGE>\"", into: "=piko/shop/a:mine")
    try sessions.wait(for: "<a http://localhost:\(port)/>", in: "=piko/shop/a:mine")
    try sessions.wait(for: "piko-shop-a", in: "=piko/shop/a:web")
  }

  @Test func anotherEnvironmentsVariablesOfTheServerAreNotIn() throws {
    try sandbox.output(
      "tmux", ["-f", "/dev/null", "new-session", "-d", "-s", "mine"],
      environment: ["COMPOSE_FILE": "/elsewhere", "PIKO_DB_PORT": "1", "OTHER": "kept"])
    try shop.create("a")
    let line = "echo \"<${COMPOSE_FILE-none} ${PIKO_DB_PORT-none} $OTHER>\""
    try sessions.type(line, into: "=piko/shop/a:shell")
    try sessions.wait(for: "<none none kept>", in: "=piko/shop/a:shell")
  }

  @Test func aServerThatPikoStartsHasNoEnvironmentsVariables() throws {
    let made = try shop.piko(
      ["create", "a", "--yes"],
      environment: ["COMPOSE_FILE": "/elsewhere", "PIKO_ENV_NAME": "b", "PIKO_WEB_PORT": "1"])
    #expect(made.status == 0, "\(made)")
    let given = try sessions.tmux("show-environment", "-g")
    #expect(!given.contains("COMPOSE_") && !given.contains("PIKO_ENV") && !given.contains("_PORT"))
    #expect(given.contains("LC_ALL=C.UTF-8\n") && given.contains("TERM=dumb"))
  }

  @Test func downEndsTheProcessesOnTheHostAndUpStartsThem() throws {
    try shop.create("a")
    #expect(try Sessions.waits { try running("page") == 1 })
    let down = try shop.piko("down", "a")
    #expect(down.text == "2| ✓ Ended 1 process (web)\nstatus 0")
    #expect(try running("page") == 0)
    try sessions.wait(for: "[web ended with status 143]", in: "=piko/shop/a:web")
    #expect(try state(of: "a") == "stopped")
    #expect(try shop.piko("down", "a").status == 0)
    #expect(try shop.piko("up", "a").status == 0)
    #expect(try state(of: "a") == "running 1/1")
    #expect(try Sessions.waits { try running("page") == 1 })
  }

  /// How many processes of the test follow a file of the environment `a`.
  private func running(_ file: String) throws -> Int {
    let path = FilePath(file).inWorktree("a", of: shop)
    let counted = try sandbox.run("pgrep", "-fc", "^tail -f \(path)$").stdout
    return counted.split(separator: "\n").compactMap { Int($0) }.first ?? 0
  }

  private func state(of name: String) throws -> String {
    let answer = try JSONValue(parsing: Array(shop.piko("status", name, "--json").stdout.utf8))
    let count = answer["processes"]
    let numbers = [count?["running"], count?["total"]].compactMap { $0?.integer.map(String.init) }
    let state = answer["state"]?.string ?? ""
    return state == "running" ? "\(state) \(numbers.joined(separator: "/"))" : state
  }

  @Test func downEndsWhatDoesNotListen() throws {
    try sandbox.write(
      """
      windows:
        - name: stubborn
          command: >-
            trap '' HUP; cd "$PIKO_ENV_PATH";
            (nohup tail -f "$PWD/page" & nohup tail -f "$PWD/page") > /dev/null 2>&1

      """, to: shop.project.appending(".piko.yml"))
    let worktree = try shop.create("a", "--no-start")
    try sandbox.output("cp", [".piko.yml", worktree.string], in: shop.project)
    #expect(try shop.piko("up", "a", "--yes").status == 0)
    #expect(try Sessions.waits { try running("page") == 2 })
    #expect(try shop.piko("down", "a").status == 0)
    #expect(try running("page") == 0)
    #expect(try shop.piko("up", "a").status == 0)
    #expect(try Sessions.waits { try running("page") == 2 })
    #expect(try shop.piko("destroy", "a", "--force").status == 0)
    #expect(try running("page") == 0)
  }

  /// What leaves its parent behind while it is being ended is ended too.
  @Test func downEndsWhatBecomesASessionOfItsOwn() throws {
    try shop.create("a", "--no-start")
    try sandbox.write(
      """
      windows:
        - name: apart
          command: >-
            setsid sh -c 'trap "" TERM; exec tail -f "$PIKO_ENV_PATH/page"' & wait

      """, to: FilePath(".piko.yml").inWorktree("a", of: shop))
    #expect(try shop.piko("up", "a", "--yes").status == 0)
    #expect(try Sessions.waits { try running("page") == 1 })
    #expect(try shop.piko("down", "a").status == 0)
    #expect(try running("page") == 0)
  }

  @Test func windowsOfTheUsersOwnAreInEverySessionAndGoOnWhenItIsDown() throws {
    try sandbox.write(
      """
      default_windows:
        - {name: own, command: 'echo "own of $PIKO_ENV_NAME"; exec tail -f "$PIKO_ENV_PATH/page"'}

      """, to: "config/piko/config.yml")
    let made = try shop.piko("create", "a", "--yes")
    #expect(made.status == 0, "\(made)")
    #expect(try sessions.windows(of: "piko/shop/a") == ["shell", "web", "notes", "own"])
    try sessions.wait(for: "own of a", in: "=piko/shop/a:own")
    #expect(try Sessions.waits { try running("page") == 2 })
    #expect(try shop.piko("down", "a").text == "2| ✓ Ended 1 process (web)\nstatus 0")
    #expect(try running("page") == 1)
    #expect(try shop.piko("destroy", "a").status == 0)
    #expect(try Sessions.waits { try running("page") == 0 })
  }

  @Test func statusTellsWhetherThereIsOne() throws {
    try shop.create("a", "--no-start")
    func states() throws -> String {
      let text = try shop.piko("status", "a").stdout
      let line = text.split(separator: "\n").first { $0.hasPrefix("  session ") }
      let answer = try JSONValue(
        parsing: Array(shop.piko("status", "a", "--json").stdout.utf8))
      return "\(line ?? "") | \(answer["sessionState"]?.string ?? "")"
    }
    #expect(try states() == "  session   none | none")
    #expect(try shop.piko("up", "a").status == 0)
    #expect(try states() == "  session   piko/shop/a | detached")
    let terminal = try sessions.terminal("piko attach a", in: shop.project)
    try terminal.wait(for: "0:shell")
    #expect(try states() == "  session   piko/shop/a, attached | attached")
  }

  @Test(arguments: ["session:kill", "after-session:kill", "session:fail", "after-session:fail"])
  func aCreationCutOffAtTheSessionIsFinishedByUp(fault: String) throws {
    let cut = try shop.piko(
      ["create", "a", "--yes"], environment: ["PIKO_TEST_FAULT": fault])
    #expect(cut.status == (fault.hasSuffix("kill") ? 137 : 1), "\(cut)")
    #expect(try shop.piko("up", "a").status == 0)
    #expect(try sessions.names() == ["piko/shop/a"])
    #expect(try sessions.windows(of: "piko/shop/a") == ["shell", "web", "notes"])
    #expect(try state(of: "a") == "running 1/1")
    #expect(try shop.piko("doctor").status == 0)
  }

  @Test func aDestroyThatIsRefusedAfterItsScriptLeavesTheSession() throws {
    try sandbox.write(
      Self.configuration + "scripts: {destroy: 'echo new > \"$PIKO_ENV_PATH/new\"'}\n",
      to: shop.project.appending(".piko.yml"))
    try sandbox.git("commit", "-qam", "More", in: shop.project)
    try shop.create("a")
    #expect(try Sessions.waits { try running("page") == 1 })
    let refused = try shop.piko("destroy", "a")
    #expect(refused.status == 1 && refused.stderr.contains("uncommitted"), "\(refused)")
    #expect(try sessions.windows(of: "piko/shop/a") == ["shell", "web", "notes"])
    #expect(try running("page") == 1)
  }

  @Test func whatEndsByItselfIsStartedAgainByEnter() throws {
    try shop.create("a", "--no-start")
    try sandbox.write(
      "windows: [{name: once, command: 'echo run >> runs; exit 3'}]\n",
      to: FilePath(".piko.yml").inWorktree("a", of: shop))
    #expect(try shop.piko("up", "a", "--yes").status == 0)
    try sessions.wait(for: "[once ended with status 3]", in: "=piko/shop/a:once")
    try sessions.tmux("send-keys", "-t", "=piko/shop/a:once", "Enter")
    let runs = FilePath("runs").inWorktree("a", of: shop)
    #expect(try Sessions.waits { try sandbox.read(runs) == "run\nrun\n" })
    // And by `up`.
    #expect(
      try Sessions.waits { try sessions.text(of: "=piko/shop/a:once").contains("3]\n[Enter") })
    #expect(
      try Sessions.waits {
        try sessions.value("#{==:#{@piko_idle},#{pane_id}}", of: "=piko/shop/a:once") == "1"
      })
    #expect(try shop.piko("up", "a").status == 0)
    #expect(try Sessions.waits { try sandbox.read(runs) == "run\nrun\nrun\n" })
    // Ctrl-C closes it.
    try sessions.wait(for: "[once ended with status 3]", in: "=piko/shop/a:once")
    try sessions.tmux("send-keys", "-t", "=piko/shop/a:once", "C-c")
    #expect(try Sessions.waits { try sessions.windows(of: "piko/shop/a") == ["shell"] })
  }

  @Test func aWindowsCommandThatChangedIsNotRunUnapproved() throws {
    let worktree = try shop.create("a")
    try sandbox.write(
      "windows: [{name: evil, command: 'touch ran'}]\n", to: worktree.appending(".piko.yml"))
    #expect(try shop.piko("up", "a").status != 0)
    #expect(try shop.piko("tmux", "a").status == 0)
    try sessions.wait(for: "are not approved", in: "=piko/shop/a:evil")
    #expect(!sandbox.exists(worktree.appending("ran")))
    #expect(try shop.piko("up", "a", "--yes").status == 0)
    #expect(try Sessions.waits { sandbox.exists(worktree.appending("ran")) })
  }
}

extension FilePath {
  /// The path below the worktree of an environment.
  fileprivate func inWorktree(_ name: String, of shop: Workshop) -> FilePath {
    shop.project.pushing(".piko/worktrees").appending(name).pushing(self)
  }
}
