import Support
import SystemPackage
import Testing

/// `piko restart` over a real engine.
@Suite(.tags(.engine), .engine) struct RestartTests {
  @Test func restartsAllOrOneService() async throws {
    let shop = try await Workshop(
      services: Workshop.service("web", "sleep 600")
        + Workshop.service(
          "db", "sleep 600", "healthcheck: {test: ['CMD', 'true'], interval: 1s}"))
    let worktree = try shop.create("a")
    try shop.create("b", "--no-start")
    let first = try started(shop)

    #expect(
      try shop.piko("restart", "web", in: worktree).text
        == "2| ✓ Restarted 1 service (web)\nstatus 0")
    let second = try started(shop)
    #expect(second["web"] != first["web"])
    #expect(second["db"] == first["db"])

    #expect(try shop.piko("restart", "a", "-q").text == "status 0")
    let third = try started(shop)
    #expect(third["web"] != second["web"] && third["db"] != second["db"])
    // It came back only when its health check had passed.
    #expect(
      try shop.sandbox.output(
        "docker", ["inspect", "-f", "{{.State.Health.Status}}", "piko-shop-a-db-1"]) == "healthy")

    #expect(
      try shop.piko("restart", "a", "cache").text == """
        2| error: environment 'a' has no service 'cache'
        2| hint: it has db, web
        status 1
        """)
    let neither = try shop.piko("restart", "cache", in: worktree)
    #expect(neither.status == 1)
    #expect(neither.stderr.hasSuffix("hint: the services of 'a' are db, web\n"))
    #expect(
      try shop.piko("restart", "b").text == """
        2| error: environment 'b' has no container to restart
        2| hint: to make what is missing, run 'piko up b'
        status 1
        """)
  }

  /// The engine would make the folders that its containers mount, where the worktree was.
  @Test func makesNothingWhereTheWorktreeWas() async throws {
    let shop = try await Workshop(
      services: Workshop.service("web", "sleep 600", "volumes: ['./site:/site']"),
      files: ["site/page": "one\n"])
    let worktree = try shop.create("a")
    try shop.sandbox.output("mv", [worktree.string, "\(worktree).elsewhere"])
    let refused = try shop.piko("restart", "a")
    #expect(refused.status == 1)
    #expect(refused.stderr.hasPrefix("error: the worktree of environment 'a' is gone: "))
    #expect(!shop.sandbox.exists(worktree))
    #expect(try shop.running(in: "a") == ["web"])
  }

  /// When the containers were started, by service.
  private func started(_ shop: Workshop) throws -> [String: String] {
    var times: [String: String] = [:]
    for service in ["web", "db"] {
      times[service] = try shop.sandbox.output(
        "docker", ["inspect", "-f", "{{.State.StartedAt}}", "piko-shop-a-\(service)-1"])
    }
    return times
  }
}
