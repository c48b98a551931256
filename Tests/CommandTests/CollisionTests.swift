import PikoCore
import Support
import SystemPackage
import Testing

/// Environments whose names meet on one engine, and things that were there before.
@Suite(.tags(.engine), .engine) struct CollisionTests {
  @Test func oneNameInTwoProjectsIsTwoEnvironments() async throws {
    let sandbox = try await Sandbox.withEngine()
    let projects = try ["alpha", "beta", "second/alpha"].map {
      try LiveProject(LiveProject.web, named: $0, in: sandbox)
    }
    for project in projects { try project.create("one") }
    let pages = try projects.map { try $0.page(of: "one") }
    #expect(Set(pages).count == 3)
    #expect(try Set(projects.map { try $0.port("web", 80, of: "one") }).count == 3)
    // The second root of a name has another one.
    let names = try projects.map { project in
      try project.lines([
        "ps", "--filter", "label=dev.piko.root=\(project.root)", "--format", "{{.Names}}",
      ])
    }
    #expect(names[0] == ["piko-alpha-one-web-1"])
    #expect(names[1] == ["piko-beta-one-web-1"])
    #expect(names[2].count == 1 && names[2] != names[0], "\(names[2])")

    let destroyed = try projects[0].piko("destroy", "one", "--volumes")
    #expect(destroyed.status == 0, "\(destroyed)")
    #expect(try projects[0].objects(of: "one").isEmpty)
    #expect(try projects.dropFirst().map { try $0.page(of: "one") } == Array(pages.dropFirst()))
  }

  @Test func leavesASubnetToAForeignNetworkThatHasComeToUseIt() async throws {
    let project = try LiveProject(LiveProject.web, in: try await Sandbox.withEngine())
    try project.create("one", "--no-start")
    let config = try project.compose("config", "--format", "json", in: "one")
    let model = try JSONValue(parsing: Array(config.stdout.utf8))
    let pool = model["networks"]?["default"]?["ipam"]?["config"]?.array
    let subnet = try #require(pool?.first?["subnet"]?.string)
    project.sandbox.whenDone {
      try $0.output("docker", ["network", "rm", "piko-test-stranger"], in: "/")
    }
    _ = try project.docker("network", "create", "--subnet", subnet, "piko-test-stranger")
    try project.create("one", "--reuse")
    #expect(try !project.page(of: "one").isEmpty)
    let now = try project.docker(
      "network", "inspect", "--format", "{{range .IPAM.Config}}{{.Subnet}}{{end}}",
      "piko-project-one")
    #expect(now.hasPrefix("10.213.") && now != subnet)
  }

  @Test func refusesANetworkOfTheNameThatIsNotItsOwn() async throws {
    let project = try LiveProject(LiveProject.web, in: try await Sandbox.withEngine())
    project.sandbox.whenDone {
      try $0.output("docker", ["network", "rm", "piko-project-one"], in: "/")
    }
    _ = try project.docker(
      "network", "create", "--label", "dev.piko.root=/home/somebody/project", "--label",
      "dev.piko.environment=one", "piko-project-one")
    let refused = try project.piko("create", "one")
    #expect(refused.status == 1 && refused.stdout.isEmpty)
    #expect(
      refused.stderr.contains(
        "error: cannot use the Compose project 'piko-project-one': network 'piko-project-one' "
          + "belongs to something else on this engine\n"), "\(refused)")
    #expect(refused.stderr.contains("\nhint: "))
    #expect(try project.traces(of: "one").isEmpty)
  }

  /// A container is of the name by Compose's label, or by its own name.
  @Test(arguments: [
    ["--name", "piko-test-stranger", "--label", "com.docker.compose.project=piko-project-one"],
    ["--name", "piko-project-one-web-1"],
  ])
  func refusesAContainerOfTheNameThatIsNotItsOwn(_ options: [String]) async throws {
    let project = try LiveProject(LiveProject.web, in: try await Sandbox.withEngine())
    let name = options[1]
    project.sandbox.whenDone { try $0.output("docker", ["rm", "--force", name], in: "/") }
    let run = ["run", "--detach", "--init", "--network", "none"]
    try project.sandbox.output(
      "docker", run + options + [TestImage.tag, "sleep", "600"], in: "/")
    let refused = try project.piko("create", "one")
    #expect(refused.status == 1 && refused.stdout.isEmpty)
    #expect(
      refused.stderr.contains(
        "error: cannot use the Compose project 'piko-project-one': container '\(name)' "
          + "belongs to something else on this engine\n"), "\(refused)")
    #expect(!project.sandbox.exists(project.root.appending(".piko")), "before anything is made")
    #expect(try project.traces(of: "one").isEmpty)
    #expect(try project.docker("inspect", "--format", "{{.State.Running}}", name) == "true")
  }
}
