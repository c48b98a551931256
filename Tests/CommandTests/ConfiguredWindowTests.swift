import Support
import SystemPackage
import Testing

/// The windows that the configuration opens: what `piko down` and `piko destroy` end in them, and
/// what of it is the user's.
@Suite struct ConfiguredWindowTests {
  private let shop: Workshop
  private let sessions: Sessions
  private var sandbox: Sandbox { shop.sandbox }

  private static let piko = BuiltPrograms.path(of: "piko").string

  /// `web` serves, `sh` is for typing, and the third calls piko once it is told to.
  private static let configuration = """
    windows:
      - {name: web, command: 'exec tail -f page'}
      - {name: sh, command: 'exec sh'}
      - name: calls
        command: |
          until verb=$(cat "$PIKO_ROOT/verb" 2> /dev/null) && test "$verb"; do sleep 0.1; done
          \(piko) $verb a > "$PIKO_ROOT/said" 2>&1
          echo went on >> "$PIKO_ROOT/said"
          sleep 600

    """

  init() throws {
    shop = try Workshop(files: [
      ".piko.yml": Self.configuration, "page": "a page\n", ".gitignore": "typed\n",
    ])
    sessions = Sessions(sandbox: shop.sandbox)
  }

  private func waitForProgram(_ name: String, in window: String) throws {
    var last = ""
    let runs = try Sessions.waits {
      last = try sessions.value("#{pane_current_command}", of: "=piko/shop/a:\(window)")
      return last == name
    }
    #expect(runs, "\(last) runs in \(window)")
  }

  private func refusal(_ program: String, _ window: String) -> String {
    """
    error: cannot destroy environment 'a': it has 1 program running in its session \
    ('\(program)' in window '\(window)')
    hint: to see them, run 'piko attach a'
    hint: to lose them, run 'piko destroy --force a'

    """
  }

  @Test func whatTheyStartKeepsNobodyFromDestroying() throws {
    try shop.create("a")
    try sessions.wait(for: "a page", in: "=piko/shop/a:web")
    try waitForProgram("sh", in: "sh")
    #expect(try shop.piko("destroy", "a").status == 0)
    #expect(try sessions.names() == [])
  }

