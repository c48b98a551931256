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
    #expect(down.status == 0 && down.stderr.contains("Stopped 2 shared services"), "\(down)")
    #expect(try shop.states() == ["a stopped"])
    #expect(try shop.piko("wait", "a").status == 1)
    // That it was stopped is no failure of a service.
    #expect(
      try shop.piko("wait", "shared").text == """
        2| error: environment 'shared' is stopped
        2| hint: to start it, run 'piko up shared'
        status 1
        """)
    #expect(try shop.piko("up", "a").status == 0)
    // It gets a copy that runs, as it was up.
    let isolated = try shop.piko("isolate", "web", "--yes")
    #expect(isolated.status == 0, "\(isolated)")
    #expect(try shop.states() == ["a running 1/1"])
    #expect(try shop.page(of: "a").contains("\n"))
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
