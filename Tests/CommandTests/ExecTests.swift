import Support
import SystemPackage
import Testing

/// `piko exec`.
@Suite struct ExecTests {
  @Test(.tags(.engine), .engine)
  func passesArgumentsStreamsAndStatusesThrough() async throws {
    let scene = try await ServicesScene()
    let echoed = try scene.piko(
      "exec", "feature", "web", "printf", "<%s>", "--help", "-h", "a b", "--", "$HOME", "")
    #expect(echoed.stdout == "<--help><-h><a b><--><$HOME><>")
    #expect(echoed.status == 0 && echoed.stderr.isEmpty)
    let both = try scene.piko("exec", "feature", "db", "sh", "-c", "echo out; echo err >&2; exit 7")
    #expect(both.text == "1| out\n2| err\nstatus 7")
    let piped = try scene.piko("exec", "feature", "db", "--", "cat", input: "one\r\ntwo\u{1}")
    #expect(piped.stdout == "one\r\ntwo\u{1}" && piped.status == 0)
    let missing = try scene.piko("exec", "feature", "db", "no-such-program")
    #expect([126, 127].contains(missing.status), "\(missing)")
  }

  @Test(.tags(.engine), .engine)
  func hasATerminalWhereThereIsOne() async throws {
    let scene = try await ServicesScene()
    let shown = try scene.pikoOnTerminal("exec feature web sh -c 'tty; exit 5'")
    #expect(shown.stdout.contains("/dev/pts/"), "\(shown)")
    #expect(shown.status == 5)
    // Only one of the two is a terminal.
    let piped = try scene.pikoOnTerminal("exec feature web sh -c 'tty; exit 6' | cat")
    #expect(piped.stdout.contains("not a tty"), "\(piped)")
    let redirected = try scene.pikoOnTerminal("exec feature web sh -c 'tty; exit 6' < /dev/null")
    #expect(redirected.stdout.contains("not a tty") && redirected.status == 6, "\(redirected)")
  }

  @Test(.tags(.engine), .engine)
  func findsEnvironmentAndServiceFromWhereItIsTyped() async throws {
    let scene = try await ServicesScene()
    let sandbox = scene.sandbox
    let inside = try sandbox.piko("exec", "web", "hostname", in: scene.worktree)
    #expect(inside.status == 0, "\(inside)")
    let dashed = try sandbox.piko(
      "exec", "web", "sh", "-c", "echo $1", "--", "x", in: scene.worktree)
    #expect(dashed.stdout == "x\n", "\(dashed)")
    let shell = ["PIKO_ENV_NAME": "feature", "PIKO_ROOT": scene.project.string]
    let named = try scene.piko("exec", "db", "echo", "hi", environment: shell)
    #expect(named.stdout == "hi\n", "\(named)")
  }

