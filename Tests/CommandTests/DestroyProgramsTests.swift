import Support
import SystemPackage
import Testing

/// `piko destroy` and what the user has running in the environment's session.
@Suite struct DestroyProgramsTests: SessionSuite {
  let shop: Workshop

  init() throws {
    shop = try Workshop(files: Workshop.server)
    try shop.create("a")
  }

  private static let refusal = """
    error: cannot destroy environment 'a': it has 1 program running in its session ('cat' in window 'edit')
    hint: to see them, run 'piko attach a'
    hint: to lose them, run 'piko destroy --force a'

    """

  /// A shell in a window may have a `PATH` of its own.
  private var piko: String { BuiltPrograms.path(of: "piko").string }

  /// Waits until the shell of a window runs `cat`, or does no more.
  private func waitForCat(in window: String, ended: Bool = false) throws {
    #expect(
      try Sessions.waits {
        let running = try sessions.value(
          "#{pane_current_command}", of: "=piko/shop/a:\(window)")
        return (running == "cat") != ended
      })
  }

  @Test func whatRunsInTheUsersWindowIsALoss() throws {
    try sessions.tmux("new-window", "-d", "-t", "=piko/shop/a:", "-n", "edit", "exec cat")
    try waitForCat(in: "edit")
    let planned = try shop.piko("destroy", "a", "--dry-run")
    #expect(planned.status == 1 && planned.stderr == Self.refusal, "\(planned)")
    #expect(
      planned.stdout.contains(
        "lost         1 program running in its session ('cat' in window 'edit')\n"), "\(planned)")
    let refused = try shop.piko("destroy", "a")
    #expect(refused.status == 1 && refused.stderr == Self.refusal, "\(refused)")
    #expect(try sessions.windows(of: "piko/shop/a") == ["shell", "web", "edit"])
    #expect(try shop.piko("destroy", "a", "--force").status == 0)
    #expect(try sessions.names() == [])
  }

  @Test func aShellThatWaitsIsNoLoss() throws {
    try sessions.tmux("new-window", "-d", "-t", "=piko/shop/a:", "-n", "own")
    try sessions.tmux("new-window", "-d", "-t", "=piko/shop/a:", "-n", "asked", "bash -i")
    #expect(
      try Sessions.waits {
        try sessions.value("#{pane_current_command}", of: "=piko/shop/a:asked") == "bash"
      })
    try sessions.tmux("split-window", "-d", "-t", "=piko/shop/a:web")
    // A shell in the shell, and what has nothing to do with the terminal.
    try sessions.type("sh", into: "=piko/shop/a:own")
    try sessions.type(
      "sleep 600 < /dev/null > /dev/null 2>&1 & echo begun", into: "=piko/shop/a:own")
    try sessions.wait(for: "begun\n", in: "=piko/shop/a:own")
    let destroyed = try shop.piko("destroy", "a")
    #expect(destroyed.status == 0, "\(destroyed)")
    #expect(try sessions.names() == [])
  }

  @Test func whatRunsInAShellThatPikoMadeIsALossToo() throws {
    try sessions.type("cat", into: "=piko/shop/a:shell")
    try waitForCat(in: "shell")
    let refused = try shop.piko("destroy", "a")
    #expect(
      refused.status == 1 && refused.stderr.contains("('cat' in window 'shell')"), "\(refused)")
    // Stopped, as an editor is by Ctrl-Z.
    try sessions.tmux("send-keys", "-t", "=piko/shop/a:shell", "C-z")
    try waitForCat(in: "shell", ended: true)
    #expect(try shop.piko("destroy", "a").stderr.contains("('cat' in window 'shell')"))
    try sessions.type("kill -9 %1", into: "=piko/shop/a:shell")
    #expect(try Sessions.waits { try shop.piko("destroy", "a", "--dry-run").status == 0 })
  }

  @Test func upKeepsAWindowThatIsWorkedInWhenTheConfigurationDropsIt() throws {
    let configuration = shop.project.pushing(".piko/worktrees/a/.piko.yml")
    try sandbox.write("windows: [{name: notes}, {name: more}]\n", to: configuration)
    #expect(try shop.piko("up", "a", "--yes").status == 0)
    try sessions.type("cat", into: "=piko/shop/a:notes")
    try waitForCat(in: "notes")
    try sandbox.write("windows: []\n", to: configuration)
    #expect(try shop.piko("up", "a", "--yes").status == 0)
    #expect(try sessions.windows(of: "piko/shop/a") == ["shell", "notes"])
  }

  @Test func theWindowThatItIsTypedInDoesNotCount() throws {
    try sessions.tmux("new-session", "-d", "-s", "mine")
    // As a program would that runs there, a coding agent for one.
    try sessions.type(
      "sh -c '\(piko) destroy a 2> \"$PIKO_ROOT/said\"; cat'",
      into: "=piko/shop/a:shell")
    #expect(try Sessions.waits { try sessions.names() == ["mine"] })
    #expect(try sandbox.read("shop/said").hasSuffix("✓ Destroyed environment a\n"))
  }

  /// As in `piko list -q | xargs piko destroy`.
  @Test func neitherDoesWhatItsOwnCommandLineRuns() throws {
    try sessions.tmux("new-session", "-d", "-s", "mine")
    try sessions.type(
      "echo a | xargs \(piko) destroy 2>&1 | cat > \"$PIKO_ROOT/said\"", into: "=piko/shop/a:shell")
    #expect(try Sessions.waits { try sessions.names() == ["mine"] })
    #expect(try sandbox.read("shop/said").hasSuffix("✓ Destroyed environment a\n"))
  }

  /// A coding agent gives the commands that it runs a session of processes of their own.
  @Test func neitherDoesWhatHasStartedItInAnotherJob() throws {
    try sessions.tmux("new-session", "-d", "-s", "mine")
    try sessions.type(
      "setsid --wait \(piko) destroy a 2> \"$PIKO_ROOT/said\"", into: "=piko/shop/a:shell")
    #expect(try Sessions.waits { try sessions.names() == ["mine"] })
    #expect(try said().hasSuffix("✓ Destroyed environment a\n"))
  }

  @Test func whatAShellsStartFilesRunIsNoLossButAnEditor() throws {
    #expect(try shop.piko("tmux", "a", "--kill").status == 0)
    try sandbox.write("set -g default-shell /bin/bash\n", to: "home/.tmux.conf")
    try sandbox.output("sh", ["-c", "ln -s \"$(command -v sleep)\" nano"], in: sandbox.root)
    try sandbox.write("sleep 600\n\"$HOME/../nano\" 600\n", to: "home/.bash_profile")
    #expect(try shop.piko("tmux", "a").status == 0)
    // The shell's own name is what tmux gives while these run.
    let terminal = try terminal(of: "shell")
    let runs = { try sandbox.run("pgrep", "-x", $0, "-t", terminal).status == 0 }
    #expect(try Sessions.waits { try runs("sleep") })
    let planned = try shop.piko("destroy", "a", "--dry-run")
    #expect(planned.status == 0, "\(planned)")
    try sandbox.output("pkill", ["-x", "sleep", "-t", terminal])
    #expect(try Sessions.waits { try runs("nano") })
    #expect(try shop.piko("destroy", "a").stderr.contains("('nano' in window 'shell')"))
  }

  /// A window's terminal as ps(1) names it.
  private func terminal(of window: String) throws -> String {
    let path = try sessions.value("#{pane_tty}", of: "=piko/shop/a:\(window)")
    return String(path.dropFirst("/dev/".count).prefix { $0 != "\n" })
  }

  @Test func editorsAreToldByTheirNames() throws {
    let names = [
      "vis", "jove", "xemacs", "levee", "ee", "aee", "le", "gvim", "emacsclient", "code",
      "gedit", "nvim-qt", "emacs-nox", "vim.tiny", "e3vi", "kate", "micro", "zile",
    ]
    let links = names.map { "ln -s \"$(command -v sleep)\" \($0);" }.joined(separator: " ")
    try sandbox.output("sh", ["-c", links], in: sandbox.root)
    let lines = names.map { name in
      let window = name.filter { $0 != "." }
      return "  - {name: in-\(window), command: 'exec \"\(sandbox.root)/\(name)\" 600'}\n"
    }
    try sandbox.write(
      "windows:\n\(lines.joined())", to: shop.project.pushing(".piko/worktrees/a/.piko.yml"))
    #expect(try shop.piko("up", "a", "--yes").status == 0)
    var missing = names
    _ = try Sessions.waits {
      let said = try shop.piko("destroy", "a", "--dry-run").stderr
      missing = names.filter { !said.contains("'\($0)' in window") }
      return missing.isEmpty
    }
    #expect(missing == [])
  }

  @Test func anotherJobOfItsOwnWindowCounts() throws {
    try sessions.type("cat", into: "=piko/shop/a:shell")
    try waitForCat(in: "shell")
    try sessions.tmux("send-keys", "-t", "=piko/shop/a:shell", "C-z")
    try waitForCat(in: "shell", ended: true)
    try sessions.type("\(piko) destroy a 2> \"$PIKO_ROOT/said\"", into: "=piko/shop/a:shell")
    #expect(try Sessions.waits { try said().contains("('cat' in window 'shell')") })
    #expect(try shop.piko("list", "-q").stdout == "a\n")
  }

  /// As `:!piko destroy a` in it does.
  @Test func theEditorThatItIsCalledFromCounts() throws {
    // Its name is what tells an editor.
    try sandbox.output("sh", ["-c", "ln -s \"$(command -v sh)\" vi"], in: sandbox.root)
    try sessions.type(
      "\"$PIKO_ROOT/../vi\" -c '\(piko) destroy a 2> \"$PIKO_ROOT/said\"; cat'",
      into: "=piko/shop/a:shell")
    #expect(try Sessions.waits { try said().contains("('vi' in window 'shell')") })
    #expect(try shop.piko("list", "-q").stdout == "a\n")
  }

  private func said() throws -> String {
    try sandbox.exists("shop/said") ? sandbox.read("shop/said") : ""
  }

  @Test func whatRunsInAnotherWindowCountsThereToo() throws {
    try sessions.tmux("new-window", "-d", "-t", "=piko/shop/a:", "-n", "edit", "exec cat")
    try waitForCat(in: "edit")
    try sessions.type("\(piko) destroy a 2> \"$PIKO_ROOT/said\"", into: "=piko/shop/a:shell")
    #expect(try Sessions.waits { try said() == Self.refusal })
    #expect(try sessions.windows(of: "piko/shop/a") == ["shell", "web", "edit"])
  }
}
