import PikoCore
import Support
import SystemPackage
import Testing

/// An environment all of whose services run once for all environments.
@Suite(.tags(.engine), .engine) struct AllSharedTests {
  /// Of what would be up it has nothing of its own: it is as what it shares is, until it is put down.
  @Test func isUpWhileWhatItSharesRunsAndStoppedOncePutDown() async throws {
    let scene = try await SharingScene()
    let shop = scene.project
    try shop.create("a")
    for service in ["redis", "web"] {
      let shared = try shop.piko("share", service, "--yes")
      #expect(shared.status == 0, "\(shared)")
    }
    #expect(try shop.states() == ["a running 2/2"])
    let status = try shop.piko("status", "a", "--json").stdout
    let answer = try JSONValue(parsing: Array(status.utf8))
    #expect(answer["state"]?.string == "running", "\(status)")
    #expect(try scene.published(of: "a") != "")
    #expect(try shop.piko("wait", "a").status == 0)
    let again = try shop.piko("up", "a")
    #expect(again.status == 0, "\(again)")
    // Its own `up` has nothing to start, and keeps nobody from what runs.
    #expect(try shop.states() == ["a running 2/2"])

    _ = try shop.docker("kill", "piko-shop-shared-web-1")
    #expect(try shop.states() == ["a degraded 1/2"])
    #expect(try shop.piko("up", "a").status == 0)
    #expect(try shop.states() == ["a running 2/2"])

    let ports = try shop.piko("ports", "shared", "--json").stdout
    #expect(ports.contains(#""service":"redis","shared":true"#), "\(ports)")
    #expect(try shop.piko("wait", "shared").status == 0)
    let down = try shop.piko("down", "a")
    #expect(
      down.text == """
        2| ✓ Put a down: it uses the shared redis, web no more
        2| ✓ Stopped 2 shared services that nothing uses now (redis, web)
        status 0
        """)
    #expect(try shop.states() == ["a stopped"])
    #expect(try shop.piko("wait", "a").status == 1)
    // That it was stopped is no failure of a service.
    #expect(
      try shop.piko("wait", "shared").text == """
        2| error: environment 'shared' is stopped
        2| hint: to start it, run 'piko up shared'
        status 1
        """)
    let back = try shop.piko("up", "a")
    #expect(back.stderr.hasSuffix("✓ Brought a up: it uses the shared redis, web\n"), "\(back)")
    // It gets a copy that runs, as it was up.
    let isolated = try shop.piko("isolate", "web", "--yes")
    #expect(isolated.status == 0, "\(isolated)")
    #expect(try shop.states() == ["a running 1/1"])
    #expect(try shop.page(of: "a").contains("\n"))
  }

  /// Its containers are up, whatever became of its setup script.
  @Test func nothingIsStoppedUnderOneWhoseSetupFailed() async throws {
    let scene = try await SharingScene(
      configuration: "shared: [redis, web]\nscripts: {setup: exit 3}\n")
    let shop = scene.project
    for name in ["a", "b"] {
      let made = try shop.piko("create", name, "--yes")
      #expect(made.status == 1 && made.stderr.contains("setup"), "\(made)")
    }
    #expect(try shop.states() == ["a running 2/2", "b running 2/2"])
    let down = try shop.piko("down", "b")
    #expect(
      down.text == "2| ✓ Put b down: it uses the shared redis, web no more\nstatus 0", "\(down)")
    #expect(try shop.states() == ["a running 2/2", "b stopped"])
    #expect(try shop.piko("down", "shared").status == 1)
  }

  /// One that every environment which uses it was put down for is stopped, and no failure.
  @Test func oneThatNothingUsesNowIsMissedByNobody() async throws {
    let scene = try await SharingScene(configuration: "shared: [redis]\n")
    let shop = scene.project
    try shop.create("a")
    try shop.create("b", "--shared", "web")
    #expect(try shop.piko("status", "shared").stdout.hasPrefix("shared: running 2/2\n"))
    #expect(try shop.piko("down", "b").status == 0)
    #expect(try shop.piko("wait", "shared").text == "status 0")
    #expect(
      try shop.piko("wait", "shared", "web").text == """
        2| error: shared service 'web' is stopped
        2| hint: to start it, run 'piko up shared'
        status 1
        """)
    let status = try shop.piko("status", "shared").stdout
    #expect(
      status.hasPrefix("shared: running 1/1\n  compose   piko-shop-shared\n  made "), "\(status)")
    #expect(status.contains("\n  serves    redis (a, b)\n  serves    web (b)\n\n"), "\(status)")
    #expect(status.contains("\nredis    running, healthy"), "\(status)")
    let json = try shop.piko("status", "shared", "--json").stdout
    let answer = try JSONValue(parsing: Array(json.utf8))
    #expect(answer["name"]?.string == "shared" && answer["sessionState"]?.string == "none")
    #expect(answer["services"]?.array?.count == 2, "\(json)")
    #expect(try shop.piko("down", "a").status == 0)
    #expect(try shop.piko("status", "shared").stdout.hasPrefix("shared: stopped\n"))
  }
}

/// What differs between two environments by their names alone.
@Suite struct SharedDefinitionNameTests {
  @Test func theProjectsOwnNameIsNoOtherDefinition() throws {
    let shop = try Workshop(files: [
      "compose.yaml": """
      services:
        web: {image: x}
        db: {image: "shop/x", hostname: "db.${COMPOSE_PROJECT_NAME}", environment: {A: shop}}

      """,
      ".piko.yml": "shared: [db]\n",
    ])
    let made = try shop.piko("create", "a", "--no-start")
    #expect(made.status == 0 && !made.stderr.contains("otherwise"), "\(made)")
  }
}
