import PikoCore
import Support
import SystemPackage
import Testing

/// `piko pick`, with the real fzf and without it.
@Suite struct PickTests: SessionSuite {
  let shop: Workshop

  init() throws {
    shop = try Workshop(files: [".piko.yml": "ports: {web: 3000}\n"])
    for name in ["alpha", "beta", "gamma"] { try shop.create(name, "--no-start") }
  }

  @Test func aFinderNarrowsTheListAndShowsWhatIsKnown() throws {
    try sandbox.write("new\n", to: "shop/.piko/worktrees/beta/added file")
    let terminal = try sessions.terminal("piko pick --print > picked", in: shop.project)
    try terminal.wait(for: "3/3")
    try terminal.type("b", "e")
    try terminal.wait(for: "1/3")
    try terminal.wait(for: "beta: stopped")
    let port = try #require(try shop.ports(of: "beta").first)
    try terminal.wait(for: "web:\(port)")
    try terminal.wait(for: "Begin")
    try terminal.wait(for: "added file")
    try terminal.type("Enter")
    try terminal.wait(for: "ended 0")
    #expect(try sandbox.read("shop/picked") == "beta\n")
  }

  @Test func escapeIsStatus130() throws {
    let terminal = try sessions.terminal("piko pick", in: shop.project)
    try terminal.wait(for: "3/3")
    try terminal.type("Escape")
    try terminal.wait(for: "ended 130")
  }

  @Test func goesToTheSession() throws {
    let terminal = try sessions.terminal("piko pick", in: shop.project)
    try terminal.wait(for: "3/3")
    try terminal.type("g", "a", "m")
    try terminal.wait(for: "1/3")
    try terminal.type("Enter")
    try terminal.wait(for: "0:shell")
    #expect(
      try sessions.tmux("list-clients", "-F", "#{client_session}") == "piko/shop/gamma")
  }

  @Test(arguments: [120, 40])
  func withoutAFinderItIsANumberedMenu(columns: Int) throws {
    let path = try sandbox.pathWithout("fzf")
    let terminal = try sessions.terminal(
      columns: columns, "PATH=\(path) piko pick --print > picked", in: shop.project)
    try terminal.wait(
      for: "   NAME   BRANCH\n1  alpha  alpha\n2  beta   beta\n3  gamma  gamma\nnumber or name:")
    try terminal.type("7", "Enter")
    try terminal.wait(for: "there is no '7'")
    try terminal.type("2", "Enter")
    try terminal.wait(for: "ended 0")
    #expect(try sandbox.read("shop/picked") == "beta\n")
    for keys in [["Escape", "Enter"], ["Enter"], ["C-d"]] {
      let other = try sessions.terminal(
        columns: columns, "PATH=\(path) piko pick --print", in: shop.project)
      try other.wait(for: "number or name:")
      for key in keys { try other.type(key) }
      try other.wait(for: "ended 130")
    }
  }

  @Test func onADumbTerminalItIsANumberedMenu() throws {
    let terminal = try sessions.terminal("TERM=dumb piko pick --print > picked", in: shop.project)
    try terminal.wait(for: "3  gamma  gamma\nnumber or name:")
    try terminal.type("3", "Enter")
    try terminal.wait(for: "ended 0")
    #expect(try sandbox.read("shop/picked") == "gamma\n")
  }

  @Test func fitsANarrowTerminal() throws {
    let terminal = try sessions.terminal(
      columns: 40, rows: 20, "piko pick --print > picked", in: shop.project)
    try terminal.wait(for: "3/3")
    try terminal.wait(for: "alpha: stopped")
    try terminal.type("Enter")
    try terminal.wait(for: "ended 0")
    #expect(try sandbox.read("shop/picked") == "alpha\n")
  }

  @Test func withoutATerminalItSaysWhatToType() throws {
    #expect(
      try shop.piko("pick").text == """
        2| error: cannot ask which environment: not on a terminal
        2| hint: to list them, run 'piko list -q'
        status 1
        """)
  }

  @Test func theKeyOpensItInAPopupAndTheStatusLineNamesTheEnvironment() throws {
    let file = SourceTree.root.pushing("share/piko/tmux/piko.conf")
    try sandbox.write(
      "source-file '\(file)'\nset -g status-right-length 80\n", to: "home/.tmux.conf")
    let terminal = try sessions.terminal("piko attach alpha", in: shop.project)
    try terminal.wait(for: "0:shell")
    #expect(try terminal.text().split(separator: "\n").last?.hasSuffix(" alpha") == true)
    try terminal.type("C-b", "P")
    try terminal.wait(for: "3/3")
    try terminal.type("b", "e", "t")
    try terminal.wait(for: "1/3")
    try terminal.type("Enter")
    #expect(
      try Sessions.waits {
        try sessions.tmux("list-clients", "-F", "#{client_session}") == "piko/shop/beta"
      })
  }
}
