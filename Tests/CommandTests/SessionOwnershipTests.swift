import Support
import SystemPackage
import Testing

/// Which windows and sessions are an environment's, wherever the user takes them and whatever the
/// user's tmux is told.
@Suite struct SessionOwnershipTests: SessionSuite {
  let shop: Workshop

  private static let windows = """
    windows:
      - {name: web, command: 'exec tail -f "$PIKO_ENV_PATH/page"'}
      - {name: notes}

    """

  init() throws {
    shop = try Workshop(files: [".piko.yml": Self.windows, "page": "a page\n"])
  }

  /// A server with these settings and a session `mine` of the user's, window `one`.
  private func begin(_ settings: String = "") throws {
    try sandbox.write(settings, to: "home/.tmux.conf")
    try sessions.tmux("new-session", "-d", "-s", "mine", "-n", "one")
  }

  /// A shell in a window may have a `PATH` of its own.
  private var piko: String { BuiltPrograms.path(of: "piko").string }

  /// How many processes of the environment `a`'s window `web` there are.
  private func running() throws -> Int {
    let path = shop.project.pushing(".piko/worktrees/a/page")
    let counted = try sandbox.run("pgrep", "-fc", "^tail -f \(path)$").stdout
    return counted.split(separator: "\n").compactMap { Int($0) }.first ?? 0
  }

  /// Every window there is, by session and name.
  private func all() throws -> [String] {
    try sessions.tmux("list-windows", "-a", "-F", "#{session_name} #{window_name}")
      .split(separator: "\n").map(String.init).sorted()
  }

