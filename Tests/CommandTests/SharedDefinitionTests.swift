import Support
import SystemPackage
import Testing

/// What the main checkout, a branch and the container that runs make of a shared service.
@Suite struct SharedDefinitionTests {
  @Test func aPathThatLeavesTheWorktreeIsNoOtherDefinition() throws {
    let shop = try Workshop(files: [
      "compose.yaml": """
      services:
        web: {image: x}
        db: {image: x, volumes: ["../outside:/outside:ro", "./inside:/inside"]}

      """,
      ".piko.yml": "shared: [db]\n", "inside/file": "",
    ])
    let made = try shop.piko("create", "a", "--no-start")
    #expect(made.status == 0 && !made.stderr.contains("otherwise"), "\(made)")
    try shop.sandbox.write(
      "services: {web: {image: x}, db: {image: y}}\n",
      to: shop.project.pushing(".piko/worktrees/a/compose.yaml"))
    let other = try shop.piko("create", "b", "--from", "a", "--no-start")
    #expect(!other.stderr.contains("otherwise"))
    try shop.sandbox.git(
      "commit", "-qam", "another", in: shop.project.pushing(".piko/worktrees/a"))
    let third = try shop.piko("create", "c", "--from", "a", "--no-start")
    #expect(third.stderr.contains("this branch defines service 'db' otherwise"), "\(third)")
  }

  /// The main checkout has switched to a branch without the service, say.
  @Test(.tags(.engine), .engine) func oneThatIsDefinedNoMoreRunsOnOrIsGivenUp() async throws {
    let scene = try await SharingScene(configuration: "shared: [redis]\n")
    let shop = scene.project
    try shop.create("a")
    let data = try scene.redis(of: "a")
    try scene.sandbox.write(
      "services: {web: {image: \(TestImage.tag), command: sleep 600}}\n",
      to: shop.root.appending("compose.yaml"))
    _ = try shop.docker("rm", "-f", "piko-shop-a-web-1")
    let up = try shop.piko("up", "a")
    #expect(up.status == 0, "\(up)")
    #expect(
      up.stderr.contains(
        """
        warning: the main checkout defines shared service 'redis' no more: it runs as it was
        hint: to give each environment its own, run 'piko isolate redis'

        """), "\(up)")
    #expect(try scene.redis(of: "a") == data)

    #expect(try shop.piko("down", "a", "-q").status == 0)
    let refused = try shop.piko("up", "a")
    #expect(refused.status == 1)
    #expect(
      refused.stderr.contains("cannot share service 'redis': the main checkout does not define it"))
    #expect(refused.stderr.hasSuffix("run 'piko isolate redis'\n"), "\(refused)")
    let isolated = try shop.piko("isolate", "redis", "--yes")
    #expect(isolated.status == 0, "\(isolated)")
    #expect(try shop.piko("up", "a").status == 0)
    let own = try scene.redis(of: "a")
    #expect(own != data && !own.isEmpty)
    let again = try shop.piko("isolate", "nothing")
    #expect(
      again.stderr == """
        error: cannot isolate 'nothing': the project has no such service
        hint: it has web

        """)
  }
}
