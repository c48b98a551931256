import PikoCore
import Support
import SystemPackage
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// `piko up` over a real engine.
@Suite(.tags(.engine), .engine) struct UpTests {
  @Test func twiceIsTheSameAsOnce() async throws {
    let shop = try await Workshop(
      services: Workshop.services, configuration: "scripts: {setup: echo once >> setups}\n",
      files: ["site/page": "one\n", ".gitignore": "setups\n"])
    let worktree = try shop.create("a", "--no-start")
    #expect(try shop.containers(of: "a").isEmpty)

    let first = try shop.piko("up", "a")
    #expect(first.status == 0, "\(first)")
    #expect(first.stdout.isEmpty)
    #expect(first.stderr.contains("✓ Started 3 containers (db, once, web)\n"))
    let port = try #require(try shop.ports(of: "a").first)
    #expect(try Wire.http(port, path: "/page") == "one\n")
    let before = try shop.containers(of: "a").map { $0.prefix(12) }

    let second = try shop.piko("up", "--json", in: worktree)
    #expect(second.status == 0, "\(second)")
    #expect(second.stdout.contains(#""state":"running""#))
    #expect(second.stdout.hasSuffix("\"version\":1}\n"))
    #expect(try shop.containers(of: "a").map { $0.prefix(12) } == before)
    #expect(try shop.sandbox.read(worktree.appending("setups")) == "once\n")
    #expect(try shop.piko("up", "a", "-q").stderr.isEmpty)
  }

  @Test func makesAgainWhatWasDeletedByHand() async throws {
    let shop = try await Workshop(services: Workshop.services, files: ["site/page": "one\n"])
    let worktree = try shop.create("a")
    let port = try #require(try shop.ports(of: "a").first)
    let keep = ["compose", "-p", "piko-shop-a", "exec", "-T", "db", "sh", "-c"]
    try shop.sandbox.output("docker", keep + ["echo row > /data/rows"])
    #expect(try shop.piko("down", "a").status == 0)
    try shop.sandbox.output("docker", ["network", "rm", "piko-shop-a"])
    try shop.sandbox.output("rm", [worktree.appending("docker-compose.piko.yml").string])

    let up = try shop.piko("up", "a")
    #expect(up.status == 0, "\(up)")
    #expect(try Wire.http(port, path: "/page") == "one\n")
    #expect(try shop.sandbox.output("docker", keep + ["cat /data/rows"]) == "row")
    #expect(shop.sandbox.exists(worktree.appending("docker-compose.piko.yml")))
  }

  @Test func startsAgainWhatEndedWithTheEngine() async throws {
    let shop = try await Workshop(services: Workshop.services, files: ["site/page": "one\n"])
    try shop.create("a")
    let before = try shop.containers(of: "a")
    try shop.sandbox.output("docker", ["kill", "piko-shop-a-web-1", "piko-shop-a-db-1"])
    try shop.sandbox.output("docker", ["wait", "piko-shop-a-web-1", "piko-shop-a-db-1"])
    #expect(try shop.running(in: "a") == [])
    #expect(try shop.piko("up", "a").status == 0)
    #expect(try shop.containers(of: "a") == before)
  }

  @Test func aServiceThatFailsIsNamedWithItsLastLines() async throws {
    let shop = try await Workshop(
      services: Workshop.service("web", "sleep 600", "depends_on: [job]")
        + Workshop.service("job", "sh -c 'echo no password; exit 3'"))
    try shop.create("a", "--no-start")
    let crashed = try shop.piko("up", "a", "-q")
    #expect(
      crashed.text == """
        2| error: service 'job' ended with status 3
        2|   no password
        2| hint: to read all they wrote, run 'piko logs a'
        status 1
        """)

    try shop.sandbox.write(
      "services:\n"
        + Workshop.service("web", "sleep 600", "depends_on: {db: {condition: service_healthy}}")
        + Workshop.service(
          "db", "sh -c 'echo no disk; sleep 600'",
          "healthcheck: {test: ['CMD', 'cat', '/no/such'], interval: 1s, retries: 1}"),
      to: shop.project.pushing(".piko/worktrees/a/compose.yaml"))
    let unhealthy = try shop.piko("up", "a", "-q")
    #expect(unhealthy.status == 1)
    #expect(
      unhealthy.stderr.hasPrefix(
        "error: service 'db' is unhealthy\n  no disk\n  health check: cat: can't open '/no/such'"),
      "\(unhealthy)")
  }

  @Test func givesUpWhenItsTimeIsOver() async throws {
    let shop = try await Workshop(
      services: Workshop.service(
        "web", "sleep 600", "depends_on: {db: {condition: service_healthy}}")
        + Workshop.service(
          "db", "sh -c 'echo thinking; sleep 600'",
          "healthcheck: {test: ['CMD', 'false'], interval: 60s}"))
    try shop.create("a", "--no-start")
    let late = try shop.piko("up", "a", "-q", "--timeout", "3")
    #expect(late.status == 1)
    #expect(late.stderr.hasPrefix("error: services 'db', 'web' not ready after 3 s\n"), "\(late)")
    #expect(late.stderr.contains("thinking"))
    let restarted = try shop.piko("restart", "a", "db", "-q", "--timeout", "1")
    #expect(restarted.status == 1)
    #expect(
      restarted.stderr.hasPrefix("error: service 'db' not ready after 1 s\n"), "\(restarted)")
  }

  /// The limit is each environment's own: the second one begins after the first one's is over.
  @Test func theLimitIsForEachEnvironment() async throws {
    let shop = try await Workshop(
      services: Workshop.service(
        "web", "sleep 600", "healthcheck: {test: ['CMD', 'test', '-e', '/tmp/well'], interval: 1s}")
    )
    for name in ["a", "b"] { try shop.create(name, "--no-start") }
    let late = try shop.piko("up", "--all", "-q", "--timeout", "2")
    #expect(late.status == 1)
    #expect(
      late.stderr.ranges(of: "service 'web' not ready after 2 s").count == 2, "\(late)")
    #expect(try shop.running(in: "a") == ["web"] && shop.running(in: "b") == ["web"])
  }

  @Test func aTakenPortIsNamedWithItsProcessAndReassigned() async throws {
    let shop = try await Workshop(
      services: Workshop.services
        + Workshop.service("mail", "sleep 600", "ports: ['8025:25']"),
      files: ["site/page": "one\n"])
    try shop.create("a", "--no-start")
    let before = try shop.ports(of: "a")
    let (mail, web) = (before[0], before[1])
    var listener: Listener? = try Listener(on: web)

    let refused = try shop.piko("up", "a", "-q")
    #expect(refused.status == 1)
    #expect(
      refused.stderr.hasPrefix("error: port \(web) of service 'web' is taken by "), "\(refused)")
    #expect(refused.stderr.contains("(pid \(getpid()))\n"))
    #expect(refused.stderr.contains("run 'piko ports a --reassign'\n"))
    #expect(try shop.containers(of: "a").isEmpty)

    let moved = try shop.piko("ports", "a", "--reassign")
    #expect(moved.status == 0, "\(moved)")
    #expect(moved.stderr.contains("✓ Moved port \(web) of web, taken by "))
    #expect(moved.stderr.contains("hint: to have the containers take them, run 'piko up a'\n"))
    let after = try shop.ports(of: "a")
    #expect(after[0] == mail)
    #expect(after[1] != web)
    #expect(moved.stdout.contains(" \(after[1])\n"))

    let up = try shop.piko("up", "a")
    #expect(up.status == 0, "\(up)")
    #expect(try Wire.http(after[1], path: "/page") == "one\n")
    #expect(listener != nil)
    listener = nil
    // Its own containers are not in its way.
    let none = try shop.piko("ports", "a", "--reassign")
    #expect(none.status == 0)
    #expect(none.stderr == "no port of environment 'a' is taken by another process\n")
    #expect(try shop.ports(of: "a") == after)
  }

  @Test func allBringsUpThoseThatWereNotPutDown() async throws {
    let shop = try await Workshop(services: Workshop.service("web", "sleep 600"))
    for name in ["a", "b", "c"] { try shop.create(name, "--no-start") }
    #expect(try shop.piko("down", "b").status == 0)
    try shop.sandbox.write(
      "services:\n" + Workshop.service("web", "'false'"),
      to: shop.project.pushing(".piko/worktrees/a/compose.yaml"))
    let up = try shop.piko("up", "--all", "-q")
    #expect(up.status == 1)
    #expect(up.stderr.hasPrefix("error: a: service 'web' ended with status 1\n"))
    #expect(try shop.running(in: "b") == [])
    #expect(try shop.running(in: "c") == ["web"])
    #expect(try shop.piko("up", "b").status == 0)
    #expect(try shop.piko("down", "--all").status == 0)
    #expect(try shop.running(in: "b") + shop.running(in: "c") == [])
    #expect(
      try shop.piko("up", "--all").text == """
        2| no environment to bring up
        2| hint: to start one that was put down, run 'piko up a'
        status 0
        """)
  }

  @Test func anInterruptedUpIsFinishedByTheNext() async throws {
    let shop = try await Workshop(
      services: Workshop.service(
        "web", "sleep 600", "depends_on: {db: {condition: service_healthy}}")
        + Workshop.service(
          "db", "sleep 600",
          "healthcheck: {test: ['CMD', 'test', '-e', '/x/go'], interval: 1s, "
            + "retries: 100}", "volumes: ['./x:/x']"), files: ["x/README": ""])
    let worktree = try shop.create("a", "--no-start")
    let cut = try shop.sandbox.run(
      "timeout", "--preserve-status", "-s", "INT", "3", "piko", "up", "a", in: shop.project)
    #expect(cut.status == 130)
    #expect(
      cut.stderr.hasSuffix("error: interrupted by SIGINT\nhint: to go on, run 'piko up a'\n"),
      "\(cut)")
    try shop.sandbox.write("", to: worktree.pushing("x/go"))
    #expect(try shop.piko("up", "a").status == 0)
    #expect(try shop.running(in: "a") == ["db", "web"])
  }

  @Test(arguments: ["start:kill", "after-start:kill", "setup:fail"])
  func finishesACreationThatWasCutOff(fault: String) async throws {
    let shop = try await Workshop(
      services: Workshop.service("web", "sleep 600"),
      configuration: "scripts: {setup: echo once >> setups}\n", files: [".gitignore": "setups\n"])
    let cut = try shop.piko(
      ["create", "a", "--yes"], environment: ["PIKO_TEST_FAULT": fault])
    #expect(cut.status != 0)
    let up = try shop.piko("up", "a")
    #expect(up.status == 0, "\(up)")
    #expect(try shop.running(in: "a") == ["web"])
    #expect(
      try shop.sandbox.read(shop.project.pushing(".piko/worktrees/a/setups")) == "once\n")
  }

  /// A missing file is not copied any more once the environment is there: the hint does it.
  @Test func aMissingEnvFileIsBroughtByTheCommandThatTheHintNames() async throws {
    let shop = try await Workshop(
      services: Workshop.service("web", "sleep 600"), configuration: "copy: [.env.local]\n",
      files: [".gitignore": ".env.local\n"])
    let worktree = try shop.create("a")
    try shop.sandbox.write("A=1\n", to: shop.project.appending(".env.local"))
    try shop.sandbox.write(
      "services:\n" + Workshop.service("web", "sleep 600", "env_file: [.env.local]"),
      to: worktree.appending("compose.yaml"))
    let refused = try shop.piko("up", "a")
    #expect(refused.status == 1, "\(refused)")
    let mark = "hint: to copy it, run '"
    let hint = try #require(refused.stderr.split(separator: "\n").last)
    try #require(hint.hasPrefix(mark), "\(refused)")
    let command = hint.dropFirst(mark.count).dropLast()
      .replacing("<root>", with: shop.sandbox.root.string)
    try shop.sandbox.output("sh", ["-c", String(command)], in: shop.project)
    #expect(try shop.sandbox.read(worktree.appending(".env.local")) == "A=1\n")
    let up = try shop.piko("up", "a")
    #expect(up.status == 0, "\(up)")
  }

  @Test func buildsOnlyWhenToldTo() async throws {
    let shop = try await Workshop(
      services: "  web:\n    build: .\n    command: sleep 600\n    stop_grace_period: 1s\n",
      files: ["Dockerfile": "FROM \(TestImage.tag)\nCOPY word /word\n", "word": "first\n"])
    let worktree = try shop.create("a")
    try shop.sandbox.write("second\n", to: worktree.appending("word"))
    let read = ["compose", "-p", "piko-shop-a", "exec", "-T", "web", "cat", "/word"]
    #expect(try shop.piko("up", "a").status == 0)
    #expect(try shop.sandbox.output("docker", read) == "first")
    #expect(try shop.piko("up", "a", "--build").status == 0)
    #expect(try shop.sandbox.output("docker", read) == "second")
  }
}
