import FoundationEssentials
import PikoCore
import Support
import SystemPackage
import Testing

/// Create ends when what it started is ready, or says what is not.
@Suite(.tags(.engine), .engine) struct CreateReadinessTests {
  private func service(_ command: String, _ more: String = "") -> String {
    """
    services:
      worker:
        image: \(TestImage.tag)
        init: true
        stop_grace_period: 1s
        command: ["sh", "-c", "\(command)"]
        ports: ["28973:80"]
    \(more)

    """
  }

  private let check = """
        healthcheck: {test: ["CMD", "test", "-f", "/tmp/well"], interval: 200ms, retries: %}
    """

  @Test func waitsForAHealthyService() async throws {
    let project = try LiveProject(
      service("sleep 1; touch /tmp/well; sleep 600", check.replacing("%", with: "50")),
      in: try await Sandbox.withEngine())
    let created = try project.create("one")
    #expect(
      try project.docker(
        "inspect", "--format", "{{.State.Health.Status}}", "piko-project-one-worker-1")
        == "healthy", "\(created)")
    #expect(created.stdout == "<root>/project/.piko/worktrees/one\n")
    #expect(created.stderr.contains("✓ Started 1 container (worker)\n"))
  }

  @Test func namesAServiceThatFailsWithItsLastWordsAndGoesOnWhenItIsMended() async throws {
    // Containers are asked about until the other one is healthy: by then this one has ended.
    let other = """
        other:
          image: \(TestImage.tag)
          init: true
          stop_grace_period: 1s
          command: sh -c "sleep 1; touch /tmp/well; sleep 600"
      \(check.replacing("%", with: "50"))
      """
    let broken = service("echo cannot reach the moon; exit 3", other)
    let project = try LiveProject(broken, in: try await Sandbox.withEngine())
    try expectKept(project, "service 'worker' ended with status 3")
  }

  @Test func namesAServiceThatBecomesUnhealthy() async throws {
    let broken = service(
      "echo cannot reach the moon; sleep 600", check.replacing("%", with: "2"))
    let project = try LiveProject(broken, in: try await Sandbox.withEngine())
    try expectKept(project, "service 'worker' is unhealthy", failsAgain: true)
  }

  @Test(arguments: [
    ("service_completed_successfully", "echo cannot reach the moon; exit 3", "ended with status 3"),
    ("service_healthy", "echo cannot reach the moon; sleep 600", "is unhealthy"),
  ])
  func namesAServiceThatAnotherWaitsFor(
    _ condition: String, _ command: String, _ ending: String
  ) async throws {
    let waiting = """
        web:
          image: \(TestImage.tag)
          init: true
          command: sleep 600
          depends_on: {worker: {condition: \(condition)}}
      """
    let isHealth = condition == "service_healthy"
    let broken = service(
      command, (isHealth ? check.replacing("%", with: "2") + "\n" : "") + waiting)
    let project = try LiveProject(broken, in: try await Sandbox.withEngine())
    let failed = try project.piko("create", "one")
    #expect(failed.status == 1)
    #expect(failed.stderr.contains("error: service 'worker' \(ending)"), "\(failed)")
    #expect(failed.stderr.contains("cannot reach the moon"), "\(failed)")
  }

  @Test func showsTheLastWordsOfABuildThatFails() async throws {
    let project = try LiveProject(
      "services:\n  web:\n    build: .\n",
      files: ["Dockerfile": "FROM \(TestImage.tag)\nRUN echo cannot reach the moon; exit 3\n"],
      in: try await Sandbox.withEngine())
    let failed = try project.piko("create", "one")
    #expect(failed.status == 1)
    #expect(failed.stderr.contains("cannot reach the moon\n"), "\(failed)")
    #expect(failed.stderr.contains(" > [web "), "\(failed)")
  }

  /// Fails once, is there, is told how to go on, and does so when the file is mended.
  private func expectKept(
    _ project: LiveProject, _ message: String, failsAgain: Bool = false
  ) throws {
    let failed = try project.piko("create", "one")
    #expect(failed.status == 1 && failed.stdout.isEmpty)
    #expect(failed.stderr.contains("error: \(message)"), "\(failed)")
    #expect(failed.stderr.contains("cannot reach the moon"), "\(failed)")
    #expect(failed.stderr.contains("hint: to give it up, run 'piko destroy one'\n"), "\(failed)")
    #expect(
      failed.stderr.contains("hint: to go on, run 'piko up one'\n"), "\(failed)")
    #expect(project.sandbox.exists(project.worktree("one")))
    #expect(try project.states().count == 1)

    if failsAgain {
      let again = try project.piko("create", "--reuse", "one")
      #expect(again.status == 1 && again.stderr.contains("error: \(message)"), "\(again)")
      #expect(again.stderr.contains("hint: to go on, "), "\(again)")
    }

    try project.sandbox.write(
      service("echo well; touch /tmp/well; sleep 600"),
      to: project.worktree("one").appending("compose.yaml"))
    try project.create("one", "--reuse")
    #expect(try project.states() == ["one running 1/1"])
  }

  // MARK: - Options

  @Test func startsNothingWhereToldAndLaterWhatIsStopped() async throws {
    let project = try LiveProject(LiveProject.web, in: try await Sandbox.withEngine())
    try project.create("one", "--no-start")
    #expect(try project.objects(of: "one").isEmpty)
    #expect(try project.states() == ["one stopped"])
    try project.create("one", "--reuse", "--no-start")
    #expect(try project.objects(of: "one").isEmpty)

    let created = try project.create("one", "--reuse")
    #expect(created.stdout == "<root>/project/.piko/worktrees/one\n")
    let page = try project.page(of: "one")
    let container = try project.docker("inspect", "--format", "{{.Id}}", "piko-project-one-web-1")
    #expect(try project.compose("stop", in: "one").status == 0)
    #expect(try project.states() == ["one stopped"])
    try project.create("one", "--reuse")
    #expect(try project.page(of: "one") == page)
    #expect(
      try project.docker("inspect", "--format", "{{.Id}}", "piko-project-one-web-1") == container)

    let refused = try project.piko("create", "one")
    #expect(
      refused.text == """
        2| error: environment 'one' already exists
        2| hint: to bring it up, run 'piko up one'
        status 1
        """)
  }

  @Test func explainsEveryRewriteOnStandardError() async throws {
    let project = try LiveProject(example: "everything", in: try await Sandbox.withEngine())
    let created = try project.create("one", "--no-start", "--explain")
    #expect(created.stdout == "<root>/everything/.piko/worktrees/one\n")
    let explained = created.stderr.split(separator: "\n").filter { $0.hasPrefix("  ") }
    for place in [
      "services.web.ports[0].published: 23000 → \(try project.port("web", 3000, of: "one"))",
      "services.admin.container_name: everything-admin → nothing",
      "services.admin.networks.default.aliases: added everything-admin",
      "services.db.networks.backend.ipv4_address: 10.201.77.10 → nothing",
      "volumes.db-data.name: everything-db-data → piko-everything-one_db-data",
      "networks.backend.name: everything-backend → piko-everything-one_backend",
      "networks.backend.ipam: ", "networks.default.ipam: ",
      "services.app.image: everything-app:dev → piko-everything-one/everything-app:dev",
      "labels of ",
    ] {
      let lines = explained.filter { $0.hasPrefix("  \(place)") }
      #expect(lines.count == 1 && lines.allSatisfy { $0.hasSuffix(")") }, "\(place)")
    }
    // Every published mapping has its line.
    #expect(explained.filter { $0.contains(".published: ") }.count == 13)
  }

  @Test func answersInJSON() async throws {
    let project = try LiveProject(LiveProject.web, in: try await Sandbox.withEngine())
    let answer = try JSONValue(parsing: Array(project.create("Feature/X", "--json").stdout.utf8))
    #expect(answer["version"]?.integer == 1)
    #expect(answer["name"]?.string == "feature-x")
    #expect(answer["branch"]?.string == "Feature/X")
    #expect(answer["project"]?.string == "project")
    #expect(answer["composeProject"]?.string == "piko-project-feature-x")
    #expect(answer["path"]?.string == "<root>/project/.piko/worktrees/feature-x")
    #expect(answer["state"]?.string == "running")
    #expect(answer["containers"]?["running"]?.integer == 1)
    let port = try project.port("web", 80, of: "feature-x")
    #expect(answer["ports"]?.array?.compactMap { $0["port"]?.integer } == [port])
  }

  @Test func dryRunMakesNothing() async throws {
    let project = try LiveProject(LiveProject.web, in: try await Sandbox.withEngine())
    let planned = try project.piko("create", "one", "--dry-run")
    #expect(planned.status == 0 && planned.stderr.isEmpty, "\(planned)")
    #expect(planned.stdout.contains("containers   Compose project piko-project-one\n"))
    #expect(planned.stdout.contains("worktree     "))
    #expect(try project.traces(of: "one").isEmpty)
    #expect(!project.sandbox.exists(project.root.appending(".piko")))
    #expect(!project.sandbox.exists("state/piko/registry.db"))
    #expect(try project.sandbox.git("status", "--porcelain", in: project.root).isEmpty)
  }
}
