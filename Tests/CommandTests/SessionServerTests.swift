import Support
import Testing

/// An environment's session on another tmux server than the one that a verb is typed beside.
@Suite struct SessionServerTests {
  private let shop: Workshop
  /// The server that tmux chooses by itself.
  private let usual: Sessions
  /// The one that the environment was made in.
  private let work: Sessions
  /// What a shell in a window of that one has.
  private let inside: [String: String?]

  init() throws {
    shop = try Workshop(files: Workshop.server)
    usual = Sessions(sandbox: shop.sandbox)
    work = Sessions(sandbox: shop.sandbox, server: "work")
    try work.tmux("-f", "/dev/null", "new-session", "-d", "-s", "mine")
    inside = ["TMUX": try work.value("#{socket_path},#{pid},0", of: "mine")]
    let made = try shop.piko(["create", "a", "--yes", "--no-attach"], environment: inside)
    #expect(made.status == 0, "\(made)")
    #expect(try work.names() == ["mine", "piko/shop/a"])
  }

  private func isRunning() throws -> Bool {
    try Sessions.waits { try shop.piko("list").stdout.contains("running 1/1") }
  }

  @Test func everyVerbFindsTheSessionWhereItIs() throws {
    #expect(try isRunning())
    #expect(try shop.piko("wait", "a").status == 0)
    #expect(try shop.piko("up", "a").status == 0)
    #expect(try shop.piko("tmux", "a").stdout == "piko/shop/a\n")
    #expect(try usual.names().isEmpty)
    try work.tmux("kill-window", "-t", "=piko/shop/a:web")
    #expect(try shop.piko("up", "a").status == 0)
    #expect(try work.windows(of: "piko/shop/a") == ["shell", "web"])
    #expect(try shop.piko("down", "a").status == 0)
    #expect(try shop.piko("list").stdout.contains("stopped"))
    #expect(try shop.piko("tmux", "a", "--kill").status == 0)
    #expect(try work.names() == ["mine"])
  }

  @Test func destroySparesWhatIsTypedThere() throws {
    try work.type("echo rea''dy", into: "=piko/shop/a:shell")
    try work.wait(for: "ready", in: "=piko/shop/a:shell")
    try work.type("sleep 599", into: "=piko/shop/a:shell")
    let isRefused = try Sessions.waits {
      try shop.piko("destroy", "a").stderr.contains("'sleep' in window 'shell'")
    }
    #expect(isRefused)
    #expect(try shop.piko("destroy", "a", "--force").status == 0)
    #expect(try work.names() == ["mine"])
  }

  @Test func isShownFromATerminalAndNotInsideAnotherServer() throws {
    let terminal = try usual.terminal("piko attach a", in: shop.project)
    try terminal.wait(for: "web")
    #expect(try work.tmux("list-clients", "-F", "#{session_name}") == "piko/shop/a")
    try work.tmux("detach-client", "-s", "=piko/shop/a")
    try terminal.wait(for: "ended 0")

    try usual.tmux("-f", "/dev/null", "new-session", "-d", "-s", "other", "-x", "200", "exec sh")
    try usual.type("echo rea''dy", into: "=other:")
    try usual.wait(for: "ready", in: "=other:")
    try usual.type("cd \(shop.project); piko attach a", into: "=other:")
    try usual.wait(
      for: "error: session 'piko/shop/a' is on another tmux server\n"
        + "hint: to show it, outside this tmux run 'tmux -S ", in: "=other:")
  }

  @Test func isMadeOnTheUsualServerOnceTheOtherHasEnded() throws {
    try work.tmux("kill-server")
    #expect(try shop.piko("up", "a").status == 0)
    #expect(try usual.names() == ["piko/shop/a"])
    #expect(try isRunning())
    // And is found from a new one of the other name.
    try work.tmux("-f", "/dev/null", "new-session", "-d", "-s", "mine")
    #expect(try shop.piko(["destroy", "a"], environment: inside).status == 0)
    #expect(try usual.names().isEmpty)
  }

  @Test func doctorNamesWhatIsLeftThere() throws {
    let mark = try work.value("#{@piko_environment}", of: "=piko/shop/a:")
    try work.tmux("set-option", "-t", "=piko/shop/a:", "@piko_environment", "b\(mark.dropFirst())")
    let found = try shop.piko("doctor").stdout
    #expect(found.contains("session 'piko/shop/a' is left of environment 'b'"), "\(found)")
    #expect(found.contains("to mend it: tmux -S <root>/tmux/"), "\(found)")
  }
}
