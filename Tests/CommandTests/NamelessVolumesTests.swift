import Support
import SystemPackage
import Testing

/// Volumes without a name of their own carry no labels, and are data all the same.
@Suite(.tags(.engine), .engine) struct NamelessVolumesTests {
  /// What stands for redis has one beside its named volume.
  private func scene() async throws -> SharingScene {
    try await SharingScene(
      compose: SharingScene.compose.replacing(
        "volumes: [\"data:/data\"]", with: "volumes: [\"data:/data\", \"/nameless\"]"))
  }

  /// The volume without a name that a container mounts, with a word written into it.
  private func marked(_ container: String, _ word: String, _ shop: LiveProject) throws -> String {
    _ = try shop.docker("exec", container, "sh", "-c", "echo \(word) > /nameless/word")
    let format = "{{range .Mounts}}{{println .Name}}{{end}}"
    return try #require(
      shop.lines(["inspect", "--format", format, container]).first { $0.count == 64 })
  }

  /// What was written into a volume, through a container of its own.
  private func word(in volume: String, _ shop: LiveProject) throws -> String {
    try shop.docker("run", "--rm", "-v", "\(volume):/v:ro", TestImage.tag, "cat", "/v/word")
  }

  private func there(_ volumes: [String], _ shop: LiveProject) throws -> [String] {
    let all = try shop.lines(["volume", "ls", "--quiet"])
    return volumes.filter(all.contains)
  }

  @Test func sharingAndIsolatingKeepThemAndDestroyFindsThem() async throws {
    let scene = try await scene()
    let shop = scene.project
    try shop.create("a")
    try shop.create("b")
    let a = try marked("piko-shop-a-redis-1", "of-a", shop)
    let b = try marked("piko-shop-b-redis-1", "of-b", shop)
    let share = try shop.piko("share", "redis", "--yes")
    #expect(share.status == 0, "\(share)")
    for (name, volume) in [("a", a), ("b", b)] {
      #expect(
        share.stderr.contains(
          "kept 2 volumes that no container uses now: \(volume), piko-shop-\(name)_data\n"),
        "\(share)")
    }
    let shared = try marked("piko-shop-shared-redis-1", "of-all", shop)
    let isolate = try shop.piko("isolate", "redis", "--yes")
    #expect(isolate.status == 0, "\(isolate)")
    #expect(isolate.stderr.contains("kept its data: \(shared), piko-shop-shared_data\n"))
    let second = try marked("piko-shop-a-redis-1", "of-a-again", shop)
    #expect(second != a)
    for (volume, text) in [(a, "of-a"), (b, "of-b"), (shared, "of-all"), (second, "of-a-again")] {
      #expect(try word(in: volume, shop) == text)
    }
    let doctor = try shop.piko("doctor").stdout
    #expect(doctor.contains("ok      orphans"), "their environments are there: \(doctor)")

    // Kept by destroy they are listed, and found again.
    let plan = try shop.piko("destroy", "a", "--dry-run").stdout
    for volume in [a, second] { #expect(plan.contains("volume       \(volume) (kept)\n")) }
    let kept = try shop.piko("destroy", "a", "--delete-branch")
    #expect(kept.stderr.contains("kept 3 volumes: piko-shop-a_data, "), "\(kept)")
    for volume in [a, second] {
      #expect(kept.stderr.contains(volume))
      #expect(
        try shop.piko("doctor").stdout.contains(
          "ok      orphans: volume '\(volume)' is data that was kept of environment 'a' of "))
    }
    #expect(try shop.piko("doctor", "--fix").stdout.contains("docker volume rm \(a)\n"))
    #expect(try word(in: a, shop) == "of-a")

    // The state of the project is lost easily: 'git clean -fdx' does it.
    try scene.sandbox.output("sh", ["-c", "rm .piko/state.db*"], in: shop.root)
    let removed = try shop.piko("destroy", "b", "--volumes", "--delete-branch")
    #expect(removed.status == 0 && removed.stderr.contains("✓ Removed 3 volumes\n"), "\(removed)")
    try shop.create("a")
    let last = try shop.piko("destroy", "a", "--volumes", "--delete-branch")
    #expect(last.status == 0 && last.stderr.contains("✓ Removed 4 volumes\n"), "\(last)")
    #expect(try there([a, b, second], shop).isEmpty)
    let all = try shop.piko("destroy", "shared", "--volumes")
    #expect(all.status == 0 && all.stderr.contains("✓ Removed 2 volumes\n"), "\(all)")
    #expect(try there([shared], shop).isEmpty)
    #expect(try shop.objects(of: "shared").isEmpty)
  }

  @Test func oneThatComposeGaveOnGoesToo() async throws {
    let scene = try await scene()
    let shop = scene.project
    try shop.create("a")
    let volume = try marked("piko-shop-a-redis-1", "kept", shop)
    let compose = shop.worktree("a").appending("compose.yaml")
    try scene.sandbox.write(
      try scene.sandbox.read(compose).replacing(
        "container_name: the-redis", with: "environment: {CHANGED: 'yes'}"), to: compose)
    #expect(try shop.piko("up", "a").status == 0)
    #expect(try marked("piko-shop-a-redis-1", "kept", shop) == volume)
    let destroyed = try shop.piko("destroy", "a", "--volumes", "--force")
    #expect(destroyed.status == 0, "\(destroyed)")
    #expect(try there([volume], shop).isEmpty)
  }

  @Test func whatTheUserNamedIsNobodysButTheUsers() async throws {
    let sandbox = try await Sandbox.withEngine()
    // A name as the engine gives one, which the project takes for an external volume.
    let volume = try sandbox.output("docker", ["volume", "create"], in: "/")
    sandbox.whenDone { try $0.output("docker", ["volume", "rm", volume], in: "/") }
    // Volumes tell the second in which they were made.
    try sandbox.output("sleep", ["1.1"], in: "/")
    let shop = try LiveProject(
      LiveProject.web.replacing("  data:\n", with: "  data: {external: true, name: \(volume)}\n"),
      named: "shop", in: sandbox)
    try shop.create("a")
    #expect(try shop.piko("up", "a").status == 0)
    // Nor does an environment that uses it no more know whether others do.
    let compose = shop.worktree("a").appending("compose.yaml")
    try sandbox.write(
      try sandbox.read(compose).replacing("data: {external: true, name: \(volume)}", with: "data:"),
      to: compose)
    let up = try shop.piko("up", "a")
    #expect(up.status == 0 && !up.stderr.contains("kept"), "\(up)")
    let destroyed = try shop.piko("destroy", "a", "--volumes", "--force")
    #expect(destroyed.status == 0, "\(destroyed)")
    #expect(try there([volume], shop) == [volume])
  }

  @Test func oneThatAContainerWasToldToMountIsAnothers() async throws {
    let sandbox = try await Sandbox.withEngine()
    let shop = try LiveProject(LiveProject.web, named: "shop", in: sandbox)
    try shop.create("a", "--no-start")
    // Younger than the environment, with a name as the engine gives one.
    try sandbox.output("sleep", ["1.1"], in: "/")
    let external = try sandbox.output("docker", ["volume", "create"], in: "/")
    let other = try sandbox.output(
      "docker", ["run", "-d", "-v", "/others", TestImage.tag, "sleep", "600"], in: "/")
    let others = try sandbox.output(
      "docker", ["inspect", "--format", "{{(index .Mounts 0).Name}}", other], in: "/")
    sandbox.whenDone { try $0.output("docker", ["volume", "rm", external, others], in: "/") }
    let compose = shop.worktree("a").appending("compose.yaml")
    try sandbox.write(
      try sandbox.read(compose).replacing(
        "  data:\n", with: "  data: {external: true, name: \(external)}\n"
      ).replacing("  web:\n", with: "  web:\n    volumes_from: ['container:\(other)']\n"),
      to: compose)
    let started = try shop.piko("up", "a")
    #expect(started.status == 0, "\(started)")
    try sandbox.output("docker", ["rm", "--force", other], in: "/")
    let plan = try shop.piko("destroy", "a", "--volumes", "--force", "--dry-run")
    #expect(!plan.stdout.contains("volume "), "\(plan)")
    let destroyed = try shop.piko("destroy", "a", "--volumes", "--force")
    #expect(destroyed.status == 0, "\(destroyed)")
    #expect(try there([external, others], shop) == [external, others])
  }
}
