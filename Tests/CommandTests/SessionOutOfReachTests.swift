import Support
import SystemPackage
import Testing

/// Sessions that piko cannot ask for: tmux is not on `PATH`, or its server does not answer.
@Suite struct SessionOutOfReachTests: SessionSuite {
  let shop: Workshop

  init() throws {
    shop = try Workshop(files: Workshop.server)
    try shop.create("a")
  }

  @Test func aServerThatDoesNotAnswerHoldsNoVerbUp() throws {
    let server = try sessions.tmux("display-message", "-p", "#{pid}")
    try sandbox.output("kill", ["-STOP", server])
    defer { _ = try? sandbox.output("kill", ["-CONT", server]) }
    // All at once: each of them waits for as long as tmux may take.
    try sandbox.output(
      "sh",
      [
        "-c",
        """
        run() { piko "$@" > "$HOME/$1" 2>&1; echo "status $?" >> "$HOME/$1"; }
        run list & run status a & run doctor & run destroy a & wait
        """,
      ], in: shop.project)
    let listed = try sandbox.read("home/list")
    #expect(listed.hasSuffix("status 0\n"))
    #expect(
      listed.contains(
        "warning: tmux does not answer; what runs in the windows of sessions is not known\n"))
    let state = try sandbox.read("home/status")
    #expect(state.contains("  session   not known: tmux does not answer\n"), "\(state)")
    #expect(try sandbox.read("home/doctor").contains("tmux does not answer"))
    #expect(
      try sandbox.read("home/destroy") == """
        error: tmux does not answer
        hint: to see its server, run 'pgrep -a tmux'
        hint: if it was stopped, run 'pkill -CONT tmux'
        status 128

        """)
    #expect(sandbox.exists("shop/.piko/worktrees/a"))
  }

  /// tmux refuses a directory that others may write to.
  @Test func aServerThatCannotBeAskedIsNotTakenForNone() throws {
    let place = "\(sandbox.root)/tmux/tmux-\(try sandbox.output("id", ["-u"]))"
    try sandbox.output("chmod", ["755", place])
    let refused = try shop.piko("destroy", "a")
    try sandbox.output("chmod", ["700", place])
    #expect(refused.status == 128, "\(refused)")
    #expect(
      refused.stderr.hasPrefix("error: cannot ask tmux: directory <root>/tmux/"), "\(refused)")
    #expect(
      refused.stderr.hasSuffix("hint: to try it by hand, run 'tmux list-sessions'\n"), "\(refused)")
    #expect(sandbox.exists("shop/.piko/worktrees/a"))
    #expect(try sessions.names() == ["piko/shop/a"])
  }

  @Test func aServerWithoutSessionsHasNone() throws {
    try sessions.tmux("set-option", "-s", "exit-empty", "off")
    try sessions.tmux("kill-session", "-t", "=piko/shop/a")
    let up = try shop.piko("up", "a")
    #expect(up.status == 0 && !up.stderr.contains("warning:"), "\(up)")
    #expect(try sessions.names() == ["piko/shop/a"])
    try sessions.tmux("kill-session", "-t", "=piko/shop/a")
    #expect(try shop.piko("destroy", "a").status == 0)
  }

  @Test func aSocketByARelativePathIsRefused() throws {
    let refused = try shop.piko(["up", "a"], environment: ["TMUX": "./own,1,0"])
    #expect(
      refused.stderr.contains("cannot ask tmux: its socket './own' is named by a relative path"),
      "\(refused)")
    #expect(try sessions.names() == ["piko/shop/a"])
  }

  private func destroyWithoutTmux() throws {
    let path = try sandbox.pathWithout("tmux")
    let destroyed = try shop.piko(["destroy", "a"], environment: ["PATH": path])
    #expect(
      destroyed.status == 0
        && destroyed.stderr.contains(
          "warning: tmux is not on PATH: session 'piko/shop/a' is left where it was made\n"),
      "\(destroyed)")
  }

  @Test func createEndsASessionThatIsLeftOfAnEarlierEnvironment() throws {
    try destroyWithoutTmux()
    #expect(try sessions.names() == ["piko/shop/a"])
    let made = try shop.piko("create", "a", "--yes")
    #expect(
      made.status == 0
        && made.stderr.contains("ended the session that was left of an earlier environment 'a'\n"),
      "\(made)")
    #expect(try sessions.windows(of: "piko/shop/a") == ["shell", "web"])
    // The one that is left stands in a directory that is gone, which tmux says beside its path.
    let path = try sessions.value("#{pane_current_path}", of: "=piko/shop/a:shell")
    #expect(path == shop.project.pushing(".piko/worktrees/a").string)
  }

  @Test func createLeavesOneInWhichTheUserWorks() throws {
    try destroyWithoutTmux()
    try sessions.tmux("new-window", "-d", "-t", "=piko/shop/a:", "-n", "edit", "exec cat")
    let refused = try shop.piko("create", "a", "--yes")
    #expect(
      refused.text == """
        2| error: cannot create environment 'a': 'cat' in window 'edit' runs in session 'piko/shop/a', which is left of an earlier one
        2| hint: to end all in it, run 'tmux kill-session -t '=piko/shop/a''
        status 1
        """)
    #expect(!sandbox.exists("shop/.piko/worktrees/a"))
    #expect(try sessions.windows(of: "piko/shop/a") == ["shell", "web", "edit"])
  }
}
