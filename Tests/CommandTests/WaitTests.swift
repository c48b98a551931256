import Support
import SystemPackage
import Testing

/// `piko wait` over a real engine.
@Suite(.tags(.engine), .engine) struct WaitTests {
  @Test func waitsForHealth() async throws {
    let shop = try await Workshop(
      services: Workshop.service("web", "sleep 600")
        + Workshop.service(
          "db", "sh -c 'echo reading; sleep 600'",
          "healthcheck: {test: ['CMD', 'test', '-e', '/x/go'], interval: 1s, retries: 100}",
          "volumes: ['./x:/x']"), files: ["x/README": ""])
    let worktree = try shop.create("a", "--no-start")
    #expect(
      try shop.piko("wait", "a").text == """
        2| error: environment 'a' is stopped
        2| hint: to start it, run 'piko up a'
        status 1
        """)
    _ = try shop.piko("up", "a", "--timeout", "2")
    #expect(try shop.piko("wait", "a", "web").text == "status 0")
    #expect(try shop.piko("wait", "web", in: worktree).text == "status 0")
    #expect(
      try shop.piko("wait", "a", "--timeout", "1").text == """
        2| error: service 'db' not ready after 1 s
        2|   reading
        2| hint: to read all they wrote, run 'piko logs a'
        status 1
        """)
    try shop.sandbox.write("", to: worktree.pushing("x/go"))
    #expect(try shop.piko("wait", "a", "--timeout", "30").text == "status 0")
  }

  @Test func namesWhatFailsWithItsLastLines() async throws {
    let shop = try await Workshop(
      services: Workshop.service("web", "sleep 600")
        + Workshop.service(
          "db", "sh -c 'test -e /x/go || exit 4; sleep 600'", "volumes: ['./x:/x']"),
      files: ["x/go": ""])
    let worktree = try shop.create("a")
    try shop.sandbox.output("rm", [worktree.pushing("x/go").string])
    try shop.sandbox.output("docker", ["restart", "-t", "1", "piko-shop-a-db-1"])
    #expect(try shop.sandbox.output("docker", ["wait", "piko-shop-a-db-1"]) == "4")
    let failed = try shop.piko("wait", "a")
    #expect(failed.status == 1)
    #expect(failed.stderr.hasPrefix("error: service 'db' ended with status 4\n"))
    #expect(try shop.piko("wait", "a", "web").status == 0)
  }

  @Test func namesWhatFailedInTheSecondOfItsStart() async throws {
    let shop = try await Workshop(
      services: Workshop.service("web", "sleep 600")
        + Workshop.service("db", "sh -c 'sleep 0.3; exit 3'", "init: true"))
    // At whatever part of a second it is started.
    for name in ["a", "b", "c", "d"] {
      _ = try shop.piko("create", name)
      let container = "piko-shop-\(name)-db-1"
      #expect(try shop.sandbox.output("docker", ["wait", container]) == "3")
      for verb in ["wait", "up"] {
        let said = try shop.piko(verb, name)
        #expect(said.status == 1 || verb == "up", "\(said)")
        #expect(!said.stderr.contains("run already"), "\(said)")
      }
      #expect(try shop.piko("destroy", name, "--volumes").status == 0)
    }
  }

  @Test func waitsForTheVerbThatIsAtWork() async throws {
    let shop = try await Workshop(
      services: Workshop.service("web", "sleep 600"),
      configuration: "scripts: {setup: sleep 3; touch made}\n", files: [".gitignore": "made\n"])
    try shop.create("a", "--no-start")
    let both = try shop.sandbox.run(
      "sh", "-c", "piko up a -q & sleep 1; piko wait a && test -e .piko/worktrees/a/made",
      in: shop.project)
    #expect(both.status == 0, "\(both)")
  }
}
