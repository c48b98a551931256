import PikoCore
import Support
import SystemPackage
import Testing

/// Two environments of one project up at once: what would collide is private, what is declared
/// shared is shared.
@Suite(.tags(.engine), .engine) struct IsolationEngineTests {
  static let serve = "[sh, -c, 'mkdir -p /www; httpd -f -p 80 -h /www & trap exit TERM; wait']"

  private func up(_ names: [String], in scene: DestroyScene) throws -> [String: Transcript] {
    var told: [String: Transcript] = [:]
    for name in names {
      let made = try scene.sandbox.piko("create", "--yes", name, in: scene.project)
      guard made.status == 0 else { throw Failure("create failed", detail: made.text) }
      told[name] = made
    }
    return told
  }

  @Test func namesVolumesNetworksAndImages() async throws {
    let sandbox = try await Sandbox.withEngine()
    let scene = try DestroyScene(
      sandbox,
      files: [
        ".piko.yml": "name: it\n", "Dockerfile": "FROM \(TestImage.tag)\nRUN echo main > /made\n",
        "compose.yaml": """
        name: it-pinned
        services:
          web:
            image: \(TestImage.tag)
            container_name: it-web
            command: \(Self.serve)
            volumes: ["fixed:/data", "outer:/outer"]
            networks: {front: {ipv4_address: 10.201.91.10}, shared: }
          db:
            image: \(TestImage.tag)
            command: \(Self.serve)
            networks: [front, default]
          app:
            build: {context: ., tags: ["it-app:extra"]}
            image: it-app:dev
            command: \(Self.serve)
          user:
            image: it-app:dev
            depends_on: [app]
            command: \(Self.serve)
        volumes:
          fixed: {name: it-fixed}
          outer: {external: true, name: it-outer}
        networks:
          front: {name: it-front, ipam: {config: [{subnet: 10.201.91.0/24}]}}
          shared: {external: true, name: it-shared}

        """,
      ])
    let project = scene.project
    sandbox.whenDone {
      _ = try $0.run("docker", "compose", "down", "-v", "-t", "0", in: project)
      _ = try $0.run("docker", "image", "rm", "it-app:dev", "it-app:extra")
      // A test that stopped half-way has environments on them.
      _ = try $0.piko("destroy", "--force", "--volumes", "a", "b", in: project)
      try $0.output("docker", ["volume", "rm", "it-outer"])
      try $0.output("docker", ["network", "rm", "it-shared"])
    }
    try sandbox.output("docker", ["volume", "create", "it-outer"])
    try sandbox.output("docker", ["network", "create", "--subnet", "10.201.92.0/24", "it-shared"])
    try sandbox.output("docker", ["compose", "up", "-d", "--quiet-pull"], in: project)
    let told = try up(["a"], in: scene)["a"]
    #expect(told?.stderr.contains("external volume 'it-outer' stays shared") == true)
    #expect(told?.stderr.contains("external network 'it-shared' stays shared") == true)
    try scene.create("b", "--no-start")
    try scene.shell("sed -i s/main/b/ Dockerfile; git commit -qam b", in: scene.worktree("b"))
    try scene.create("b", "--reuse")

    let view = EngineView(sandbox: sandbox)
    for name in ["a", "b"] {
      _ = try view.inside(
        name, "web",
        "echo \(name) > /www/index.html; echo \(name) >> /data/file; echo \(name) >> /outer/file",
        of: project)
      for host in ["web", "it-web"] {
        #expect(
          try view.inside(name, "db", "wget -qO- http://\(host)/", of: project) == name, "\(host)")
      }
      #expect(try view.inside(name, "web", "cat /data/file", of: project) == name)
      let made = name == "a" ? "main" : "b"
      for service in ["app", "user"] {
        #expect(try view.inside(name, service, "cat /made", of: project) == made)
      }
      let own = "piko-it-\(name)"
      for (network, subnets) in [own: "10.", "\(own)_front": "10."] {
        let subnet = try sandbox.output(
          "docker",
          ["network", "inspect", "-f", "{{range .IPAM.Config}}{{.Subnet}}{{end}}", network])
        #expect(subnet.hasPrefix(subnets) && subnet.hasSuffix("/26"), "\(subnet)")
      }
      // Everything that was made for it carries its labels: 4 containers, 2 networks, a volume, an image.
      #expect(try view.labelled(environment: name, root: project).count == 8)
      #expect(try sandbox.run("docker", "image", "inspect", "\(own)/it-app:extra").status == 0)
    }
    #expect(try view.inside("b", "web", "cat /outer/file", of: project) == "a\nb")
    #expect(
      try sandbox.output("docker", ["exec", "it-web", "ls", "/data"]) == "")
    let main = try sandbox.output("docker", ["image", "inspect", "-f", "{{.Id}}", "it-app:dev"])

    #expect(try scene.destroy("--volumes", "a").status == 0)
    #expect(try view.labelled(environment: "a", root: project) == [])
    #expect(try sandbox.output("docker", ["images", "-q", "piko-it-a/it-app"]) == "")
    #expect(
      try sandbox.output("docker", ["image", "inspect", "-f", "{{.Id}}", "it-app:dev"]) == main)
    #expect(try view.inside("b", "db", "wget -qO- http://it-web/", of: project) == "b")
    #expect(try view.inside("b", "web", "cat /outer/file", of: project) == "a\nb")
    #expect(try scene.destroy("--volumes", "b").status == 0)
  }

  // MARK: - Ports

  /// The lines of `docker port` without host ports, and those ports.
  private func published(
    _ container: String, _ sandbox: Sandbox
  ) throws -> (targets: [String], ports: Set<String>) {
    var targets: [String] = []
    var ports: Set<String> = []
    for line in try sandbox.output("docker", ["port", container]).split(separator: "\n") {
      let colon = try #require(line.lastIndex(of: ":"))
      targets.append(String(line[..<colon]))
      // UDP and TCP ports have numbers of their own.
      let transport = line.contains("/udp") ? "/udp" : ""
      ports.insert(line[line.index(after: colon)...] + transport)
    }
    return (targets.sorted(), ports)
  }

  @Test func portsOfEveryKind() async throws {
    let sandbox = try await Sandbox.withEngine()
    let scene = try DestroyScene(
      sandbox,
      files: [
        ".piko.yml": "name: it\n",
        "compose.yaml": """
        services:
          web:
            image: \(TestImage.tag)
            command: \(Self.serve)
            ports:
              - "26100:80"
              - "127.0.0.1:26101:80"
              - "${WEB_PORT:-26102}:81"
              - "26103-26104:3000-3001"
              - "26105:53/udp"
              - "26105:53"
              - "[::1]:26106:8000"
              - "90"
              - {target: 91, published: "26107", host_ip: 127.0.0.1, mode: host}
          api:
            image: \(TestImage.tag)
            command: \(Self.serve)
            deploy: {replicas: 2}
            ports: ["80"]
          pool:
            image: \(TestImage.tag)
            command: \(Self.serve)
            deploy: {replicas: 2}
            ports: ["26110-26111:80"]

        """,
      ])
    let project = scene.project
    sandbox.whenDone { try $0.output("docker", ["compose", "down", "-t", "0"], in: project) }
    try sandbox.output(
      "docker", ["compose", "up", "-d", "--quiet-pull"], in: project,
      environment: ["COMPOSE_PROJECT_NAME": "it-main"])
    sandbox.whenDone {
      try $0.output("docker", ["compose", "-p", "it-main", "down", "-t", "0"], in: project)
    }
    _ = try up(["a", "b"], in: scene)
    var all: [String] = []
    for container in ["web-1", "api-1", "api-2", "pool-1", "pool-2"] {
      let main = try published("it-main-\(container)", sandbox)
      all += main.ports
      for name in ["a", "b"] {
        let own = try published("piko-it-\(name)-\(container)", sandbox)
        #expect(own.targets == main.targets, "\(container)")
        all += own.ports
      }
    }
    #expect(Set(all).count == all.count)
    for name in ["a", "b"] {
      _ = try EngineView(sandbox: sandbox).inside(
        name, "web", "echo \(name) > /www/index.html", of: project)
      let port = try sandbox.piko("env", name, "--", "printenv", "PIKO_WEB_PORT_80", in: project)
      let number = try #require(Int(port.stdout.filter(\.isNumber)))
      #expect(try Wire.http(number, path: "/index.html") == "\(name)\n")
    }
  }

  // MARK: - Paths

  @Test func pathsThatLeaveTheWorktreeAreAsFromTheRoot() async throws {
    let sandbox = try await Sandbox.withEngine()
    let scene = try DestroyScene(
      sandbox,
      files: [
        ".gitignore": "local.conf\n",
        ".piko.yml":
          "name: it\nisolation: {binds: {'web:/uploads': private}}\ncopy: [local.conf]\n",
        "inside.conf": "inside\n",
        "compose.yaml": """
        services:
          web:
            build: {context: ../context}
            command: \(Self.serve)
            volumes:
              - ../beside:/beside:ro
              - ../uploads:/uploads
              - ./inside.conf:/inside.conf:ro
              - ./local.conf:/local.conf:ro
            secrets: [key]
            configs: [settings]
            environment: {PRICE: "$$5", PLAIN: "a b"}
        secrets: {key: {file: ../secret.txt}}
        configs: {settings: {file: ../settings.txt}}

        """,
      ])
    for (file, text) in [
      "beside/file": "beside", "uploads/file": "uploads", "secret.txt": "secret",
      "settings.txt": "settings",
      "context/Dockerfile": "FROM \(TestImage.tag)\nRUN echo built > /made",
    ] {
      try sandbox.write("\(text)\n", to: FilePath(file))
    }
    try sandbox.write("local\n", to: scene.project.appending("local.conf"))
    _ = try up(["a", "b"], in: scene)
    let view = EngineView(sandbox: sandbox)
    try scene.shell("echo changed > inside.conf", in: scene.worktree("b"))
    for name in ["a", "b"] {
      let told = try view.inside(
        name, "web",
        "cat /made /beside/file /run/secrets/key /settings /local.conf; echo \"$PRICE $PLAIN\"; ls /uploads; echo \(name) > /uploads/\(name)",
        of: scene.project)
      #expect(told == "built\nbeside\nsecret\nsettings\nlocal\n$5 a b")
    }
    #expect(
      try view.inside("a", "web", "cat /inside.conf; ls /uploads", of: scene.project) == "inside\na"
    )
    #expect(try view.inside("b", "web", "ls /uploads", of: scene.project) == "b")
    #expect(try scene.shell("ls ../uploads") == "file")
  }
}
