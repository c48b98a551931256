import Support
import SystemPackage
import Testing

/// Verbs that change things, told to a reader who is gone: `piko destroy NAME | head -1`.
@Suite struct GoneReaderTests: SessionSuite {
  let shop: Workshop

  init() throws {
    shop = try Workshop(files: [
      ".piko.yml": """
      windows: [{name: web, command: 'exec sleep 600'}]
      scripts: {setup: 'echo set up; echo more; touch done', destroy: 'echo bye; echo bye'}

      """, ".gitignore": "done\n",
    ])
  }

  /// Runs a verb whose two streams nobody reads, from its first word on; gives its status.
  private func unread(_ arguments: String...) throws -> String {
    // The reader is gone before the verb begins.
    let script = "{ read -r line < gate; piko \"$@\"; echo $? > status; } 2>&1 | exec 3> gate"
    try sandbox.output(
      "sh", ["-c", "rm -f gate; mkfifo gate; \(script)", "sh"] + arguments, in: shop.project)
    return try sandbox.read("shop/status")
  }

  @Test func everyVerbComesToItsEnd() throws {
    #expect(try unread("create", "a", "--yes") == "0\n")
    #expect(sandbox.exists("shop/.piko/worktrees/a/done"))
    #expect(try sessions.windows(of: "piko/shop/a") == ["shell", "web"])
    #expect(try unread("down", "a") == "0\n")
    #expect(try shop.piko("list").stdout.contains("stopped"))
    #expect(try unread("up", "a") == "0\n")
    #expect(try shop.piko("list").stdout.contains("running 1/1"))
    #expect(try unread("destroy", "a") == "0\n")
    #expect(try shop.piko("list", "-q").text == "status 0")
    #expect(!sandbox.exists("shop/.piko/worktrees/a"))
    #expect(try sessions.names() == [])
  }

  /// What becomes another program gives it the signal as it was.
  @Test func aProgramThatAVerbBecomesIsEndedByIt() throws {
    try shop.create("a")
    let script = "{ piko run a -- yes; echo $? > status; } | head -1"
    #expect(try sandbox.output("sh", ["-c", script], in: shop.project) == "y")
    #expect(try sandbox.read("shop/status") == "141\n")
  }
}