  /// The one service left is not asked for a program of the shared one's name.
  @Test(.tags(.engine), .engine)
  func aSharedServiceIsReachedUnderItsOwnName() async throws {
    let shop = try await Workshop(
      services: Workshop.service("web", "sleep 600", "ports: ['8080:80']")
        + Workshop.service("db", "sleep 600"),
      configuration: """
        shared: [db]
        env: {PUBLIC: "http://localhost:${PIKO_WEB_PORT}/", MINE: "${PIKO_ENV_NAME}"}

        """)
    let worktree = try shop.create("red")
    func refusal(_ call: String) -> String {
      """
      2| error: service 'db' of 'red' is shared
      2| hint: to reach the one that others use too, run 'piko \(call)'
      status 1
      """
    }
    let hostname = ["hostname"]
    for words in [["red", "db"], ["db"]] {
      let refused = try shop.piko(["exec"] + words + hostname, in: worktree)
      #expect(refused.text == refusal("exec shared db hostname"))
      for verb in ["logs", "shell", "restart", "wait"] {
        #expect(
          try shop.piko([verb] + words, in: worktree).text == refusal("\(verb) shared db"))
      }
      let dashed = try shop.piko(["exec"] + words + ["--"] + hostname, in: worktree)
      #expect(dashed.text == refusal("exec shared db"))
    }
    let own = try shop.piko(["exec"] + hostname, in: worktree)
    let shared = try shop.piko(["exec", "shared", "db"] + hostname, in: worktree)
    #expect(own.status == 0 && shared.status == 0, "\(own)\(shared)")
    #expect(own.stdout != shared.stdout)
    let program = try shop.piko("exec", "red", "--", "db")
    #expect([126, 127].contains(program.status), "\(program)")
    for verb in ["logs", "restart", "wait"] {
      #expect(try shop.piko([verb, "shared", "db"], in: worktree).status == 0)
    }
  }

  @Test(.tags(.engine), .engine)
  func saysWhatIsUnknownOrDown() async throws {
    let scene = try await ServicesScene()
    #expect(
      try scene.piko("exec", "feature", "wbe", "ls").text == """
        2| error: environment 'feature' has no service 'wbe'
        2| hint: the most similar service is 'web'
        status 1
        """)
    #expect(
      try scene.piko("exec", "feature", "cache", "--", "ls").text == """
        2| error: environment 'feature' has no service 'cache'
        2| hint: it has db, web
        status 1
        """)
    #expect(
      try scene.piko("exec", "feature", "--", "ls").text == """
        2| error: no service was named
        2| hint: name one of db, web
        status 129
        """)
    #expect(try scene.piko("exec", "feature", "web").status == 129)
    #expect(try scene.piko("exec", "nothing", "web", "ls").status == 1)
    try scene.docker("kill", "db")
    #expect(
      try scene.piko("exec", "feature", "db", "ls").text == """
        2| error: service 'db' of environment 'feature' is not running
        2| hint: its running services are web
        2| hint: to start it, run 'piko up feature'
        status 1
        """)
    let override = scene.worktree.appending("docker-compose.piko.yml")
    try scene.sandbox.output("rm", [override.string])
    let gone = try scene.piko("exec", "feature", "web", "ls")
    #expect(gone.status == 1 && gone.stderr.contains("docker-compose.piko.yml' is gone"), "\(gone)")
    #expect(gone.stderr.hasSuffix("hint: to write it again, run 'piko up feature'\n"))
  }

  @Test(.tags(.engine), .engine)
  func takesTheOnlyService() async throws {
    let sandbox = try await Sandbox.withEngine()
    let compose = """
      services:
        web:
          image: \(TestImage.tag)
          command: sleep 1000
          stop_grace_period: 1s

      """
    let project = try sandbox.repository("shop", files: ["compose.yaml": compose])
    #expect(try sandbox.piko("create", "feature", in: project).status == 0)
    for words in [["feature", "echo", "hi"], ["feature", "--", "echo", "hi"]] {
      #expect(try sandbox.piko(["exec"] + words, in: project).stdout == "hi\n")
    }
    let worktree = project.pushing(".piko/worktrees/feature")
    for words in [["echo", "hi"], ["--", "echo", "hi"], ["web", "echo", "hi"]] {
      #expect(try sandbox.piko(["exec"] + words, in: worktree).stdout == "hi\n")
    }
    let shell = try sandbox.piko("shell", in: worktree, input: "echo $((20 + 3)); exit 3\n")
    #expect(shell.text == "1| 23\nstatus 3")
  }

  @Test func needsContainers() throws {
    let sandbox = try Sandbox()
    let project = try sandbox.repository("shop")
    #expect(try sandbox.piko("create", "feature", in: project).status == 0)
    for verb in ["exec", "shell", "logs"] {
      let words = [verb, "feature"] + (verb == "exec" ? ["web", "ls"] : ["web"])
      let refused = try sandbox.piko(words, in: project)
      #expect(refused.status == 1 && refused.stdout.isEmpty)
      #expect(refused.stderr.hasPrefix("error: environment 'feature' has no containers\n"))
    }
  }

  @Test func helpIsOnlyTheFirstArgument() throws {
    let sandbox = try Sandbox()
    let project = try sandbox.repository("shop")
    let help = try sandbox.piko("exec", "-h", "web", in: project)
    #expect(help.stdout.hasPrefix("usage: piko exec "))
    let passed = try sandbox.piko("exec", "feature", "web", "ls", "-h", in: project)
    #expect(passed.status == 1 && passed.stdout.isEmpty)
  }
}
