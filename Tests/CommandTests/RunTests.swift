import Support
import SystemPackage
import Testing

/// `piko run`: becomes a script or a command in the worktree.
@Suite struct RunTests {
  private static let configuration = """
    ports: {web: 3000}
    scripts:
      prepare: echo prepare >> log
      setup: |
        echo setup >> log
        exit ${FAIL:-0}
      run: |
        echo "pid $$ port $PIKO_WEB_PORT in $(pwd)"
        false
        echo never

    """

  private func workshop() throws -> Workshop {
    try Workshop(files: [".piko.yml": Self.configuration, ".gitignore": "log\n"])
  }

  @Test func becomesTheRunScript() throws {
    let shop = try workshop()
    let worktree = try shop.create("a")
    let port = try #require(try shop.ports(of: "a").first)
    let run = try shop.sandbox.run(
      "sh", "-c", "echo $$; exec piko run a", in: shop.project)
    let lines = run.stdout.split(separator: "\n")
    #expect(lines.count == 2, "\(run)")
    #expect(lines[1] == "pid \(lines[0]) port \(port) in <root>/shop/.piko/worktrees/a")
    #expect(run.status == 1)
    #expect(run.stderr.isEmpty)
    #expect(try shop.piko("run", in: worktree).status == 1)
  }

  @Test func runsAnyCommandInTheWorktree() throws {
    let shop = try workshop()
    let worktree = try shop.create("a")
    let run = try shop.piko(
      "run", "a", "--", "sh", "-c", "pwd; printf '%s|' \"$@\"; exit 7", "sh", "a b", "--yes", "$x")
    #expect(run.stdout == "<root>/shop/.piko/worktrees/a\na b|--yes|$x|")
    #expect(run.status == 7)
    #expect(
      try shop.piko("run", "--", "printenv", "PIKO_ENV_NAME", in: worktree).stdout == "a\n")
    #expect(try shop.piko("run", "a", "--", "no-such-program").status == 127)
    let signalled = try shop.sandbox.run(
      "timeout", "--preserve-status", "-s", "TERM", "1", "piko", "run", "a", "--", "sh", "-c",
      "trap 'echo caught; exit 9' TERM; sleep 5 & wait", in: shop.project)
    #expect(signalled.text == "1| caught\nstatus 9")
    let killed = try shop.piko("run", "a", "--", "sh", "-c", "kill -KILL $$")
    #expect(killed.status == 137)
  }

  @Test func keepsTheTerminal() throws {
    let shop = try workshop()
    try shop.create("a")
    let typed = try shop.sandbox.run(
      "script", "-qec", "piko run a -- sh -c 'test -t 0 && test -t 1 && test -t 2 && echo yes'",
      "/dev/null", in: shop.project)
    #expect(typed.stdout == "yes\r\n")
    #expect(typed.status == 0)
  }

  @Test func rerunsSetupAndRemembersThatItEndedWell() throws {
    let shop = try workshop()
    let worktree = try shop.create("a", "--no-start")
    let log = worktree.appending("log")
    let failed = try shop.piko(
      ["run", "a", "--script", "setup"], environment: ["FAIL": "5"])
    #expect(failed.text == "status 5")
    #expect(try shop.sandbox.read(log) == "prepare\nsetup\n")
    #expect(try shop.piko("run", "a", "--script", "setup").text == "status 0")
    #expect(try shop.piko("up", "a").status == 0)
    #expect(try shop.sandbox.read(log) == "prepare\nsetup\nsetup\n")
    #expect(try shop.piko("run", "a", "--script", "prepare").text == "status 0")
    #expect(try shop.sandbox.read(log) == "prepare\nsetup\nsetup\nprepare\n")
  }

  @Test func saysHowToDefineAScript() throws {
    let shop = try workshop()
    try shop.create("a")
    #expect(
      try shop.piko("run", "a", "--script", "destroy").text == """
        2| error: no destroy script is defined
        2|   scripts:
        2|     destroy: COMMAND
        2| hint: to define it, add these lines to '<root>/shop/.piko/worktrees/a/.piko.yml'
        status 1
        """)
    let plain = try Workshop(files: ["README": ""])
    try plain.create("a")
    let none = try plain.piko("run", "a")
    #expect(none.status == 1)
    #expect(none.stderr.hasSuffix("add these lines to '<root>/shop/.piko.yml'\n"))
  }

  @Test func runsNothingThatWasNotApproved() throws {
    let shop = try workshop()
    let worktree = try shop.create("a")
    try shop.sandbox.write("scripts: {run: echo changed}\n", to: worktree.appending(".piko.yml"))
    let refused = try shop.piko("run", "a")
    #expect(refused.status == 128)
    #expect(refused.stdout.isEmpty)
    #expect(refused.stderr.contains("are not approved"))
    #expect(try shop.piko("run", "a", "--yes").text == "1| changed\nstatus 0")
    #expect(try shop.piko("run", "a").text == "1| changed\nstatus 0")
  }

  @Test(.tags(.engine), .engine) func startsWhatIsStopped() async throws {
    let shop = try await Workshop(
      services: Workshop.service("web", "sleep 600"),
      configuration: "scripts: {run: docker compose ps --services, setup: 'false'}\n")
    let made = try shop.piko("create", "a", "--yes", "--no-start")
    #expect(made.status == 0)
    // A command can be what mends the setup: it does not wait for that.
    #expect(try shop.piko("run", "a", "-q", "--", "echo", "here").text == "1| here\nstatus 0")
    #expect(try shop.running(in: "a") == ["web"])
    #expect(try shop.piko("run", "a").text == "1| web\nstatus 0")
    #expect(try shop.piko("down", "a").status == 0)
    #expect(try shop.piko("run", "a", "--script", "setup", "-q").text == "status 1")
    #expect(try shop.running(in: "a") == ["web"])

    let quick = try shop.sandbox.run(
      "piko", ["run", "a", "--", "true"], in: shop.project, environment: ["PIKO_TRACE": "1"])
    #expect(quick.status == 0)
    #expect(!quick.stderr.contains("compose"), "all is up: \(quick)")
  }
}
