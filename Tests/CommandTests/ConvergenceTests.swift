import PikoCore
import Support
import SystemPackage
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What `piko up` leaves alone, and what it brings back, over a real engine.
@Suite(.tags(.engine), .engine) struct ConvergenceTests {
  /// `job` leaves a line in the worktree for each time it ran.
  private static let services =
    Workshop.service("web", "httpd -f -p 80 -h /site", "ports: ['80']", "volumes: ['./site:/site']")
    + Workshop.service(
      "db", "sleep 600",
      "healthcheck: {test: ['CMD', 'true'], interval: 1s, timeout: 1s, retries: 1}")
    + Workshop.service("job", "sh -c 'echo ran >> /site/jobs'", "volumes: ['./site:/site']")

  private func shop() async throws -> (Workshop, FilePath) {
    let shop = try await Workshop(
      services: Self.services, configuration: "scripts: {setup: 'true'}\n",
      files: ["site/page": "one\n", ".gitignore": "site/jobs\n"])
    let worktree = try shop.create("a")
    // Only what has ended has done its work.
    try shop.sandbox.output("docker", ["wait", "piko-shop-a-job-1"])
    return (shop, worktree)
  }

  private func jobs(_ shop: Workshop, _ worktree: FilePath) throws -> Int {
    try shop.sandbox.read(worktree.pushing("site/jobs")).split(separator: "\n").count
  }

  private func state(_ shop: Workshop) throws -> String {
    try String(shop.piko("status", "a").stdout.prefix { $0 != "\n" })
  }

  @Test func whatHasDoneItsWorkIsNotRepeated() async throws {
    let (shop, worktree) = try await shop()
    let before = try shop.containers(of: "a")
    let again = try shop.piko("up", "a")
    #expect(again.status == 0, "\(again)")
    #expect(again.stderr == "all containers of 'a' run already\n", "\(again)")
    #expect(try shop.containers(of: "a") == before)
    #expect(try jobs(shop, worktree) == 1)
    // Nor is a script said to have run that did not.
    let status = try JSONValue(parsing: Array(shop.piko("status", "a", "--json").stdout.utf8))
    let steps = status["journal"]?.array ?? []
    #expect(!steps.contains { $0["verb"]?.string == "up" && $0["step"]?.string == "setup" })

    // What was changed is made anew, and then all of the project's order holds.
    let file = worktree.appending("compose.yaml")
    try shop.sandbox.write(
      shop.sandbox.read(file).replacing("command: sleep 600", with: "command: sleep 601"),
      to: file)
    let changed = try shop.piko("up", "a")
    #expect(changed.stderr.contains("✓ Started 2 containers (db, job)\n"), "\(changed)")
    try shop.sandbox.output("docker", ["wait", "piko-shop-a-job-1"])
    #expect(try jobs(shop, worktree) == 2)
    #expect(try shop.running(in: "a") == ["db", "web"])

    #expect(try shop.piko("down", "a").status == 0)
    let up = try shop.piko("up", "a")
    #expect(up.stderr.contains("✓ Started 3 containers (db, job, web)\n"), "\(up)")
  }

  @Test func whatIsPausedGoesOn() async throws {
    let (shop, _) = try await shop()
    let before = try shop.containers(of: "a").map { $0.prefix(12) }
    try shop.sandbox.output("docker", ["pause", "piko-shop-a-db-1"])
    #expect(try state(shop) == "a: degraded 1/2")
    #expect(
      try shop.piko("wait", "a", "--timeout", "5").text == """
        2| error: service 'db' is paused
        2| hint: to let what is paused go on, run 'piko up a'
        status 1
        """)
    #expect(
      try shop.piko("exec", "a", "db", "true").text == """
        2| error: service 'db' of environment 'a' is paused
        2| hint: its running services are web
        2| hint: to start it, run 'piko up a'
        status 1
        """)
    // Its health check fails as long as it cannot run.
    let health = ["inspect", "-f", "{{.State.Health.Status}}", "piko-shop-a-db-1"]
    while try shop.sandbox.output("docker", health) != "unhealthy" { usleep(100_000) }
    let up = try shop.piko("up", "a")
    #expect(up.status == 0, "\(up)")
    #expect(try state(shop) == "a: running 2/2")
    #expect(try shop.containers(of: "a").map { $0.prefix(12) } == before)
    #expect(try shop.piko("exec", "a", "db", "true").text == "status 0")

    // A command finds its services running too.
    try shop.sandbox.output("docker", ["pause", "piko-shop-a-db-1", "piko-shop-a-web-1"])
    #expect(try state(shop) == "a: degraded 0/2")
    let ran = try shop.piko("run", "a", "--", "echo", "here")
    #expect(ran.status == 0 && ran.stdout == "here\n", "\(ran)")
    #expect(try shop.running(in: "a") == ["db", "web"])
  }

  @Test func whatWasRemovedIsMissedAndMadeAgain() async throws {
    let (shop, _) = try await shop()
    let remove = ["rm", "--force", "piko-shop-a-web-1"]
    try shop.sandbox.output("docker", remove)
    #expect(try state(shop) == "a: degraded 1/2")
    #expect(
      try shop.piko("wait", "a", "--timeout", "5").text == """
        2| error: service 'web' of environment 'a' has no container
        2| hint: to start it, run 'piko up a'
        status 1
        """)
    #expect(try shop.piko("up", "a").status == 0)
    #expect(try state(shop) == "a: running 2/2")
    try shop.sandbox.output("docker", remove)
    let ran = try shop.piko("run", "a", "--", "echo", "here")
    #expect(ran.status == 0 && ran.stdout == "here\n", "\(ran)")
    #expect(try shop.running(in: "a") == ["db", "web"])
  }

  /// The engine's proxy listens before the engine lists its container as running: after a verb was
  /// killed, the ports are the environment's own all the same.
  @Test func anOwnContainersProxyIsInNobodysWay() async throws {
    let shop = try await Workshop(services: Workshop.service("web", "sleep 600", "ports: ['80']"))
    let worktree = try shop.create("a", "--no-start")
    let port = try #require(try shop.ports(of: "a").first)
    let override = try shop.sandbox.read(worktree.appending("docker-compose.piko.yml"))
    let subnet = try #require(override.firstMatch(of: /(10\.213\.\d+\.)(\d+)\/26/))
    let own = "\(subnet.1)\((Int(subnet.2) ?? 0) + 2)"
    // Of its kind is what has this name and option; only a script keeps its own name.
    try shop.sandbox.write(
      """
      #!/usr/bin/perl
      use Socket;
      socket(S, PF_INET, SOCK_STREAM, 0) or die;
      setsockopt(S, SOL_SOCKET, SO_REUSEADDR, 1);
      bind(S, sockaddr_in($ARGV[0], INADDR_ANY)) or die;
      listen(S, 1) or die;
      open(F, '>', 'ready') or die;
      sleep 100;
      """, to: shop.sandbox.root.appending("docker-proxy"))
    let script = """
      rm -f ready; chmod +x ./docker-proxy; ./docker-proxy \(port) -container-ip "$1" &
      until test -e ready; do sleep 0.05; done
      piko -C "$2" doctor; piko -C "$2" ports a --reassign; kill $!
      """
    func beside(_ address: String) throws -> Transcript {
      try shop.sandbox.run(
        "sh", ["-c", script, "sh", address, shop.project.string], in: shop.sandbox.root)
    }
    let quiet = try beside(own)
    #expect(quiet.stdout.contains("ok      ports: nothing to mend\n"), "\(quiet)")
    #expect(
      quiet.stderr.contains("no port of environment 'a' is taken by another process\n"),
      "\(quiet)")
    let foreign = try beside("192.0.2.2")
    #expect(foreign.stdout.contains("is used by docker-proxy (pid "), "\(foreign)")
    #expect(foreign.stderr.contains("✓ Moved port \(port) of web, "), "\(foreign)")
  }

  @Test func aServiceThatIsOffIsSaidToBe() async throws {
    let shop = try await Workshop(
      services: Workshop.service("web", "sleep 600") + Workshop.service("job", "'true'")
        + Workshop.service("none", "sleep 600", "scale: 0")
        + Workshop.service("tools", "sleep 600", "profiles: [more]"))
    try shop.create("a")
    try shop.sandbox.output("docker", ["wait", "piko-shop-a-job-1"])
    #expect(try state(shop) == "a: running 1/1")
    #expect(try shop.piko("wait", "a", "--timeout", "5").text == "status 0")
    let hint =
      "it is off by its profile; to have it, name that in 'profiles:' of '.piko.yml' and run "
      + "'piko up a'"
    #expect(
      try shop.piko("wait", "a", "tools", "--timeout", "5").text == """
        2| error: service 'tools' of environment 'a' has no container
        2| hint: \(hint)
        status 1
        """)
    #expect(
      try shop.piko("exec", "a", "tools", "true").text == """
        2| error: service 'tools' of environment 'a' is not running
        2| hint: its running services are web
        2| hint: \(hint)
        status 1
        """)
    #expect(
      try shop.piko("exec", "a", "job", "true").text == """
        2| error: service 'job' of environment 'a' is not running
        2| hint: its running services are web
        2| hint: it has ended with status 0; to start it again, run 'piko restart a job'
        status 1
        """)
    #expect(try shop.piko("restart", "a", "job").status == 0)
  }
}
