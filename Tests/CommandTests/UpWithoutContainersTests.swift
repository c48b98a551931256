import Support
import SystemPackage
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// `piko up` and `piko down` where no engine answers.
@Suite struct UpWithoutContainersTests {
  /// - Parameter target: of a port that no other test listens on: the registers of tests do not know
  ///   of one another, and all begin with the same block.
  private func workshop(target: Int = 3063) throws -> Workshop {
    let configuration = """
      ports: {web: \(target)}
      scripts:
        setup: echo $PIKO_WEB_PORT >> setups

      """
    return try Workshop(files: [".piko.yml": configuration, ".gitignore": "setups\n"])
  }

  @Test func runsSetupOnce() throws {
    let shop = try workshop()
    let worktree = try shop.create("a", "--no-start")
    #expect(!shop.sandbox.exists(worktree.appending("setups")))
    #expect(try shop.piko("up", "a").status == 0)
    let port = try #require(try shop.ports(of: "a").first)
    #expect(try shop.sandbox.read(worktree.appending("setups")) == "\(port)\n")
    #expect(try shop.piko("up", "a", "-q").text == "status 0")
    #expect(try shop.sandbox.read(worktree.appending("setups")) == "\(port)\n")
  }

  @Test(arguments: ["wait", "open", "restart"])
  func aServiceIsNamedWhereThereAreNone(verb: String) throws {
    let shop = try Workshop(files: ["README": ""])
    try shop.create("a", "--no-start")
    let refused = try shop.piko(verb, "a", "nope")
    #expect(refused.status == 1 && refused.stdout.isEmpty, "\(refused)")
    #expect(refused.stderr.contains("\nhint: to "), "\(refused)")
  }

