import PikoCore
import Support
import SystemPackage
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// `piko status`, and the states that it shows with `piko list`.
@Suite struct StatusTests {
  private static let health = """
        restart: on-failure
        healthcheck: {test: ["CMD", "test", "!", "-e", "/tmp/ill"], interval: 1s, retries: 1}
    """

  @Test(.tags(.engine), .engine)
  func showsServicesWorktreeScriptsAndSteps() async throws {
    let scene = try await ServicesScene(
      web: Self.health, configuration: "scripts: {setup: 'true'}\n")
    try scene.sandbox.write("x", to: scene.worktree.appending("new"))
    let text = try scene.piko("status", "feature").stdout
    let lines = text.split(separator: "\n").map { line in
      line.split(separator: " ").joined(separator: " ")
    }
    #expect(lines.first == "feature: running 2/2")
    #expect(lines.contains("branch feature"))
    #expect(lines.contains("worktree <root>/shop/.piko/worktrees/feature"))
    #expect(lines.contains("compose piko-shop-feature"))
    #expect(lines.contains("changes 1 changed"))
    #expect(lines.contains { $0.hasPrefix("commit ") && $0.contains(" Begin (") })
    #expect(lines.contains { $0.hasPrefix("scripts setup done (") })
    #expect(lines.contains("SERVICE STATE RESTARTS UPTIME PORTS IMAGE"))
    let ports = try scene.piko("ports", "feature", "-q").stdout.split(separator: "\n")
    #expect(
      lines.contains {
        $0.hasPrefix("db running 0 ") && $0.hasSuffix("s \(ports[0])->5432 \(TestImage.tag)")
      }, "\(text)")
    #expect(lines.contains { $0.hasPrefix("web running, healthy 0 ") }, "\(text)")
    #expect(lines.contains { $0.hasPrefix("create setup done ") }, "\(text)")
    #expect(lines.contains("VERB STEP RESULT AGE"))
    let measured = try scene.piko("status", "feature", "--stats")
    #expect(measured.stderr.isEmpty)
    #expect(measured.stdout.contains(#/UPTIME +CPU +MEMORY +PORTS +IMAGE\n/#), "\(measured)")
    let shown = try scene.pikoOnTerminal(
      "status feature --stats", environment: ["TERM": "xterm"])
    #expect(shown.stdout.contains("CPU") && shown.stdout.contains("%"), "\(shown)")
    // What goes on while the engine measures is wiped away again.
    #expect(shown.stdout.contains(" Measuring ("))
    let table = shown.stdout.split(separator: "\r\u{1B}[K").last ?? ""
    for line in table.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
  }

  @Test(.tags(.engine), .engine)
  func answersInJSON() async throws {
    let scene = try await ServicesScene(
      web: Self.health, configuration: "scripts: {setup: 'true'}\n")
    let answer = try json(scene.piko("status", "feature", "--json", "--stats"))
    #expect(answer["version"]?.integer == 1 && answer["state"]?.string == "running")
    #expect(answer["name"]?.string == "feature" && answer["ports"]?.array?.count == 2)
    #expect(answer["commit"]?["subject"]?.string == "Begin")
    #expect(answer["scripts"]?.array?.first?["result"]?.string == "done")
    #expect(answer["journal"]?.array?.first?["verb"]?.string == "create")
    let db = try #require(answer["services"]?.array?.first)
    let web = try #require(answer["services"]?.array?.last)
    #expect(web["name"]?.string == "web" && web["health"]?.string == "healthy")
    #expect(db["health"] == nil && db["exitCode"] == nil && db["restarts"]?.integer == 0)
    #expect(db["image"]?.string == TestImage.tag && db["startedAt"]?.string != nil)
    #expect((db["memoryBytes"]?.integer ?? 0) > 10_000 && web["cpuPercent"] != nil)
    let listed = try json(scene.piko("list", "--json"))["environments"]?.array?.first?.object ?? [:]
    for (key, value) in listed { #expect(answer[key] == value, "\(key)") }
    let plain = try json(scene.piko("status", "feature", "--json"))["services"]?.array?.first
    #expect(plain?["memoryBytes"] == nil && plain?["cpuPercent"] == nil)
  }

  @Test(.tags(.engine), .engine)
  func tellsTheStatesApart() async throws {
    let scene = try await ServicesScene(web: Self.health)
    #expect(try states(scene) == "running 2/2")

    try scene.sandbox.output("docker", ["exec", "piko-shop-feature-web-1", "touch", "/tmp/ill"])
    try eventually { try state(scene) == "degraded 2/2" }
    let ill = try scene.piko("status", "feature").stdout
    #expect(ill.contains("running, unhealthy"), "\(ill)")
    try scene.sandbox.output("docker", ["exec", "piko-shop-feature-web-1", "rm", "/tmp/ill"])

    // Its process fails, and the engine starts it again.
    try scene.sandbox.output("docker", ["exec", "piko-shop-feature-web-1", "touch", "/tmp/end"])
    try eventually {
      let web = try json(scene.piko("status", "feature", "--json"))["services"]?.array?.last
      return (web?["restarts"]?.integer ?? 0) == 1
    }
    try eventually { try state(scene) == "running 2/2" }
    #expect(try states(scene) == "running 2/2")

    try scene.docker("kill", "db")
    #expect(try states(scene) == "degraded 1/2")
    let db = try json(scene.piko("status", "feature", "--json"))["services"]?.array?.first
    #expect(db?["state"]?.string == "exited" && db?["exitCode"]?.integer == 137)
    #expect(db?["startedAt"] == nil)

    try scene.docker("stop", "web")
    #expect(try states(scene) == "stopped")

    try scene.docker("rm", "db")
    let gone = try json(scene.piko("status", "feature", "--json"))["services"]?.array?.first
    #expect(gone?["state"]?.string == "none" && gone?["restarts"] == nil)

    try scene.sandbox.output("rm", ["-rf", scene.worktree.string])
    #expect(try states(scene) == "broken")
    #expect(try scene.piko("status", "feature").stdout.contains("run 'piko destroy feature'"))
  }

  @Test(.tags(.engine), .engine)
  func asksOneListingAndItsOwnContainers() async throws {
    let scene = try await ServicesScene()
    #expect(try scene.piko("create", "other").status == 0)
    let requests = try CountingEngine(for: scene.sandbox)
    let counted = try scene.piko(
      "status", "feature", environment: ["DOCKER_HOST": requests.address])
    #expect(counted.stdout.hasPrefix("feature: running 2/2\n"), "\(counted)")
    let asked = try requests.all()
    #expect(asked.filter { $0.contains("/containers/json") }.count == 1, "\(asked)")
    #expect(asked.count == 3, "\(asked)")
  }

  @Test(.tags(.engine), .engine)
  func aContainerOfAProfileThatIsOffIsNoFailure() async throws {
    let scene = try await ServicesScene(
      web: "    profiles: [extra]\n", configuration: "profiles: [extra]\n")
    try scene.docker("kill", "web")
    #expect(try states(scene) == "degraded 1/2")
    let file = scene.worktree.appending(".piko.yml")
    try scene.sandbox.write("name: shop\n", to: file)
    #expect(try scene.piko("up", "feature").status == 0)
    #expect(try states(scene) == "running 1/1")
    // Nor is one of a service that is gone.
    try scene.sandbox.output(
      "sed", ["-i", "/^    profiles/d; s/^  web:/  site:/", "compose.yaml"], in: scene.worktree)
    #expect(try scene.piko("up", "feature").status == 0)
    #expect(try states(scene) == "running 2/2")
    // What failed of the model counts.
    try scene.docker("kill", "site")
    #expect(try states(scene) == "degraded 1/2")
  }

  @Test func showsACreationThatWasCutOff() throws {
    let sandbox = try Sandbox()
    let project = try sandbox.repository("shop")
    let killed = try sandbox.piko(
      "create", "feature", in: project, environment: ["PIKO_TEST_FAULT": "worktree:kill"])
    #expect(killed.status == 137)
    let status = try sandbox.piko("status", "feature", in: project)
    #expect(
      status.stdout.hasPrefix(
        "feature: creating\n            cut off; to make it again, run 'piko create feature'\n"))
    #expect(status.stdout.contains("create  worktree  not ended"), "\(status)")
    #expect(
      try json(sandbox.piko("status", "feature", "--json", in: project))["state"]?.string
        == "creating")
  }

  @Test func needsNoContainersAndNoEngine() throws {
    let sandbox = try Sandbox()
    let project = try sandbox.repository(
      "shop", files: [".piko.yml": "ports: {docs: 8000}\nscripts: {setup: exit 3}\n"])
    #expect(try sandbox.piko("create", "feature", "--yes", in: project).status == 1)
    let status = try sandbox.piko("status", in: project.pushing(".piko/worktrees/feature"))
    #expect(status.status == 0 && status.stderr.isEmpty)
    #expect(status.stdout.hasPrefix("feature: stopped\n"))
    #expect(status.stdout.contains("  ports     docs 1"), "\(status)")
    #expect(status.stdout.contains("  scripts   setup failed ("), "\(status)")
    #expect(!status.stdout.contains("SERVICE"))
    let answer = try json(sandbox.piko("status", "feature", "--json", in: project))
    #expect(answer["services"]?.array?.isEmpty == true)
    #expect(try sandbox.piko("status", "nothing", in: project).status == 1)
  }

  @Test(.tags(.engine), .engine)
  func saysWhereNoEngineAnswers() async throws {
    let scene = try await ServicesScene(starts: false)
    let none: [String: String?] = ["DOCKER_HOST": "unix://\(scene.sandbox.root)/none.sock"]
    let status = try scene.piko("status", "feature", "--json", environment: none)
    #expect(status.status == 0)
    #expect(status.stderr.hasPrefix("warning: the container engine is not running"))
    #expect(try json(status)["services"]?.array?.first?["state"] == .null)
    #expect(try json(status)["state"] == .null)
  }

  // MARK: - Asking

  private func json(_ said: Transcript) throws -> JSONValue {
    try JSONValue(parsing: Array(said.stdout.utf8))
  }

  private func state(_ scene: ServicesScene) throws -> String {
    let line = try scene.piko("status", "feature").stdout.prefix { $0 != "\n" }
    return String(line.dropFirst("feature: ".count))
  }

  /// The state in the words of `status`, which `list` has too.
  private func states(_ scene: ServicesScene) throws -> String {
    let state = try state(scene)
    let listed = try scene.piko("list").stdout
    #expect(listed.contains("  \(state)  "), "\(listed)")
    return state
  }

  private func eventually(_ condition: () throws -> Bool) throws {
    let end = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < end {
      if try condition() { return }
      // Not the task's: that would come back only when every other test has had its turn.
      usleep(200_000)
    }
    Issue.record("it did not come to pass in a minute")
  }
}
