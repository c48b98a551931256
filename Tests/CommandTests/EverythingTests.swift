import PikoCore
import Support
import SystemPackage
import Testing

/// The example project that does everything which keeps two copies from running at once: its main
/// checkout by plain Compose, and two environments beside it.
@Suite(.tags(.engine), .engine) struct EverythingTests {
  @Test func runsTwiceBesideItsMainCheckoutEachWithItsOwnPortsAndData() async throws {
    let project = try LiveProject(example: "everything", in: try await Sandbox.withEngine())
    let main = try startMain(of: project)
    for name in ["one", "feature/two"] { try project.create(name) }
    let environments = ["one", "feature-two"]
    for name in environments {
      try project.sandbox.write(
        "\(name)\n", to: project.worktree(name).appending("site").appending("checkout.local"))
    }

    // Each answers with its own checkout's content…
    try expectAnswers(of: "the main checkout", data: nil, main)
    for name in environments {
      try expectAnswers(of: name, data: nil, try table(of: name, in: project))
    }
    // …and its own data.
    for name in environments {
      for service in ["db", "web", "api"] {
        let told = try Wire.http(
          try #require(table(of: name, in: project).first { $0.service == service }).port,
          path: "/cgi-bin/keep?\(name)-\(service)")
        #expect(told == "kept\n")
      }
      try expectAnswers(of: name, data: name, try table(of: name, in: project))
    }
    try expectAnswers(of: "the main checkout", data: nil, main)

    try expectOwnLookups(in: project, environments)
    try expectLocalBinding(main, in: project, environments)
    for name in environments {
      let all = try project.ports(of: name)
      #expect(Set(all.map { "\($0.port)/\($0.protocol)" }).count == all.count)
      let state = try project.docker(
        "inspect", "--format", "{{.State.Status}} {{.State.ExitCode}}",
        "piko-everything-\(name)-migrate-1")
      #expect(state == "exited 0")
    }
    #expect(try project.states() == ["feature-two running 8/8", "one running 8/8"])

    // Destroying one leaves the others as they were, and nothing of itself.
    let others = ["everything", "piko-everything-feature-two"]
    let before = try inspection(of: others, project)
    // Nine containers, three volumes and two networks each, and the external volume.
    #expect(before.count == 29)
    let volumes = try project.mountedVolumes(of: "piko-everything-one")
    #expect(volumes.count == 4, "three of its own and the external one: \(volumes)")
    let destroyed = try project.piko("destroy", "one", "--volumes")
    #expect(destroyed.status == 0, "\(destroyed)")
    #expect(try inspection(of: others, project) == before)
    #expect(try project.objects(of: "one").isEmpty)
    let left = try Set(project.lines(["volume", "ls", "--quiet"]))
    #expect(left.intersection(volumes) == ["everything-certificates"])
    #expect(try !project.docker("images", "--format", "{{.Repository}}").contains("-one/"))
    try expectAnswers(of: "the main checkout", data: nil, main)
    try expectAnswers(
      of: "feature-two", data: "feature-two", try table(of: "feature-two", in: project))
    let last = try project.piko("destroy", "feature/two", "--volumes")
    #expect(last.status == 0, "\(last)")
    #expect(try project.objects(of: "feature-two").isEmpty)
    try expectAnswers(of: "the main checkout", data: nil, main)
  }

  @Test func mergedModelDiffersFromTheProjectsByWhatIsMeantAlone() async throws {
    let project = try LiveProject(example: "everything", in: try await Sandbox.withEngine())
    try project.create("one", "--no-start")
    let all = ["COMPOSE_PROFILES": "*"]
    let merged = try project.sandbox.run(
      "env", ["COMPOSE_PROFILES=*", "docker", "compose", "config", "--format", "json"],
      in: project.worktree("one"), environment: variables(of: "one", in: project))
    let original = try project.sandbox.run(
      "docker", ["compose", "config", "--format", "json"], in: project.root,
      environment: all)
    try #require(merged.status == 0 && original.status == 0, "\(merged)\n\(original)")
    var expected = EverythingModel(
      try JSONValue(
        parsing: Array(
          original.stdout.replacing("<root>/everything", with: "<root>/everything/\(place)").utf8)))
    expected.isolate(as: "one", ports: try project.ports(of: "one"))
    var found = EverythingModel(try JSONValue(parsing: Array(merged.stdout.utf8)))
    found.removeLabels()
    found.leaveSubnetsOut(expecting: ["backend", "default"])
    #expect(found.differences(from: expected) == [])
  }

  @Test func composeTypedWithTheVariablesReachesTheEnvironmentThoughTheNameIsPinned() async throws {
    let project = try LiveProject(example: "everything", in: try await Sandbox.withEngine())
    project.sandbox.whenDone {
      try $0.output("docker", ["volume", "rm", "everything-certificates"], in: "/")
    }
    _ = try project.docker("volume", "create", "everything-certificates")
    try project.create("one")
    let shown = try project.compose("ps", "--all", "--format", "{{.Project}} {{.Name}}", in: "one")
    let lines = shown.stdout.split(separator: "\n")
    #expect(lines.count == 9, "\(shown)")
    #expect(lines.allSatisfy { $0.hasPrefix("piko-everything-one piko-everything-one-") })

    let before = try identifiers(in: project)
    let up = try project.compose("up", "--detach", in: "one")
    #expect(up.status == 0, "\(up)")
    #expect(try identifiers(in: project) == before, "\(up)")
    let started = try project.create("one", "--reuse")
    #expect(try identifiers(in: project) == before, "\(started)")
    // The external volume can go only when nothing uses it.
    try #require(project.piko("destroy", "one", "--volumes").status == 0)
  }

  // MARK: - The main checkout

  /// A port of a service, what it speaks, and where it listens.
  private struct Door {
    let service: String
    let port: Int
    var isUDP = false
  }

  private let place = ".piko/worktrees/one"

  /// Starts the main checkout by plain Compose and gives its ports.
  private func startMain(of project: LiveProject) throws -> [Door] {
    let root = project.root
    project.sandbox.whenDone {
      try $0.output("docker", ["compose", "--profile", "*", "down", "-v", "-t", "1"], in: root)
      try $0.output("docker", ["volume", "rm", "everything-certificates"], in: "/")
      try $0.output("docker", ["rmi", "everything-app:dev"], in: "/")
    }
    try project.sandbox.write(
      "the main checkout\n", to: root.appending("site").appending("checkout.local"))
    _ = try project.docker("volume", "create", "everything-certificates")
    try project.sandbox.output("docker", ["compose", "up", "--detach"], in: root)
    let metrics = try project.sandbox.output(
      "docker", ["compose", "port", "metrics", "7000"], in: root)
    let chosen = try #require(metrics.split(separator: ":").last.flatMap { Int($0) })
    return [
      Door(service: "web", port: 23000), Door(service: "web", port: 23001),
      Door(service: "api", port: 28000), Door(service: "mail", port: 24100),
      Door(service: "mail", port: 24101), Door(service: "mail", port: 24102),
      Door(service: "names", port: 25300), Door(service: "names", port: 25300, isUDP: true),
      Door(service: "admin", port: 29000), Door(service: "metrics", port: chosen),
      Door(service: "db", port: 25432), Door(service: "app", port: 28080),
    ]
  }

  /// The doors of an environment: all that it publishes but the port of the profile that is off.
  private func table(of name: String, in project: LiveProject) throws -> [Door] {
    let doors = try project.ports(of: name).filter { $0.service != "debug" }
      .map { Door(service: $0.service, port: $0.port, isUDP: $0.protocol == "udp") }
    #expect(doors.count == 12)
    return doors
  }

  // MARK: - Expectations

  private func expectAnswers(
    of checkout: String, data: String?, _ doors: [Door],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    for door in doors {
      let told =
        try door.isUDP ? Wire.udp(door.port) : Wire.http(door.port, path: "/cgi-bin/who")
      let keeps = ["db", "web", "api"].contains(door.service)
      let kept = keeps ? data.map { "\($0)-\(door.service)" } ?? "nothing" : "nothing"
      let more = [
        "api": "greeting=from the local file\n", "web": "overridden=yes\n", "app": "built=main\n",
      ]
      let expected =
        "service=\(door.service)\ncheckout=\(checkout)\ndata=\(kept)\n\(more[door.service] ?? "")"
      #expect(told == expected, "port \(door.port)", sourceLocation: sourceLocation)
    }
  }

  /// The old container names lead to the environment's own containers.
  private func expectOwnLookups(in project: LiveProject, _ names: [String]) throws {
    for name in names {
      for (client, host) in [
        ("web", "everything-db:5432"), ("web", "db:5432"), ("api", "everything-admin:9000"),
      ] {
        let told = try project.compose(
          "exec", "-T", client, "wget", "-q", "-O", "-", "http://\(host)/cgi-bin/who", in: name)
        #expect(told.stdout.contains("checkout=\(name)\n"), "\(told)")
      }
    }
  }

  /// What is bound to this machine's own address is reached there alone.
  private func expectLocalBinding(
    _ main: [Door], in project: LiveProject, _ names: [String]
  ) throws {
    let other = try project.docker(
      "network", "inspect", "--format", "{{(index .IPAM.Config 0).Gateway}}", "bridge")
    let tables = try [main] + names.map { try table(of: $0, in: project) }
    for table in tables {
      for door in table where !door.isUDP {
        #expect(
          Wire.listens(door.port, address: other) == (door.service != "admin"),
          "\(door.service) at \(other):\(door.port)")
      }
    }
  }

  private func variables(of name: String, in project: LiveProject) throws -> [String: String?] {
    let told = try project.piko("env", name, "--json")
    let text = told.stdout.replacing("<root>", with: project.sandbox.root.string)
    let all = try JSONValue(parsing: Array(text.utf8))["variables"]?.object ?? [:]
    return all.mapValues { $0.string }
  }

  private func identifiers(in project: LiveProject) throws -> [String] {
    try project.lines([
      "ps", "--all", "--no-trunc", "--format", "{{.ID}}", "--filter",
      "label=com.docker.compose.project=piko-everything-one",
    ])
  }

  /// What the engine says of all containers, volumes and networks of Compose projects, and of the
  /// external volume, in an order of its own and without what changes by itself.
  private func inspection(
    of composeProjects: [String], _ project: LiveProject
  ) throws -> [String: JSONValue] {
    var found: [String: JSONValue] = [:]
    for composeProject in composeProjects {
      let filter = ["--filter", "label=com.docker.compose.project=\(composeProject)"]
      for (kind, listing) in [
        ("container", ["ps", "--all", "--quiet"]), ("volume", ["volume", "ls", "--quiet"]),
        ("network", ["network", "ls", "--quiet"]),
      ] {
        for identifier in try project.lines(listing + filter) {
          found["\(kind) \(identifier)"] = try inspect(kind, identifier, project)
        }
      }
    }
    let external = "everything-certificates"
    found["volume \(external)"] = try inspect("volume", external, project)
    return found
  }

  private func inspect(
    _ kind: String, _ identifier: String, _ project: LiveProject
  ) throws -> JSONValue {
    try JSONValue(parsing: Array(project.docker(kind, "inspect", identifier).utf8)).settled
  }
}

extension JSONValue {
  /// The value with lists in a fixed order and without what health checks change all the time.
  fileprivate var settled: JSONValue {
    switch self {
    case .array(let items):
      .array(items.map(\.settled).sorted { "\($0.sortKey)" < "\($1.sortKey)" })
    case .object(let members):
      .object(members.filter { !["Log", "ExecIDs"].contains($0.key) }.mapValues(\.settled))
    default: self
    }
  }

  private var sortKey: String {
    switch self {
    case .array(let items): items.map(\.sortKey).joined(separator: ",")
    case .object(let members):
      members.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.sortKey)" }
        .joined(separator: ",")
    default: "\(self)"
    }
  }
}