  @Test func whatIsTypedIntoAShellOfTheirsIsTheUsers() throws {
    try shop.create("a")
    try sessions.type("cat", into: "=piko/shop/a:sh")
    try waitForProgram("cat", in: "sh")
    #expect(try shop.piko("destroy", "a").stderr == refusal("cat", "sh"))
    #expect(
      try shop.piko("down", "a").text == """
        2| warning: left 'cat' in window 'sh' of a running
        2| ✓ Ended 2 processes (web, calls)
        status 0
        """)
    try waitForProgram("cat", in: "sh")
    try sessions.tmux("send-keys", "-t", "=piko/shop/a:sh", "C-d")
    try waitForProgram("sh", in: "sh")
    #expect(try shop.piko("down", "a").text == "2| ✓ Ended 1 process (sh)\nstatus 0")
    #expect(try shop.piko("destroy", "a").status == 0)
  }

  /// At the window's terminal, and at one of its own.
  @Test(arguments: ["\"$PIKO_ROOT/../nano\"; true", "script -q -c \"$PIKO_ROOT/../nano\" typed"])
  func anEditorIsTheUsersThoughTheyStartIt(_ command: String) throws {
    // Its name is what tells an editor.
    try sandbox.output("sh", ["-c", "ln -s \"$(command -v cat)\" nano"], in: sandbox.root)
    try sandbox.write(
      "default_windows: [{name: edit, command: '\(command)'}]\n",
      to: "config/piko/config.yml")
    try shop.create("a")
    #expect(
      try Sessions.waits { try shop.piko("destroy", "a", "--dry-run").status == 1 })
    #expect(try shop.piko("destroy", "a").stderr == refusal("nano", "edit"))
    try sessions.tmux("send-keys", "-t", "=piko/shop/a:edit", "C-d")
    try sessions.wait(for: "[edit ended with status 0]", in: "=piko/shop/a:edit")
    #expect(try shop.piko("destroy", "a", "--dry-run").status == 0)
  }

  @Test func oneThatTheUserStartsSomethingElseInIsTheUsers() throws {
    try shop.create("a")
    try sessions.tmux("respawn-pane", "-k", "-t", "=piko/shop/a:web", "exec cat")
    try waitForProgram("cat", in: "web")
    #expect(try shop.piko("list").stdout.contains("running 2/2"))
    #expect(try shop.piko("down", "a").text == "2| ✓ Ended 2 processes (sh, calls)\nstatus 0")
    try waitForProgram("cat", in: "web")
    #expect(try shop.piko("destroy", "a").stderr == refusal("cat", "web"))
    // What it was made for has a window again.
    #expect(try shop.piko("up", "a").status == 0)
    #expect(
      try sessions.windows(of: "piko/shop/a").sorted() == ["calls", "sh", "shell", "web", "web"])
    #expect(try shop.piko("list").stdout.contains("running 3/3"))
  }

  @Test func upKeepsOneThatIsTypedIntoWhenTheConfigurationDropsIt() throws {
    try shop.create("a")
    try sessions.type("cat", into: "=piko/shop/a:sh")
    try waitForProgram("cat", in: "sh")
    let configuration = shop.project.pushing(".piko/worktrees/a/.piko.yml")
    try sandbox.write("windows: [{name: web, command: 'exec tail -f page'}]\n", to: configuration)
    #expect(try shop.piko("up", "a", "--yes").status == 0)
    #expect(try sessions.windows(of: "piko/shop/a") == ["shell", "web", "sh"])
    try sessions.tmux("send-keys", "-t", "=piko/shop/a:sh", "C-d")
    try waitForProgram("sh", in: "sh")
    #expect(try shop.piko("up", "a").status == 0)
    #expect(try sessions.windows(of: "piko/shop/a") == ["shell", "web"])
  }

  @Test func theirProcessesKeepNoDatabaseOpen() throws {
    try shop.create("a")
    try sessions.wait(for: "a page", in: "=piko/shop/a:web")
    let process = try sessions.value("#{pane_pid}", of: "=piko/shop/a:web")
    let open = try sandbox.output("ls", ["-l", "/proc/\(process)/fd"])
    #expect(open.contains(" 0 -> /dev/pts/"), "\(open)")
    #expect(!open.contains(".db"), "\(open)")
  }

  @Test func oneThatIsStartedAnewAsItWasIsStillPikos() throws {
    try shop.create("a")
    try sessions.tmux("respawn-pane", "-k", "-t", "=piko/shop/a:web")
    try sessions.wait(for: "a page", in: "=piko/shop/a:web")
    #expect(try shop.piko("down", "a").stderr == "✓ Ended 3 processes (web, sh, calls)\n")
  }

  @Test func aDownThatOneOfThemCallsIsDoneAndEndsThatOneLast() throws {
    try shop.create("a")
    try sandbox.write("down\n", to: "shop/verb")
    try sessions.wait(for: "[calls ended with status ", in: "=piko/shop/a:calls")
    #expect(try sandbox.read("shop/said") == "✓ Ended 3 processes (web, sh, calls)\n")
    #expect(try shop.piko("list").stdout.contains("stopped"))
    let journal = try shop.piko("status", "a", "--json").stdout
    #expect(journal.contains(#""state":"done","step":"stop","verb":"down""#), "\(journal)")
  }

  @Test func aDestroyThatOneOfThemCallsIsDone() throws {
    try sessions.tmux("new-session", "-d", "-s", "mine")
    try shop.create("a")
    try sandbox.write("destroy\n", to: "shop/verb")
    #expect(try Sessions.waits { try sessions.names() == ["mine"] })
    #expect(
      try sandbox.read("shop/said") == """
        ✓ Removed worktree at .piko/worktrees/a
        ✓ Destroyed environment a

        """)
    #expect(try shop.piko("list", "-q").text == "status 0")
  }
}

/// Shells that piko does not know by their names.
@Suite struct UnknownShellTests {
  @Test(arguments: ["default-shell", "default-command"])
  func theUsersOwnIsOneWhateverItsName(_ option: String) throws {
    let shop = try Workshop(files: [".piko.yml": "ports: {web: 3071}\n"])
    let sessions = Sessions(sandbox: shop.sandbox)
    let shell = shop.sandbox.root.appending("myshell")
    try shop.sandbox.output("sh", ["-c", "ln -s \"$(command -v sh)\" \"$0\"", shell.string])
    try shop.sandbox.write("set -g \(option) '\(shell)'\n", to: "home/.tmux.conf")
    try shop.create("a")
    #expect(
      try Sessions.waits {
        try sessions.value("#{pane_current_command}", of: "=piko/shop/a:shell") == "myshell"
      })
    #expect(try shop.piko("destroy", "a", "--dry-run").status == 0)
    try sessions.type("cat", into: "=piko/shop/a:shell")
    #expect(
      try Sessions.waits {
        try shop.piko("destroy", "a", "--dry-run").stderr.contains("('cat' in window 'shell')")
      })
    try sessions.tmux("send-keys", "-t", "=piko/shop/a:shell", "C-d")
    #expect(try Sessions.waits { try shop.piko("destroy", "a").status == 0 })
    #expect(try sessions.names() == [])
  }
}
