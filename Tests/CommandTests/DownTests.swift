import Support
import SystemPackage
import Testing

/// `piko down` over a real engine.
@Suite(.tags(.engine), .engine) struct DownTests {
  @Test func stopsAllAndKeepsAll() async throws {
    let shop = try await Workshop(
      services: Workshop.services + Workshop.service("extra", "sleep 600", "profiles: [more]"),
      files: ["site/page": "one\n"])
    let worktree = try shop.create("a")
    let ports = try shop.ports(of: "a")
    let extra = try shop.piko(
      "run", "a", "--", "docker", "compose", "--profile", "more", "up", "-d", "extra")
    #expect(extra.status == 0, "\(extra)")
    #expect(try shop.running(in: "a") == ["db", "extra", "web"])
    let keep = ["compose", "-p", "piko-shop-a", "exec", "-T", "db", "sh", "-c"]
    try shop.sandbox.output("docker", keep + ["echo row > /data/rows"])
    let before = try shop.containers(of: "a").map { $0.prefix(12) }

    let down = try shop.piko("down", in: worktree)
    #expect(down.text == "2| ✓ Stopped 3 containers (db, extra, web)\nstatus 0")
    #expect(try shop.running(in: "a") == [])
    #expect(try shop.containers(of: "a").map { $0.prefix(12) } == before)
    #expect(try shop.piko("down", "a").text == "2| no container of 'a' was running\nstatus 0")

    // What only another profile starts stays as it is, and stands in nobody's way.
    let up = try shop.piko("up", "a")
    #expect(up.status == 0, "\(up)")
    #expect(up.stderr.contains("✓ Started 3 containers (db, once, web)\n"))
    #expect(try shop.running(in: "a") == ["db", "web"])
    #expect(try shop.piko("wait", "a").text == "status 0")
    #expect(try shop.piko("run", "a", "--", "true").text == "status 0")
    #expect(try shop.piko("restart", "a").status == 0)
    #expect(try shop.running(in: "a") == ["db", "web"])
    #expect(try shop.ports(of: "a") == ports)
    #expect(try Wire.http(ports[0], path: "/page") == "one\n")
    #expect(try shop.sandbox.output("docker", keep + ["cat /data/rows"]) == "row")
  }

  @Test func needsNoComposeFile() async throws {
    let shop = try await Workshop(services: Workshop.service("web", "sleep 600"))
    let worktree = try shop.create("a")
    try shop.sandbox.output("rm", [worktree.appending("compose.yaml").string])
    // What runs is not forgotten for it.
    let up = try shop.piko("up", "a")
    #expect(up.status == 1)
    #expect(
      up.stderr.contains("error: environment 'a' has containers but no compose file any more"))
    let down = try shop.piko("down", "a")
    #expect(down.status == 0, "\(down)")
    #expect(try shop.running(in: "a") == [])
  }
}
