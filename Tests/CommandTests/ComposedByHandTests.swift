import Support
import SystemPackage
import Testing

/// What somebody's own `docker compose up` makes in an environment before piko knows of the service.
@Suite(.tags(.engine), .engine) struct ComposedByHandTests {
  /// The project's one service, and another with a volume and a network of its own.
  private static let two = LiveProject.web.replacing(
    "volumes:\n  data:",
    with: """
        admin:
          image: \(TestImage.tag)
          init: true
          command: sleep 600
          volumes: ["adm:/adm"]
          networks: [back]
      networks:
        back:
      volumes:
        adm:
        data:
      """)

  /// An environment whose branch has got the second service.
  private func project() async throws -> LiveProject {
    let project = try LiveProject(LiveProject.web, in: try await Sandbox.withEngine())
    try project.create("one")
    let worktree = project.worktree("one")
    try project.sandbox.write(Self.two, to: worktree.appending("compose.yaml"))
    try project.sandbox.git("commit", "-qam", "admin", in: worktree)
    return project
  }

  /// Everything with the label of the environment's Compose project, by kind and name.
  private func objects(_ project: LiveProject) throws -> [String] {
    let label = ["--filter", "label=com.docker.compose.project=piko-project-one"]
    return try project.lines(["ps", "--all", "--format", "container {{.Names}}"] + label)
      + project.lines(["network", "ls", "--format", "network {{.Name}}"] + label)
      + project.lines(["volume", "ls", "--format", "volume {{.Name}}"] + label)
  }

  private func label(_ project: LiveProject) throws -> String {
    try project.docker(
      "inspect", "--format", "{{index .Config.Labels \"dev.piko.environment\"}}",
      "piko-project-one-admin-1")
  }

  @Test func upTakesItOverAndItsDataIsFoundAgain() async throws {
    let project = try await project()
    let typed = try project.compose("up", "--detach", in: "one")
    try #require(typed.status == 0, "\(typed)")
    #expect(try label(project) == "")
    let up = try project.piko("up", "one")
    #expect(up.status == 0, "\(up)")
    #expect(try label(project) == "one")
    #expect(try project.states() == ["one running 2/2"])

    let volumes = ["volume piko-project-one_adm", "volume piko-project-one_data"]
    let destroyed = try project.piko("destroy", "one")
    #expect(destroyed.status == 0, "\(destroyed)")
    #expect(destroyed.stderr.contains("piko-project-one_adm"))
    #expect(try objects(project) == volumes)
    let again = try project.create("one")
    #expect(
      again.stderr.contains("again: piko-project-one_adm, piko-project-one_data\n"), "\(again)")
    #expect(try project.piko("destroy", "one", "--volumes").status == 0)
    #expect(try objects(project) == [])
  }

  @Test func downAndDestroyTreatItAsTheEnvironments() async throws {
    let project = try await project()
    let typed = try project.compose("up", "--detach", in: "one")
    try #require(typed.status == 0, "\(typed)")
    let down = try project.piko("down", "one")
    #expect(down.status == 0 && down.stderr.contains("2 containers (admin, web)"), "\(down)")
    let plan = try project.piko("destroy", "--dry-run", "one")
    #expect(plan.stdout.contains("containers   admin, web\n"), "\(plan)")
    let destroyed = try project.piko("destroy", "one", "--volumes")
    #expect(destroyed.status == 0, "\(destroyed)")
    #expect(try objects(project) == [])
  }

  @Test func anotherComposeProjectOfTheWorktreeStaysAndIsNamed() async throws {
    let project = try LiveProject(LiveProject.web, in: try await Sandbox.withEngine())
    try project.create("one", "--no-start")
    let own = "by-hand-\(UInt32.random(in: 0..<UInt32.max))"
    _ = try project.sandbox.output(
      "docker", ["compose", "-f", "compose.yaml", "-p", own, "up", "--detach"],
      in: project.worktree("one"))
    project.sandbox.whenDone {
      try $0.output("docker", ["compose", "-p", own, "down", "--volumes"], in: "/")
    }
    let destroyed = try project.piko("destroy", "one", "--volumes")
    #expect(destroyed.status == 0, "\(destroyed)")
    #expect(
      destroyed.stderr.hasSuffix(
        "warning: left what is of Compose project '\(own)' (web): it was started in the worktree "
          + "by hand\nhint: to remove it, run 'docker rm --force --volumes \(own)-web-1'\n"),
      "\(destroyed)")
    #expect(try project.docker("ps", "--format", "{{.Names}}").contains("\(own)-web-1"))
  }

  /// The same files at another place, under the same name of the Compose project.
  @Test func whatACopyOfTheWorktreeMadeStaysItsOwn() async throws {
    let project = try await project()
    let sandbox = project.sandbox
    let copy = sandbox.root.appending("copy")
    _ = try sandbox.output("cp", ["-a", project.worktree("one").string, copy.string])
    sandbox.whenDone {
      try $0.output("docker", ["rm", "--force", "piko-project-one-admin-1"], in: "/")
      try $0.output(
        "docker", ["network", "rm", "piko-project-one_back", "piko-project-one_default"],
        in: "/")
      try $0.output("docker", ["volume", "rm", "piko-project-one_adm"], in: "/")
    }
    _ = try sandbox.output(
      "docker", ["compose", "-p", "piko-project-one", "up", "--detach", "admin"], in: copy)

    let refused = try project.piko("up", "one")
    #expect(refused.status == 1, "\(refused)")
    #expect(
      refused.stderr.contains(": container 'piko-project-one-admin-1' and 2 more belong to ")
        && refused.stderr.contains("run 'docker container inspect piko-project-one-admin-1'\n"),
      "\(refused)")
    #expect(try project.piko("destroy", "--force", "--volumes", "one").status == 1)
    #expect(try project.docker("ps", "--format", "{{.Names}}").contains("piko-project-one-admin-1"))
    #expect(try label(project) == "")

    _ = try project.docker("rm", "--force", "piko-project-one-admin-1")
    let volume = try project.piko("up", "one")
    #expect(volume.status == 1, "\(volume)")
    #expect(volume.stderr.contains("run 'docker volume inspect piko-project-one_adm'\n"))
    #expect(!volume.stderr.contains("piko create"))
    let destroyed = try project.piko("destroy", "--force", "--volumes", "one")
    #expect(destroyed.status == 0, "\(destroyed)")
    #expect(
      try objects(project) == [
        "network piko-project-one_back", "network piko-project-one_default",
        "volume piko-project-one_adm",
      ])
  }
}
