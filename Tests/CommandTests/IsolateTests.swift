import PikoCore
import Support
import SystemPackage
import Testing

/// `piko isolate`, on the real engine.
@Suite(.tags(.engine), .engine) struct IsolateTests {
  @Test func givesEachEnvironmentItsOwnAgainAndGoesOnAfterAKill() async throws {
    let scene = try await SharingScene(configuration: "shared: [redis]\n")
    let shop = scene.project
    try shop.create("a")
    try shop.create("own", "--isolate", "redis")
    let shared = try scene.redis(of: "a")
    #expect(try scene.redis(of: "own") != shared)
    let port = try shop.port("redis", 6379, of: "own")
    #expect(try shop.port("redis", 6379, of: "a") != port)

    // Another project that shares a redis has another one.
    let other = try LiveProject(
      SharingScene.compose, named: "other", files: [".piko.yml": "shared: redis\n"],
      in: scene.sandbox)
    try other.create("a")
    let stranger = try other.piko("exec", "a", "web", "wget", "-qO-", "http://redis:6379/").stdout
    #expect(!stranger.isEmpty && stranger != shared)
    #expect(try scene.redis(of: "a") == shared)
    #expect(try other.port("redis", 6379, of: "a") != shop.port("redis", 6379, of: "a"))

    let refused = try shop.piko("isolate", "redis")
    #expect(refused.status == 1)
    #expect(refused.stderr.contains("a get a redis of their own; the data of the shared one stays"))
    for fault in ["after-decide", "recreate", "start", "retire"] {
      let killed = try shop.piko(
        "isolate", "redis", "--yes", environment: ["PIKO_TEST_FAULT": "\(fault):kill"])
      #expect(killed.status == 137 || killed.status == 0, "\(fault): \(killed)")
    }
    let isolated = try shop.piko("isolate", "redis", "--yes")
    #expect(isolated.status == 0, "\(isolated)")
    #expect(isolated.stderr.hasSuffix("✓ Each environment has its own redis\n"))
    #expect(
      try scene.containers() == [
        "piko-shop-a-redis-1 running", "piko-shop-a-web-1 running",
        "piko-shop-own-redis-1 running", "piko-shop-own-web-1 running",
      ])
    let own = try scene.redis(of: "a")
    #expect(own != shared && !own.isEmpty)
    #expect(try scene.published(of: "a") == own)
    #expect(try shop.port("redis", 6379, of: "own") == port)
    #expect(try !shop.piko("list").stdout.contains("shared"))
    // It stands over 'shared:', for new environments too.
    try shop.create("b", "--no-start")
    #expect(try shop.piko("ports", "b", "--json").stdout.contains(#""shared":true"#) == false)
    // The command line counts over that.
    try shop.create("c", "--no-start", "--shared", "redis")
    #expect(try shop.piko("ports", "c", "--json").stdout.contains(#""shared":true"#))

    // Its data was kept, and serves again.
    #expect(try shop.piko("share", "redis", "--yes").status == 0)
    #expect(try scene.redis(of: "a") == shared)
    #expect(try scene.redis(of: "own") != shared, "it was made with its own")
    let forced = try shop.piko("destroy", "--force", "--volumes", "shared")
    #expect(forced.status == 0, "\(forced)")
  }

  /// Compose was cut off between making the container and starting it.
  @Test func aCopyThatWasMadeAndNotStartedIsStarted() async throws {
    let scene = try await SharingScene()
    let shop = scene.project
    try shop.create("a")
    let made = try shop.compose("up", "--no-start", "--force-recreate", "redis", in: "a")
    try #require(made.status == 0, "\(made)")
    #expect(try scene.containers() == ["piko-shop-a-redis-1 created", "piko-shop-a-web-1 running"])
    let again = try shop.piko("isolate", "redis", "--yes")
    #expect(again.status == 0, "\(again)")
    #expect(try scene.containers() == ["piko-shop-a-redis-1 running", "piko-shop-a-web-1 running"])
  }

  /// What a shared service cannot be without stays shared as long as it is.
  @Test func aServiceThatASharedOneNeedsIsRefusedBeforeAnythingIsDecided() async throws {
    let scene = try await SharingScene()
    let shop = scene.project
    try shop.create("a", "--no-start")
    #expect(try shop.piko("share", "redis", "--yes").status == 0)
    #expect(try shop.piko("share", "web", "--yes").status == 0)
    let refused = try shop.piko("isolate", "redis", "--yes")
    #expect(
      refused.text == """
        2| error: cannot isolate service 'redis': shared service 'web' depends on it
        2| hint: to isolate that first, run 'piko isolate web'
        status 1
        """)
    #expect(try shop.piko("create", "b", "--no-start").status == 0)
    let ports = try shop.piko("ports", "b", "--json").stdout
    #expect(ports.contains(#""service":"redis","shared":true"#), "\(ports)")
    for service in ["web", "redis"] {
      let isolated = try shop.piko("isolate", service, "--yes")
      #expect(isolated.status == 0, "\(isolated)")
    }
  }

  /// One environment goes while it is waited for: the rest is done, and the shared one ends.
  @Test func anEnvironmentThatIsGoneMeanwhileIsNoReasonToStop() async throws {
    let scene = try await SharingScene(
      configuration: """
        shared: [redis]
        scripts: {destroy: "touch $PIKO_ROOT/begun; until test -e $PIKO_ROOT/go; do sleep 0.1; done"}

        """)
    let shop = scene.project
    for name in ["a", "b"] { try shop.create(name, "--yes") }
    let both = try scene.sandbox.run(
      "sh",
      [
        "-c",
        """
        piko destroy a >destroy.out 2>&1 &
        until test -e begun; do sleep 0.1; done
        piko isolate --yes redis >isolate.out 2>&1 & isolate=$!
        until grep -q '^waiting for' isolate.out; do kill -0 $isolate || exit 1; sleep 0.1; done
        touch go
        wait $isolate; status=$?
        wait
        cat destroy.out isolate.out
        exit $status
        """,
      ], in: shop.root, timeout: .seconds(120))
    #expect(both.status == 0, "\(both)")
    #expect(both.stdout.contains("a is gone meanwhile\n"), "\(both)")
    #expect(both.stdout.hasSuffix("✓ Each environment has its own redis\n"), "\(both)")
    #expect(
      try scene.containers() == ["piko-shop-b-redis-1 running", "piko-shop-b-web-1 running"])
  }

  @Test func whatOneFailsAtIsReportedAndTheOthersAreDone() async throws {
    let scene = try await SharingScene(configuration: "shared: [redis]\n")
    let shop = scene.project
    for name in ["a", "b"] { try shop.create(name) }
    try scene.sandbox.output("rm", ["-r", shop.worktree("a").appending(".git").string])
    try scene.sandbox.write(
      "services: {web: {image: [}}\n", to: shop.worktree("a").appending("compose.yaml"))
    let isolated = try shop.piko("isolate", "redis", "--yes")
    #expect(isolated.status == 1, "\(isolated)")
    #expect(isolated.stderr.contains("error: a: "), "\(isolated)")
    #expect(
      try scene.containers() == [
        "piko-shop-a-web-1 running", "piko-shop-b-redis-1 running", "piko-shop-b-web-1 running",
        "piko-shop-shared-redis-1 running",
      ], "a uses the shared one still")
  }
}
