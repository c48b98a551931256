import Support
import SystemPackage
import Testing

/// `piko switch`.
@Suite struct SwitchTests {
  private let shop: Workshop
  private let sessions: Sessions

  init() throws {
    shop = try Workshop(files: ["README": "x\n"])
    sessions = Sessions(sandbox: shop.sandbox)
  }

  @Test func movesTheClientOfThisTerminal() throws {
    try shop.create("a")
    try shop.create("b")
    let first = try sessions.terminal("piko switch a", in: shop.project)
    try first.wait(for: "0:shell")
    let second = try sessions.terminal(columns: 90, "piko switch a", in: shop.project)
    try second.wait(for: "0:shell")
    try second.type(
      "\(BuiltPrograms.path(of: "piko")) switch b", "Enter")
    #expect(
      try Sessions.waits {
        try sessions.tmux("list-clients", "-F", "#{client_session} #{client_width}")
          .split(separator: "\n").sorted() == ["piko/shop/a 120", "piko/shop/b 90"]
      })
  }

  @Test func withoutATerminalItSaysWhatToType() throws {
    try shop.create("a")
    let refused = try shop.piko("switch", "a")
    #expect(refused.status == 1 && refused.stdout.isEmpty)
    #expect(refused.stderr.contains("cannot switch to session 'piko/shop/a': not on a terminal\n"))
    #expect(refused.stderr.hasSuffix("run 'piko tmux a --print'\n"))
  }
}