  @Test func destroyEndsItsWindowsWhereverTheyAreShownAndNoOther() throws {
    try begin()
    try shop.create("a")
    #expect(try Sessions.waits { try running() == 1 })
    try sessions.tmux("link-window", "-d", "-s", "=piko/shop/a:web", "-t", "mine:9")
    try sessions.tmux("move-window", "-d", "-s", "=piko/shop/a:notes", "-t", "mine:8")
    try sessions.tmux("new-session", "-d", "-t", "=piko/shop/a", "-s", "group")
    // The user's own, which the group keeps: nothing is lost with the environment's session.
    try sessions.tmux("new-window", "-d", "-t", "=piko/shop/a:", "-n", "edit", "cat")
    try sessions.tmux("split-window", "-d", "-t", "mine:9", "cat")
    let planned = try shop.piko("destroy", "a", "--dry-run")
    #expect(planned.status == 0)
    #expect(planned.stdout.contains("window       notes, in another session\n"), "\(planned)")
    let destroyed = try shop.piko("destroy", "a")
    #expect(
      destroyed.text == """
        2| ✓ Ended session piko/shop/a
        2| ✓ Ended 3 windows in other sessions (shell, web, notes)
        2| ✓ Removed worktree at .piko/worktrees/a
        2| ✓ Destroyed environment a
        status 0
        """)
    let left = try all()
    // `web` is the user's half of that window.
    #expect(left == ["group edit", "group web", "mine one", "mine web"])
    #expect(try sessions.tmux("list-panes", "-t", "mine:9", "-F", "#{pane_start_command}") == "cat")
    #expect(try running() == 0)
  }

  @Test func aDestroyTypedInAWindowThatAnotherSessionShowsToo() throws {
    try begin()
    try shop.create("a")
    try sessions.tmux("new-session", "-d", "-t", "=piko/shop/a", "-s", "group")
    try sessions.type("\(piko) destroy a", into: "=group:shell")
    #expect(try Sessions.waits { try all() == ["mine one"] })
    #expect(try shop.piko("list", "-q").text == "status 0")
    #expect(!sandbox.exists("shop/.piko/worktrees/a"))
  }

  @Test func upAndDownFollowAWindowThatWasMoved() throws {
    try begin()
    try shop.create("a")
    try sessions.tmux("move-window", "-d", "-s", "=piko/shop/a:web", "-t", "mine:")
    #expect(try shop.piko("up", "a").status == 0)
    #expect(
      try all() == ["mine one", "mine web", "piko/shop/a notes", "piko/shop/a shell"])
    #expect(try shop.piko("list").stdout.contains("running 1/1"))
    #expect(try shop.piko("down", "a").text == "2| ✓ Ended 1 process (web)\nstatus 0")
    #expect(try running() == 0)
    // A session whose last window went elsewhere is made anew, without what there is.
    try sessions.tmux("move-window", "-d", "-s", "=piko/shop/a:shell", "-t", "mine:")
    try sessions.tmux("move-window", "-d", "-s", "=piko/shop/a:notes", "-t", "mine:")
    #expect(try shop.piko("up", "a").status == 0)
    #expect(try sessions.windows(of: "piko/shop/a") == ["shell"])
    #expect(try Sessions.waits { try running() == 1 })
    #expect(try shop.piko("destroy", "a").status == 0)
    #expect(try all() == ["mine one"])
  }

  @Test func downEndsAProcessWhoseWindowHasAnotherName() throws {
    try shop.create("a")
    #expect(try Sessions.waits { try running() == 1 })
    try sessions.tmux("rename-window", "-t", "=piko/shop/a:web", "renamed")
    #expect(try shop.piko("down", "a").text == "2| ✓ Ended 1 process (web)\nstatus 0")
    #expect(try running() == 0)
    #expect(try shop.piko("up", "a").status == 0)
    #expect(try Sessions.waits { try running() == 1 })
    #expect(try sessions.windows(of: "piko/shop/a") == ["shell", "renamed", "notes"])
  }

  @Test func whatIsSetForAllSessionsMarksNone() throws {
    try begin()
    try shop.create("a")
    let window = "=piko/shop/a:web"
    for (scope, option) in [
      ("-g", "@piko_environment"), ("-g", "@piko_session"), ("-gw", "@piko_window"),
      ("-gw", "@piko_pane"), ("-gw", "@piko_idle"), ("-gw", "@piko_name"),
    ] {
      let value = try sessions.value("#{\(option)}", of: window)
      try sessions.tmux("set-option", scope, option, value.isEmpty ? "1" : value)
    }
    #expect(try shop.piko("up", "a").status == 0)
    #expect(try shop.piko("list").stdout.contains("running 1/1"))
    #expect(try shop.piko("down", "a").text == "2| ✓ Ended 1 process (web)\nstatus 0")
    #expect(try shop.piko("destroy", "a").status == 0)
    #expect(try all() == ["mine one"])
  }

  @Test func aSessionOfAnotherNameIsStillTheEnvironments() throws {
    try begin()
    try shop.create("a")
    try sessions.tmux("rename-session", "-t", "=piko/shop/a", "work")
    try sessions.tmux("rename-session", "-t", "=mine", "piko/shop/a")
    #expect(try shop.piko("up", "a").status == 0)
    #expect(try shop.piko("tmux", "a", "--print").text == "1| work\nstatus 0")
    #expect(try shop.piko("tmux", "a").text == "1| work\nstatus 0")
    #expect(try shop.piko("destroy", "a").stderr.hasPrefix("✓ Ended session work\n"))
    #expect(try all() == ["piko/shop/a one"])
  }

  @Test func aSessionIsThereWhereUnseenOnesEnd() throws {
    try sandbox.write(
      "set -g destroy-unattached on\nset -g base-index 1\n", to: "home/.tmux.conf")
    try shop.create("a")
    #expect(try sessions.windows(of: "piko/shop/a") == ["shell", "web", "notes"])
    #expect(try shop.piko("up", "a").stderr == "✓ Brought a up: it has no containers\n")
  }

  @Test func hooksThatFailOrMakeWindowsAreNoTrouble() throws {
    try begin(
      """
      set-hook -g session-created 'new-window -n own ; select-window -t :77'
      set-hook -g after-new-window 'split-window -h ; rename-window hooked ; select-window -t :78'

      """)
    let made = try shop.piko("create", "a", "--yes")
    #expect(made.status == 0 && !made.stderr.contains("warning"), "\(made)")
    let panes = "#{pane_start_command} #{==:#{@piko_pane},#{pane_id}}"
    let marked = try sessions.tmux("list-panes", "-s", "-t", "=piko/shop/a:", "-F", panes)
      .split(separator: "\n")
    // The shell's, web's and notes'; the user's own windows and halves are not.
    #expect(marked.count { $0.hasSuffix(" 1") } == 3 && marked.count > 3, "\(marked)")
    #expect(marked.contains { $0.contains("process:web") && $0.hasSuffix(" 1") }, "\(marked)")
    #expect(try shop.piko("up", "a").stderr == "✓ Brought a up: it has no containers\n")
    #expect(try shop.piko("down", "a").text == "2| ✓ Ended 1 process (web)\nstatus 0")
    #expect(try shop.piko("destroy", "a").status == 0)
    #expect(try !sessions.names().contains("piko/shop/a"))
  }

  @Test func aShellThatEndsAtOnceLeavesTheOtherWindowsTheirs() throws {
    try sandbox.write("set -g default-shell /bin/false\n", to: "home/.tmux.conf")
    for arguments in [["create", "a", "--yes"], ["up", "a"]] {
      let said = try shop.piko(arguments)
      #expect(said.status == 0 && !said.stderr.contains("warning"), "\(said)")
      #expect(try sessions.windows(of: "piko/shop/a") == ["web"])
    }
    #expect(try shop.piko("destroy", "a").status == 0)
    #expect(try sessions.names() == [])
  }

  @Test func aPaneThatTmuxKeepsAfterItsEndIsStartedAgain() throws {
    try begin("set -g remain-on-exit on\n")
    try shop.create("a")
    #expect(try Sessions.waits { try running() == 1 })
    for window in ["shell", "web"] {
      try sessions.tmux("respawn-pane", "-k", "-t", "=piko/shop/a:\(window)", "true")
      #expect(
        try Sessions.waits {
          try sessions.value("#{pane_dead}", of: "=piko/shop/a:\(window)") == "1"
        })
    }
    #expect(try running() == 0)
    #expect(try shop.piko("list").stdout.contains("stopped"))
    #expect(try shop.piko("down", "a").text == "2| ✓ Put a down: it has no containers\nstatus 0")
    #expect(try shop.piko("up", "a").status == 0)
    #expect(try Sessions.waits { try running() == 1 })
    #expect(try sessions.windows(of: "piko/shop/a") == ["shell", "web", "notes"])
    #expect(try shop.piko("destroy", "a").status == 0)
    #expect(try all() == ["mine one"])
  }

  @Test func tmuxsWordsAreShownAsTheyAre() throws {
    // No server can be made there.
    let made = try shop.piko(
      ["create", "a", "--yes"], environment: ["TMUX": "\(sandbox.root)/none/socket,1,0"])
    #expect(made.status == 0)
    let lines = made.stderr.split(separator: "\n")
    #expect(
      lines.contains("warning: no session 'piko/shop/a': tmux did not do what it was told"),
      "\(made)")
    #expect(!made.stderr.contains("\\n") && lines.contains { $0.hasPrefix("  ") }, "\(made)")
  }
}
