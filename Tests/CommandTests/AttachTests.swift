import Support
import SystemPackage
import Testing

/// `piko attach`, and the end of `piko create` on a terminal.
@Suite struct AttachTests {
  private let shop: Workshop
  private let sessions: Sessions

  init() throws {
    shop = try Workshop(files: ["README": "x\n"])
    sessions = Sessions(sandbox: shop.sandbox)
  }

  @Test func showsTheSession() throws {
    try shop.create("a")
    let terminal = try sessions.terminal("piko attach a", in: shop.project)
    try terminal.wait(for: "0:shell")
    #expect(try sessions.value("#{session_attached}", of: "=piko/shop/a:") == "1")
    try terminal.type("C-b", "d")
    try terminal.wait(for: "ended 0")
  }

  @Test func makesASessionThatIsMissing() throws {
    try shop.create("a")
    try sessions.tmux("kill-server")
    let terminal = try sessions.terminal("piko attach a", in: shop.project)
    try terminal.wait(for: "0:shell")
    #expect(try sessions.names() == ["piko/shop/a"])
  }

  @Test func insideTmuxItSwitchesAndBack() throws {
    try shop.create("a")
    try shop.create("b")
    let terminal = try sessions.terminal("piko attach a", in: shop.project)
    try terminal.wait(for: "[piko/shop")
    try sessions.type("\(program) attach b", into: "=piko/shop/a:shell")
    #expect(try Sessions.waits { try client() == "piko/shop/b" })
    try sessions.type("\(program) attach a", into: "=piko/shop/b:shell")
    #expect(try Sessions.waits { try client() == "piko/shop/a" })
    #expect(try sessions.names() == ["piko/shop/a", "piko/shop/b"])
  }

  @Test func withoutATerminalItSaysWhatToType() throws {
    try shop.create("a")
    #expect(
      try shop.piko("attach", "a").text == """
        2| error: cannot attach to session 'piko/shop/a': not on a terminal
        2| hint: to get the session's name for a script, run 'piko tmux a --print'
        status 1
        """)
  }

  @Test func withoutTmuxItSaysWhatToInstall() throws {
    let path = try shop.sandbox.pathWithout("tmux")
    let made = try shop.piko(["create", "a"], environment: ["PATH": path])
    #expect(
      made.text == """
        1| <root>/shop/.piko/worktrees/a
        2| ✓ Created worktree at .piko/worktrees/a (branch: a)
        2| no session: tmux is not installed
        status 0
        """)
    for verb in [["attach", "a"], ["switch", "a"], ["tmux", "a"], ["tmux", "a", "--kill"]] {
      #expect(
        try shop.piko(verb, environment: ["PATH": path]).text == """
          2| error: cannot run 'tmux': not found on PATH
          2| hint: install it: run 'apt-get install tmux'
          status 128
          """)
    }
    _ = try shop.piko(["create", "b"], environment: ["PATH": path])
    let up = try shop.piko(["up", "--all"], environment: ["PATH": path])
    #expect(up.status == 0)
    #expect(up.stderr.split(separator: "\n").filter { $0.contains("no session") }.count == 1)
    #expect(try shop.piko(["down", "a"], environment: ["PATH": path]).status == 0)
    #expect(try shop.piko(["list"], environment: ["PATH": path]).status == 0)
    #expect(try shop.piko(["destroy", "a", "b"], environment: ["PATH": path]).status == 0)
  }

  @Test func createAttachesOnATerminalUnlessToldOtherwise() throws {
    let terminal = try sessions.terminal("piko create a", in: shop.project)
    try terminal.wait(for: "0:shell")
    #expect(try sessions.value("#{session_attached}", of: "=piko/shop/a:") == "1")
    let plain = try sessions.terminal("piko create b --no-attach", in: shop.project)
    try plain.wait(for: "ended 0")
    #expect(try plain.text().contains("/.piko/worktrees/b\n"))
    // Its answer goes to a file: nobody would see the session.
    let kept = try sessions.terminal("piko create c > answer", in: shop.project)
    try kept.wait(for: "ended 0")
    #expect(try shop.sandbox.read("shop/answer").hasSuffix("/.piko/worktrees/c\n"))
  }

  @Test func fitsANarrowTerminal() throws {
    try shop.sandbox.write(
      "windows: [{name: web, command: 'exit 7'}]\n", to: shop.project.appending(".piko.yml"))
    try shop.create("a")
    let terminal = try sessions.terminal(columns: 40, rows: 12, "piko attach a", in: shop.project)
    // What else the status line has room for depends on the machine's name.
    try terminal.wait(for: "[piko/")
    try sessions.tmux("select-window", "-t", "=piko/shop/a:web")
    try terminal.wait(for: "[web ended with status 7]\n[Enter: again, Ctrl-C: close]\n")
  }

  @Test func aDumbTerminalShowsNoSession() throws {
    let made = try sessions.terminal("TERM=dumb piko create a --yes", in: shop.project)
    try made.wait(for: "/.piko/worktrees/a")
    try made.wait(for: "ended 0")
    let refused = try sessions.terminal("TERM=dumb piko attach a", in: shop.project)
    try refused.wait(for: "not on a terminal that can show it (TERM is 'dumb')")
    try refused.wait(for: "ended 1")
  }

  private var program: String { BuiltPrograms.path(of: "piko").string }

  private func client() throws -> String {
    try sessions.tmux("list-clients", "-F", "#{client_session}")
  }
}
