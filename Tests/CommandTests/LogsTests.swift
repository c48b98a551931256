import Support
import Testing

/// `piko logs`.
@Suite struct LogsTests {
  @Test(.tags(.engine), .engine)
  func showsWhatContainersWrote() async throws {
    let scene = try await ServicesScene()
    let all = try scene.piko("logs", "feature")
    #expect(all.status == 0 && all.stderr.isEmpty, "\(all)")
    // How wide the names are padded depends on which container Compose hears of first.
    let said = all.stdout.split(separator: "\n").map {
      $0.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
    }
    #expect(said.sorted() == ["db-1 | db is here", "web-1 | web is here"])
    #expect(!all.stdout.contains("\u{1B}"))
    let one = try scene.sandbox.piko("logs", "db", in: scene.worktree)
    #expect(one.text == "1| db-1  | db is here\nstatus 0")
    #expect(try scene.piko("logs", "feature", "db", "--tail", "0").stdout.isEmpty)
    let since = try scene.piko("logs", "feature", "db", "--since", "2001-01-01T00:00:00Z")
    #expect(since.stdout == "db-1  | db is here\n")
    #expect(try scene.piko("logs", "feature", "db", "--since", "2099-01-01T00:00:00Z").stdout == "")
    // Whatever is let through, the engine understands.
    for time in [
      "0", "1700000000.5", "90m", "1h30m0.5s", "2001-01-01", "2001-01-01Z", "2001-01-01T00",
      "2001-01-01T00:00", "2001-01-01T00:00:00.25", "2001-01-01T00:00:00+02:00",
    ] {
      let begun = try scene.piko("logs", "feature", "db", "--since", time)
      #expect(begun.text == "1| db-1  | db is here\nstatus 0", "\(time): \(begun)")
    }
    let timed = try scene.piko("logs", "feature", "db", "-t").stdout
    #expect(
      timed.contains(/^db-1  \| \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z db is here\n$/), "\(timed)")

    try scene.docker("kill", "db")
    #expect(try scene.piko("logs", "feature", "db").stdout == "db-1  | db is here\n")

    let colourful: [String: String?] = ["NO_COLOR": nil, "TERM": "xterm-256color"]
    #expect(try !scene.piko("logs", "feature", environment: colourful).stdout.contains("\u{1B}"))
    let painted = try scene.pikoOnTerminal("logs feature", environment: colourful)
    #expect(painted.stdout.contains("\u{1B}[3"), "\(painted)")
    let plain = try scene.pikoOnTerminal("logs feature")
    #expect(!plain.stdout.contains("\u{1B}[3"), "\(plain)")
  }

  @Test(.tags(.engine), .engine)
  func followsUntilItIsInterrupted() async throws {
    let scene = try await ServicesScene()
    let write =
      "sleep 2; piko exec feature db sh -c 'echo later > /proc/1/fd/1'; sleep 2; kill -$1 $2"
    for (signal, status) in [("INT", 130), ("TERM", 143)] {
      // A shell without job control starts background commands with SIGINT ignored.
      let followed = try scene.sandbox.run(
        "bash",
        [
          "-c",
          """
          set -m
          piko logs feature db -f --tail 1 & pid=$!
          (set -- \(signal) $pid; \(write)) & wait $pid
          """,
        ], in: scene.project, timeout: .seconds(60))
      #expect(followed.status == status, "\(followed)")
      #expect(followed.stdout.contains("db-1  | later\n"), "\(followed)")
    }
  }

  @Test func timesThatTheEngineWouldNotTakeAreRefused() throws {
    let sandbox = try Sandbox()
    for time in [
      "yesterday", "10x", "1h30", "h", "-5m", "2026-13", "2026-11-21 14:30",
      "2026-11-21T14:30:00+02", "2026-11-21T", "1.2.3",
    ] {
      let refused = try sandbox.piko("logs", "feature", "--since=\(time)")
      #expect(refused.status == 129)
      #expect(
        refused.stderr.hasPrefix(
          "error: '--since' takes how long ago ('10m', '2h') or a time ('2026-11-21T14:30:00Z'), "
            + "not '\(time)'\n"), "\(refused)")
    }
  }

  @Test(.tags(.engine), .engine)
  func saysWhatThereIsNot() async throws {
    let scene = try await ServicesScene(starts: false)
    #expect(
      try scene.piko("logs", "feature").text == """
        2| error: environment 'feature' has no containers yet
        2| hint: to make them, run 'piko up feature'
        status 1
        """)
    #expect(
      try scene.piko("logs", "feature", "cache").text == """
        2| error: environment 'feature' has no service 'cache'
        2| hint: it has db, web
        status 1
        """)
    #expect(try scene.piko("logs", "feature", "--tail", "some").status == 129)
  }
}
