import PikoCore
import Support
import SystemPackage
import Testing

/// Destroying environments whose containers, networks, volumes or files others hold on to, and that
/// is cut off among them.
@Suite(.tags(.engine), .engine) struct DestroyObstacleTests {
  private func expectNothing(
    of name: String, in scene: DestroyScene, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    #expect(
      try EngineView(sandbox: scene.sandbox).labelled(environment: name, root: scene.project) == [],
      sourceLocation: sourceLocation)
    try scene.expectGone(name, sourceLocation: sourceLocation)
  }

  private func run(_ name: String, _ options: String..., in scene: DestroyScene) throws {
    scene.sandbox.whenDone { _ = try $0.run("docker", "rm", "-f", name) }
    try scene.sandbox.output(
      "docker",
      ["run", "-d", "--init", "--name", name] + options + [TestImage.tag, "sleep", "600"])
  }

  @Test func whatOthersUseIsNamedBeforeAnythingIsTouched() async throws {
    let sandbox = try await Sandbox.withEngine()
    let scene = try DestroyScene(sandbox, files: DestroyEngineTests.small)
    try scene.create("x")
    let view = EngineView(sandbox: sandbox)
    let before = try view.labelled(environment: "x", root: scene.project)

    try run("dt-guest", "--network", "piko-dt-x", in: scene)
    #expect(
      try scene.destroy("--force", "x").text == """
        2| error: cannot remove network 'piko-dt-x': container 'dt-guest' is on it
        2| hint: to take it off, run 'docker network disconnect piko-dt-x dt-guest'
        status 1
        """)
    #expect(try view.labelled(environment: "x", root: scene.project) == before)
    try sandbox.output("docker", ["network", "disconnect", "piko-dt-x", "dt-guest"])

    try run("dt-reader", "-v", "piko-dt-x_data:/data", in: scene)
    #expect(
      try scene.destroy("--volumes", "x").text == """
        2| error: cannot remove volume 'piko-dt-x_data': container 'dt-reader' uses it
        2| hint: to keep the volumes, leave out '--volumes'
        status 1
        """)
    #expect(try view.labelled(environment: "x", root: scene.project) == before)

    try run("dt-stranger", "--label", "com.docker.compose.project=piko-dt-x", in: scene)
    #expect(
      try scene.destroy("x").stderr.hasPrefix("error: container 'dt-stranger' is in the Compose"))
    #expect(try view.labelled(environment: "x", root: scene.project) == before)
    try scene.expectWhole("x")
    try sandbox.output("docker", ["rm", "-f", "dt-stranger"])

    #expect(try scene.destroy("x").status == 0)
    try scene.expectGone("x")
    for name in ["dt-guest", "dt-reader"] {
      #expect(
        try sandbox.output("docker", ["inspect", "--format", "{{.State.Status}}", name])
          == "running")
    }
    #expect(try view.labelled(environment: "x", root: scene.project) == ["volume piko-dt-x_data"])
  }

  @Test func theSameCommandAgainEndsWhatWasCutOff() async throws {
    let sandbox = try await Sandbox.withEngine()
    let scene = try DestroyScene(sandbox, files: DestroyEngineTests.small)
    try scene.create("other")
    let view = EngineView(sandbox: sandbox)
    let others = try view.lines(naming: ["piko-dt-other"])
    for step in ["containers", "volumes", "remove-worktree", "release"] {
      for fault in ["\(step):kill", "\(step):fail", "after-\(step):kill"] {
        try scene.create("x")
        let cut = try scene.destroy("--volumes", "x", environment: ["PIKO_TEST_FAULT": fault])
        #expect(cut.status == (fault.hasSuffix("kill") ? 137 : 1), "\(fault): \(cut)")
        let again = try scene.destroy("--volumes", "x")
        #expect(again.status == (fault == "after-release:kill" ? 1 : 0), "\(fault): \(again)")
        try expectNothing(of: "x", in: scene)
      }
    }
    #expect(try view.lines(naming: ["piko-dt-other"]) == others)
    try scene.expectWhole("other")
  }

  @Test func aSignalWhileContainersStopIsFinishedByTheSameCommand() async throws {
    let sandbox = try await Sandbox.withEngine()
    let scene = try DestroyScene(
      sandbox,
      files: [
        "compose.yaml": """
        services:
          web: {image: \(TestImage.tag), command: [sh, -c, "trap : TERM; while :; do sleep 1; done"]}

        """, ".piko.yml": "name: dt\n",
      ])
    try scene.create("x")
    let cut = try sandbox.run(
      "sh", "-c", "piko destroy x & pid=$!; sleep 1.5; kill -TERM $pid; wait $pid; echo $?",
      in: scene.project)
    #expect(cut.stdout == "143\n", "\(cut)")
    #expect(cut.stderr.contains("error: interrupted by SIGTERM\n"))
    try sandbox.output("docker", ["kill", "piko-dt-x-web-1"])
    #expect(try scene.destroy("x").status == 0)
    try expectNothing(of: "x", in: scene)
  }

  @Test func theScriptReachesTheContainersWhileTheyRun() async throws {
    let sandbox = try await Sandbox.withEngine()
    let scene = try DestroyScene(
      sandbox,
      files: [
        "compose.yaml": DestroyEngineTests.small["compose.yaml"] ?? "", ".gitignore": "*.log\n",
        ".piko.yml": """
        name: dt
        scripts:
          destroy: |
            docker compose exec -T web hostname
            echo "$COMPOSE_PROJECT_NAME $COMPOSE_FILE" > "$PIKO_ROOT/told.log"

        """,
      ])
    let worktree = try scene.create("x")
    #expect(try scene.destroy("x").status == 0)
    #expect(
      try sandbox.read(scene.project.appending("told.log"))
        == "piko-dt-x \(worktree)/compose.yaml:\(worktree)/docker-compose.piko.yml\n")
  }

  // MARK: - Files of another user

  /// Runs piko as a user who is neither root nor the owner of what containers wrote.
  private func asUser(
    _ arguments: String..., in scene: DestroyScene, environment: [String: String?] = [:]
  ) throws -> Transcript {
    let group = try scene.sandbox.output("stat", ["-Lc", "%g", "/var/run/docker.sock"])
    return try scene.sandbox.run(
      "setpriv",
      ["--reuid=12345", "--regid=12345", "--groups=\(group)", "--", "piko"] + arguments,
      in: scene.project, environment: environment)
  }

  @Test func filesOfRootThatAContainerWroteGoThroughAContainer() async throws {
    let sandbox = try await Sandbox.withEngine()
    let scene = try DestroyScene(
      sandbox,
      files: [
        "compose.yaml": """
        services:
          web:
            image: \(TestImage.tag)
            command: [sh, -c, "umask 077; mkdir -p /out/deep; echo a > /out/deep/file; trap exit TERM; sleep 600 & wait"]
            volumes: ["./out:/out"]

        """, ".gitignore": "out/\n", ".piko.yml": "name: dt\n",
      ])
    try sandbox.output("chown", ["-R", "12345:12345", sandbox.root.string])
    // What setpriv itself starts may still be found by what it had.
    let usable = try sandbox.run(
      "setpriv", "--reuid=12345", "--regid=12345", "--clear-groups", "--", "env", "piko",
      "--version")
    guard usable.status == 0 else { try Test.cancel("needs root, and programs that all may run") }
    let made = try asUser("create", "x", in: scene)
    #expect(made.status == 0, "\(made)")
    let worktree = scene.worktree("x")
    #expect(sandbox.exists(worktree.pushing("out/deep/file")))

    let view = EngineView(sandbox: sandbox)
    let before = try view.labelled(environment: "x", root: scene.project)
    let refused = try asUser(
      "destroy", "x", in: scene, environment: ["DOCKER_HOST": "unix:///nowhere.sock"])
    #expect(refused.status == 1)
    #expect(
      refused.stderr.hasPrefix(
        "error: cannot destroy environment 'x': '<root>/project/.piko/worktrees/x/out/deep"),
      "\(refused)")
    #expect(try view.labelled(environment: "x", root: scene.project) == before)
    #expect(sandbox.exists(worktree.appending("compose.yaml")))

    let done = try asUser("destroy", "x", in: scene)
    #expect(done.status == 0, "\(done)")
    #expect(try view.labelled(environment: "x", root: scene.project) == [])
    #expect(!sandbox.exists(worktree))
  }
}
