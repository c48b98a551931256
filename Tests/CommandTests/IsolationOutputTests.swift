import PikoCore
import Support
import SystemPackage
import Testing

/// What `piko create` says about what cannot be isolated, or is not: no engine is needed for it.
@Suite struct IsolationOutputTests {
  private func scene(_ compose: String, _ more: [String: String] = [:]) throws -> DestroyScene {
    try DestroyScene(
      files: ["compose.yaml": compose, ".piko.yml": "name: it\n"].merging(more) { $1 })
  }

  private func create(_ scene: DestroyScene, _ options: String...) throws -> Transcript {
    try scene.sandbox.piko(["create", "--no-start", "x"] + options, in: scene.project)
  }

  @Test(arguments: [
    "network_mode: host", "network_mode: 'container:it-other'", "pid: host", "ipc: host",
    "pid: 'container:it-other'", "ipc: 'container:it-other'", "external_links: ['it-other:o']",
    "volumes_from: ['container:it-other']",
  ])
  func whatBelongsToOthersIsNamedByServiceAndLine(_ member: String) throws {
    let scene = try scene("services:\n  web:\n    image: busybox\n    \(member)\n")
    let strict = try create(scene, "--strict")
    #expect(strict.status == 1)
    #expect(
      strict.stderr.contains("error: cannot isolate 'x': compose.yaml:4: service 'web'"),
      "\(strict)")
    #expect(strict.stderr.hasSuffix("hint: to create it all the same, leave out '--strict'\n"))
    #expect(try scene.traces(of: "x") == [])
    #expect(try !scene.hasBranch("x"))
    let made = try create(scene)
    #expect(made.status == 0)
    #expect(made.stderr.contains("warning: compose.yaml:4: service 'web'"), "\(made)")
  }

  @Test func aPinnedNameIsWarnedAboutAndTheHintWorks() throws {
    let scene = try scene("name: pinned\nservices: {web: {image: busybox}}\n")
    let made = try create(scene)
    #expect(
      made.stderr.contains(
        """
        warning: compose.yaml:1: the compose file pins its project name: a bare 'docker compose' typed without piko's variables reaches the main project
        hint: to set them in every worktree you enter, add to your shell's start file 'eval "$(piko hook bash)"'

        """), "\(made)")
    let name = try scene.sandbox.piko(
      "env", "x", "--", "docker", "compose", "config", "--format", "json", in: scene.project)
    #expect(name.stdout.contains("\"name\": \"piko-it-x\""))
  }

  @Test(arguments: [
    ("services: {web: {image: busybox, env_file: [../outside.env]}}\n", "outside.env"),
    ("include: [../outside.yaml]\nservices: {web: {image: busybox}}\n", "outside.yaml"),
    ("services: {web: {extends: {file: ../outside.yaml, service: web}}}\n", "outside.yaml"),
  ])
  func aFileThatComposeReadsOutsideTheWorktreeIsAnError(_ compose: String, _ file: String) throws {
    let scene = try scene(compose)
    try scene.sandbox.write("A=1\n", to: "outside.env")
    try scene.sandbox.write("services: {web: {image: busybox}}\n", to: "outside.yaml")
    let refused = try create(scene)
    #expect(refused.status == 1)
    #expect(refused.stderr.contains("<root>/\(file)"), "\(refused)")
    #expect(refused.stderr.contains("hint: name it by an absolute path"))
    #expect(try scene.traces(of: "x") == [])
  }

  @Test func aWritableBindFromOutsideIsNamedAndTheHintMakesItPrivate() throws {
    let scene = try scene(
      """
      services:
        web:
          image: busybox
          volumes:
            - ../uploads:/uploads
            - ../assets:/assets:ro
            - /var/run/docker.sock:/var/run/docker.sock
            - ./own:/own

      """)
    let made = try create(scene)
    #expect(made.status == 0)
    let note =
      "note: compose.yaml:4: service 'web' writes to '<root>/uploads' outside the worktree, which stays shared\n"
    #expect(made.stderr.contains(note), "\(made)")
    #expect(!made.stderr.contains("assets") && !made.stderr.contains("docker.sock"))
    try follow(hintIn: made, in: scene)
    #expect(try scene.destroy("--force", "x").status == 0)
    let again = try scene.sandbox.piko("create", "--no-start", "--strict", "y", in: scene.project)
    #expect(again.status == 0, "\(again)")
    #expect(!again.stderr.contains("uploads"))
  }

  @Test func aWritableBindFromOutsideIsRefusedWhenStrict() throws {
    let scene = try scene("services: {web: {image: busybox, volumes: ['../uploads:/uploads']}}\n")
    let refused = try create(scene, "--strict")
    #expect(refused.status == 1)
    #expect(refused.stderr.contains("'<root>/uploads'"))
    #expect(try scene.traces(of: "x") == [])
  }

  @Test func anExternalVolumeIsNamedAndTheHintMakesItPrivate() throws {
    let scene = try scene(
      """
      services: {web: {image: busybox, volumes: ["seed:/seed"], networks: [front]}}
      volumes: {seed: {external: true, name: it-seed}}
      networks: {front: {external: true, name: it-front}}

      """)
    let made = try create(scene, "--strict")
    #expect(made.status == 0, "\(made)")
    #expect(made.stderr.contains("note: compose.yaml:2: external volume 'it-seed' stays shared\n"))
    #expect(made.stderr.contains("note: compose.yaml:3: external network 'it-front' stays shared"))
    try follow(hintIn: made, in: scene)
    let again = try scene.sandbox.piko("create", "--no-start", "y", in: scene.project)
    #expect(again.status == 0, "\(again)")
    #expect(!again.stderr.contains("it-seed"))
    #expect(
      try scene.sandbox.read(scene.worktree("y").appending("docker-compose.piko.yml"))
        .contains("piko-it-y_seed"))
  }

  @Test func aMissingIgnoredFileIsNamedAndTheHintBringsIt() throws {
    let scene = try scene(
      "services: {web: {image: busybox, volumes: ['./local.conf:/etc/local.conf:ro']}}\n",
      [".gitignore": "local.conf\n.env.local\n"])
    try scene.sandbox.write("here\n", to: scene.project.appending("local.conf"))
    let made = try create(scene)
    #expect(made.status == 0)
    #expect(
      made.stderr.contains(
        """
        warning: compose.yaml:1: service 'web' mounts 'local.conf', which the main checkout has and the worktree has not
        hint: to copy it into every worktree, add to '.piko.yml': copy: ["local.conf"]

        """), "\(made)")
    try follow(hintIn: made, in: scene)
    let again = try scene.sandbox.piko("create", "--no-start", "y", in: scene.project)
    #expect(again.status == 0 && !again.stderr.contains("local.conf"), "\(again)")
    #expect(try scene.sandbox.read(scene.worktree("y").appending("local.conf")) == "here\n")
  }

  @Test func quietMeansWarningsAndErrorsAlone() throws {
    let scene = try scene(
      """
      name: pinned
      services: {web: {image: busybox, volumes: ['seed:/seed']}}
      volumes: {seed: {external: true, name: it-seed}}

      """)
    let made = try create(scene, "-q")
    #expect(made.status == 0, "\(made)")
    let lines = made.stderr.split(separator: "\n")
    #expect(lines.count == 2 && lines[0].hasPrefix("warning: "), "\(made)")
    #expect(lines.last?.hasPrefix("hint: to set them in every worktree") == true, "\(made)")
  }

  @Test func aMissingEnvFileIsAnErrorAndTheHintBringsIt() throws {
    let scene = try scene(
      "services: {web: {image: busybox, env_file: [.env.local]}}\n", [".gitignore": ".env.local\n"])
    try scene.sandbox.write("A=1\n", to: scene.project.appending(".env.local"))
    let refused = try create(scene)
    #expect(refused.status == 1)
    #expect(refused.stderr.contains("env file '.env.local' is missing in the worktree\n"))
    #expect(try scene.traces(of: "x") == [])
    try follow(hintIn: refused, in: scene)
    #expect(try create(scene).status == 0)
  }

  @Test func aValueThatNamesAPublishedPortIsWarnedAbout() throws {
    let scene = try scene(
      """
      services:
        web:
          image: busybox
          ports: ["8080:80"]
        app:
          image: busybox
          environment: {WEB: "http://localhost:8080/", OTHER: "http://localhost:9090/"}

      """)
    let made = try create(scene)
    #expect(
      made.stderr.contains("variable 'WEB' of service 'app' names localhost:8080"), "\(made)")
    #expect(made.stderr.contains("PIKO_WEB_PORT_80"))
    #expect(!made.stderr.contains("OTHER"))
  }

  @Test func explainSaysEveryRewrite() throws {
    let scene = try scene(
      "services: {web: {image: busybox, container_name: it-web, ports: ['8080:80']}}\n")
    let made = try create(scene, "--explain")
    for line in [
      "services.web.container_name", "services.web.ports[0].published", "networks.default.name",
    ] {
      #expect(made.stderr.contains("  \(line): "), "\(line): \(made)")
    }
    let explained = made.stderr.split(separator: "\n").filter { $0.hasPrefix("  ") }
    #expect(explained.allSatisfy { $0.hasSuffix(")") }, "\(made)")
    // The labels are the same everywhere: once, at the end.
    #expect(explained.filter { $0.contains("dev.piko.") }.count == 1)
    #expect(
      explained.last == """
          labels of 1 service, 1 network: added dev.piko.environment, dev.piko.project, \
        dev.piko.root (piko finds what it made by its labels)
        """)
  }

  /// A dry run makes no worktree, whose model there would be to explain.
  @Test func explainAndADryRunExcludeEachOther() throws {
    let scene = try scene("services: {web: {image: busybox}}\n")
    let refused = try create(scene, "--explain", "--dry-run")
    #expect(refused.status == 129)
    #expect(
      refused.stderr.hasPrefix("error: '--explain' and '--dry-run' exclude each other: "),
      "\(refused)")
    #expect(refused.stdout.isEmpty)
    #expect(!scene.sandbox.exists(scene.project.appending(".piko")))
  }

  /// Adds what a hint's last words say to the root's `.piko.yml`.
  private func follow(hintIn told: Transcript, in scene: DestroyScene) throws {
    let mark = "add to '.piko.yml': "
    let hint = try #require(told.stderr.split(separator: "\n").first { $0.contains(mark) })
    let start = try #require(hint.firstRange(of: mark)).upperBound
    try scene.sandbox.write(
      "name: it\n\(hint[start...])\n", to: scene.project.appending(".piko.yml"))
  }
}