  @Test func saysWhichPortsCameLater() throws {
    let shop = try Workshop(files: [".piko.yml": "ports: {web: 3057}\n"])
    let worktree = try shop.create("a")
    try shop.sandbox.write(
      "ports: {web: 3057, api: 3058, dns: 3059}\n", to: worktree.appending(".piko.yml"))
    let up = try shop.piko("up", "a")
    let ports = try shop.ports(of: "a")
    try #require(ports.count == 3, "\(up)")
    // In the order of the names: api, dns, web.
    #expect(
      up.stderr.contains("✓ Leased 2 ports: api \(ports[0])->3058, dns \(ports[1])->3059\n"),
      "\(up)")
    #expect(try !shop.piko("up", "a").stderr.contains("Leased"))
  }

  /// Whatever create and an earlier up did without it.
  @Test func runsASetupThatCameLater() throws {
    let shop = try Workshop(files: [
      ".piko.yml": "ports: {web: 3061}\n", ".gitignore": "setups\n",
    ])
    let worktree = try shop.create("a")
    #expect(try shop.piko("up", "a", "-q").text == "status 0")
    #expect(try shop.piko("status", "a").stdout.hasPrefix("a: ready\n"))
    let script = "scripts: {setup: 'echo ran >> setups; test -e well'}\n"
    try shop.sandbox.write(script, to: worktree.appending(".piko.yml"))
    let before = try shop.piko("status", "a").stdout
    #expect(before.hasPrefix("a: ready\n"))
    #expect(before.contains("  scripts   setup never ran\n"), "\(before)")
    #expect(!before.contains("setup done"), "\(before)")

    #expect(try shop.piko("run", "a", "--script", "setup", "--yes", "-q").status == 1)
    #expect(try shop.piko("status", "a").stdout.contains("setup failed ("))
    #expect(try shop.piko("up", "a", "-q").status == 1)
    #expect(try shop.piko("status", "a").stdout.hasPrefix("a: stopped\n"))
    try shop.sandbox.write("", to: worktree.appending("well"))
    #expect(try shop.piko("up", "a", "-q").text == "status 0")
    let after = try shop.piko("status", "a").stdout
    #expect(after.hasPrefix("a: ready\n") && after.contains("setup done ("), "\(after)")
    #expect(try shop.piko("up", "a", "-q").text == "status 0")
    #expect(try shop.sandbox.read(worktree.appending("setups")) == "ran\nran\nran\n")
  }

  @Test func saysWhatWasDone() throws {
    let shop = try Workshop(files: [".piko.yml": "ports: {web: 3052}\n"])
    try shop.create("a", "--no-start")
    #expect(try shop.piko("status", "a").stdout.hasPrefix("a: stopped\n"))
    let stopped = """
      2| error: environment 'a' is stopped
      2| hint: to start it, run 'piko up a'
      status 1
      """
    #expect(try shop.piko("wait", "a").text == stopped)
    #expect(
      try shop.piko("up", "a").text == """
        2| ✓ Created session piko/shop/a
        2| ✓ Brought a up: it has no containers
        status 0
        """)
    #expect(try shop.piko("status", "a").stdout.hasPrefix("a: ready\n"))
    #expect(try shop.piko("wait", "a").text == "status 0")
    #expect(
      try shop.piko("restart", "a").text == """
        2| error: environment 'a' has no containers
        2| hint: to begin anew all the same, run 'piko down a && piko up a'
        status 1
        """)
    #expect(
      try shop.piko("down", "a").text == "2| ✓ Put a down: it has no containers\nstatus 0")
    #expect(try shop.piko("status", "a").stdout.hasPrefix("a: stopped\n"))
    #expect(try shop.piko("wait", "a").text == stopped)
  }

  /// What the windows run stands for containers, as in listings.
  @Test func waitLooksAtTheProcesses() throws {
    let shop = try Workshop(files: [
      ".piko.yml": """
      windows:
        - {name: one, command: "until test -e end; do sleep 0.1; done"}
        - {name: two, command: sleep 600}

      """
    ])
    let worktree = try shop.create("a")
    #expect(try shop.piko("wait", "a").text == "status 0")
    try shop.sandbox.write("", to: worktree.appending("end"))
    _ = try Sessions.waits {
      try shop.piko("status", "a").stdout.hasPrefix("a: degraded 1/2\n")
    }
    #expect(
      try shop.piko("wait", "a").text == """
        2| error: 1 of 2 processes of environment 'a' have ended
        2| hint: to start them again, run 'piko up a'
        status 1
        """)
    #expect(try shop.piko("down", "a", "-q").status == 0)
    #expect(try shop.piko("wait", "a").stderr.hasPrefix("error: environment 'a' is stopped\n"))
  }

  @Test func whatWasPutDownIsLeftByAll() throws {
    let shop = try workshop()
    let a = try shop.create("a", "--no-start")
    let b = try shop.create("b", "--no-start")
    #expect(try shop.piko("down", "a", "-q").text == "status 0")
    #expect(try shop.piko("down", "a", "-q").text == "status 0")
    let up = try shop.piko("up", "--all", "--json")
    #expect(up.status == 0)
    #expect(up.stdout.hasPrefix(#"{"environments":[{"branch":"b","#))
    #expect(!shop.sandbox.exists(a.appending("setups")))
    #expect(shop.sandbox.exists(b.appending("setups")))
  }

  @Test func aForeignProcessOnAHostPortIsNamedAndAnOwnOneIsNot() throws {
    let shop = try workshop(target: 3077)
    try shop.create("a", "--no-start")
    let port = try #require(try shop.ports(of: "a").first)
    let listener = try Listener(on: port)
    let refused = try shop.piko("up", "a", "-q")
    #expect(refused.status == 1)
    #expect(refused.stderr.contains("(pid \(getpid()))\nhint: "), "\(refused)")
    let moved = try shop.piko("ports", "a", "--reassign", "-q")
    let other = try #require(Int(moved.stdout.dropLast()))
    #expect(other != port)
    withExtendedLifetime(listener) {}
    // One that the environment itself runs.
    let script = """
      busybox nc -l -p $PIKO_WEB_PORT < /dev/null > /dev/null 2>&1 & pid=$!
      sleep 1
      piko up a -q; status=$?
      piko ports a --reassign -q
      kill $pid
      exit $status
      """
    let own = try shop.piko(["run", "a", "--", "sh", "-c", script])
    #expect(own.text == "1| \(other)\nstatus 0")
  }

  @Test func whatTheRepositoryChangedIsAskedForAgain() throws {
    let shop = try workshop()
    let worktree = try shop.create("a", "--no-start")
    try shop.sandbox.write(
      "scripts: {setup: touch changed}\n", to: worktree.appending(".piko.yml"))
    let refused = try shop.piko("up", "a")
    #expect(refused.status == 128)
    #expect(refused.stderr.contains("are not approved"))
    #expect(!shop.sandbox.exists(worktree.appending("changed")))
    let zeros = String(repeating: "0", count: 64)
    #expect(try shop.piko("up", "a", "--approve", zeros).stderr.contains("are other ones"))
    #expect(!shop.sandbox.exists(worktree.appending("changed")))
    #expect(try shop.piko("up", "a", "--yes").status == 0)
    #expect(shop.sandbox.exists(worktree.appending("changed")))
  }

  @Test func withNoEngineAnsweringItSaysSo() throws {
    let shop = try Workshop(files: ["compose.yaml": "services: {web: {image: none}}\n"])
    try shop.create("a", "--no-start")
    for verb in ["up", "down", "restart", "wait"] {
      let said = try shop.piko(verb, "a")
      #expect(said.status == 128)
      #expect(said.stderr.contains("error: the container engine is not running"), "\(said)")
    }
    let run = try shop.piko("run", "a", "--", "true")
    #expect(run.status == 128)
  }

  @Test func whatIsNotCompleteIsSaidWithHowToGoOn() throws {
    let shop = try workshop()
    let cut = try shop.piko(
      ["create", "topic/a", "--yes"], environment: ["PIKO_TEST_FAULT": "isolate:kill"])
    #expect(cut.status == 137)
    #expect(
      try shop.piko("up", "topic-a").text == """
        2| error: environment 'topic-a' is not complete: its creation was cut off
        2| hint: to make it again, run 'piko create topic/a'
        status 1
        """)
    let worktree = try shop.create("b")
    try shop.sandbox.output("rm", ["-r", worktree.string])
    #expect(
      try shop.piko("up", "b").text
        == """
        2| error: the worktree of environment 'b' is gone: '\(".piko/worktrees/b")'
        2| hint: to remove what is left of it, run 'piko destroy b'
        status 1
        """.replacing("'.piko", with: "'<root>/shop/.piko"))
  }

  @Test func wrongUsageIsRefused() throws {
    let shop = try workshop()
    try shop.create("a", "--no-start")
    for arguments in [
      ["up", "a", "--all"], ["down", "a", "--all"], ["up", "--timeout", "-1"],
      ["up", "--timeout", "soon"], ["restart", "a", "b", "c"], ["up"], ["wait"],
      ["run", "a", "--script", "nothing"],
    ] {
      let refused = try shop.piko(arguments)
      #expect([129, 1].contains(refused.status) && refused.stdout.isEmpty, "\(refused)")
    }
    #expect(try shop.piko("up", "--timeout", "-1").status == 129)
    #expect(try shop.piko("up", "a", "--all").status == 129)
    #expect(try shop.piko("up").status == 129)
    #expect(try shop.piko("up", "nothing").status == 1)
  }
}
