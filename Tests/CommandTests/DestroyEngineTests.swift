import PikoCore
import Support
import SystemPackage
import Testing

/// Destroying environments that have containers, on the real engine.
@Suite(.tags(.engine), .engine) struct DestroyEngineTests {
  static let service =
    "image: \(TestImage.tag), command: [sh, -c, 'trap exit TERM; sleep 600 & wait']"
  static let compose = """
    services:
      web: {\(service), ports: ["28181:80"], volumes: ["data:/data", "/anonymous"]}
      app: {build: ., image: "dt-app:dev", command: [sh, -c, 'trap exit TERM; sleep 600 & wait']}
    volumes: {data: }

    """
  static let files = [
    "compose.yaml": compose, "Dockerfile": "FROM \(TestImage.tag)\nRUN echo one > /made\n",
    ".piko.yml": "name: dt\n",
  ]
  static let small = [
    "compose.yaml": "services: {web: {\(service), volumes: ['data:/data']}}\nvolumes: {data: }\n",
    ".piko.yml": "name: dt\n",
  ]

  private func expectNothing(
    of name: String, in scene: DestroyScene, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    #expect(
      try EngineView(sandbox: scene.sandbox).labelled(environment: name, root: scene.project) == [],
      sourceLocation: sourceLocation)
    try scene.expectGone(name, sourceLocation: sourceLocation)
  }

  @Test func nothingButTheEnvironmentsOwnGoes() async throws {
    let sandbox = try await Sandbox.withEngine()
    let scene = try DestroyScene(sandbox, files: Self.files)
    let second = try sandbox.repository(
      "second", files: Self.small.merging([".piko.yml": "name: dt-two\n"]) { _, new in new })
    let project = scene.project
    sandbox.whenDone {
      try $0.output("docker", ["compose", "down", "-v", "-t", "0"], in: project)
      _ = try $0.piko("destroy", "--force", "--volumes", "x", "x-2", in: project)
      try $0.output("docker", ["volume", "rm", "dt-external", "piko-dt-x_data-old", "piko-dt-x"])
      try $0.output("docker", ["network", "rm", "piko-dt-x_other"])
      try $0.output("docker", ["image", "rm", "-f", "dt-app:dev", "dt-kept:1"])
    }
    for volume in ["dt-external", "piko-dt-x_data-old", "piko-dt-x"] {
      try sandbox.output("docker", ["volume", "create", volume])
    }
    try sandbox.output(
      "docker", ["network", "create", "--subnet", "10.201.90.0/28", "piko-dt-x_other"])
    try sandbox.output("docker", ["compose", "up", "-d", "--quiet-pull"], in: scene.project)
    try scene.shell(
      """
      printf 'services: {web: {volumes: ["external:/external"]}}\\n' > compose.override.yaml
      printf 'volumes: {external: {external: true, name: dt-external}}\\n' >> compose.override.yaml
      git add -A; git commit -qm override
      """)
    for name in ["x", "x-2"] { try scene.create(name) }
    let made = try sandbox.piko("create", "x", in: second)
    #expect(made.status == 0, "\(made)")
    let view = EngineView(sandbox: sandbox)
    #expect(try view.inside("x", "web", "ls -d /external", of: scene.project) == "/external")
    let image = "piko-dt-x/dt-app:dev"
    try sandbox.output("docker", ["tag", image, "dt-kept:1"])

    let own = Set(try view.labelled(environment: "x", root: scene.project))
    #expect(own.count >= 5)
    let isOwn = { (line: String) in
      line.contains("piko-dt-x-web-1") || line.contains("piko-dt-x-app-1")
        || line.hasPrefix("network") && line.hasSuffix(" piko-dt-x")
        || line.contains(" piko-dt-x_data ") || line.contains("\(image)")
    }
    let words = [" dt-", "piko-dt-", " project-", " project_"]
    let before = try view.lines(naming: words).filter { !isOwn($0) }
    let done = try scene.destroy("--volumes", "x")
    #expect(done.status == 0, "\(done)")
    try scene.expectGone("x")
    // The image that somebody gave another tag stays under that one.
    let kept = try sandbox.output("docker", ["images", "-q", "dt-kept:1"])
    #expect(try view.labelled(environment: "x", root: scene.project) == ["images \(kept)"])
    let after = try view.lines(naming: words)
    #expect(after == before)
    try scene.expectWhole("x-2")
    #expect(try sandbox.run("docker", "image", "inspect", "dt-kept:1").status == 0)
    #expect(try scene.destroy("--volumes", "x-2").status == 0)
  }

  @Test func volumesStayUnlessTheyAreToGo() async throws {
    let sandbox = try await Sandbox.withEngine()
    let scene = try DestroyScene(sandbox, files: Self.files)
    let view = EngineView(sandbox: sandbox)
    try scene.create("x")
    _ = try view.inside(
      "x", "web", "echo kept > /data/file; echo a > /anonymous/file", of: scene.project)
    let anonymous = try sandbox.output(
      "docker",
      ["inspect", "--format", "{{range .Mounts}}{{.Name}} {{end}}", "piko-dt-x-web-1"]
    )
    .split(separator: " ").map(String.init).first { $0.count == 64 }
    let hidden = try #require(anonymous)
    let plan = try scene.destroy("--dry-run", "x")
    #expect(
      plan.stdout == """
        environment  x
        containers   app, web
        network      piko-dt-x
        image        piko-dt-x/dt-app:dev
        volume       piko-dt-x_data (kept)
        volume       \(hidden) (kept)
        session      piko/dt/x
        worktree     <root>/project/.piko/worktrees/x

        """)
    let done = try scene.destroy("x")
    #expect(
      done.text == """
        2| ✓ Removed 2 containers (app, web)
        2| kept 2 volumes: piko-dt-x_data, \(hidden)
        2| ✓ Ended session piko/dt/x
        2| ✓ Removed worktree at .piko/worktrees/x
        2| ✓ Destroyed environment x
        status 0
        """)
    try scene.expectGone("x")
    #expect(try view.labelled(environment: "x", root: scene.project) == ["volume piko-dt-x_data"])

    let again = try sandbox.piko("create", "x", in: scene.project)
    #expect(again.stderr.contains("using the data of an earlier x again: piko-dt-x_data\n"))
    #expect(try view.inside("x", "web", "cat /data/file", of: scene.project) == "kept")
    #expect(try scene.destroy("x").status == 0)
    let fresh = try sandbox.piko("create", "--fresh-volumes", "x", in: scene.project)
    #expect(fresh.status == 0)
    #expect(try view.inside("x", "web", "ls /data", of: scene.project) == "")

    // What a later build took the tag of carries the labels too.
    try scene.shell("sed -i s/one/two/ Dockerfile; git commit -qam two", in: scene.worktree("x"))
    #expect(
      try sandbox.piko("env", "x", "--", "docker", "compose", "build", "-q", in: scene.project)
        .status == 0)
    let last = try scene.destroy("--volumes", "x")
    #expect(last.status == 0, "\(last)")
    // Its own two, and those without a name that the earlier ones left.
    #expect(last.stderr.contains("✓ Removed 4 volumes\n"))
    try expectNothing(of: "x", in: scene)
    #expect(try sandbox.run("docker", "volume", "inspect", hidden).status == 1)
  }

  @Test(arguments: [
    "docker rm -f piko-dt-x-web-1", "docker stop -t 0 piko-dt-x-web-1",
    "docker rm -f piko-dt-x-web-1; docker network rm piko-dt-x",
    "docker rm -f piko-dt-x-web-1; docker volume rm piko-dt-x_data",
    "rm -r .piko/worktrees/x", "rm .piko/worktrees/x/docker-compose.piko.yml",
    "git -C .piko/worktrees/x rm -q compose.yaml; git -C .piko/worktrees/x commit -qm gone",
    "rm .piko/state.db*", "rm -r ../state/piko; rm -r .piko/worktrees/x",
  ])
  func itWorksAfter(_ damage: String) async throws {
    let sandbox = try await Sandbox.withEngine()
    let scene = try DestroyScene(sandbox, files: Self.small)
    try scene.create("x")
    try scene.shell(damage)
    let done = try scene.destroy("--volumes", "x")
    #expect(done.status == 0, "\(done)")
    #expect(
      try EngineView(sandbox: sandbox).labelled(environment: "x", root: scene.project) == [])
    #expect(try scene.destroy("x").status == 1)
    try scene.create("x")
  }

  @Test func withTheEngineDownItSaysWhatIsLeftAndFinishesLater() async throws {
    let sandbox = try await Sandbox.withEngine()
    let scene = try DestroyScene(sandbox, files: Self.files)
    try scene.create("x")
    let ports = try sandbox.piko("ports", "x", in: scene.project).stdout
    let cut = try scene.destroy(
      "--volumes", "x", environment: ["DOCKER_HOST": "unix:///nowhere.sock"])
    #expect(
      cut.text == """
        2| ✓ Ended session piko/dt/x
        2| ✓ Removed worktree at .piko/worktrees/x
        2| error: could not remove the containers, networks and images of environment 'x': the container engine is not running: nothing answers at '/nowhere.sock'
        2| hint: when the engine answers, run 'piko destroy --volumes x'
        status 1
        """)
    #expect(try sandbox.piko("ports", "x", in: scene.project).stdout == ports)
    #expect(try scene.traces(of: "x") == ["state", "register"])
    let refused = try sandbox.piko("create", "x", in: scene.project)
    #expect(refused.stderr.contains("its removal was cut off"))
    let done = try scene.destroy("--volumes", "x")
    #expect(done.status == 0, "\(done)")
    try expectNothing(of: "x", in: scene)
  }
}
