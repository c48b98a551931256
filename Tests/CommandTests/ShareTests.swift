import PikoCore
import Support
import SystemPackage
import Testing

/// `piko share` where nothing has to run.
@Suite struct ShareRefusalTests {
  @Test func namesTheCreateThatSharesWhereThereIsNoEnvironmentYet() throws {
    let shop = try Workshop(files: ["compose.yaml": "services: {redis: {image: x}}\n"])
    let refused = try shop.piko("share", "redis")
    #expect(refused.status == 1)
    #expect(refused.stderr.contains("run 'piko create NAME --shared redis'\n"), "\(refused)")
    #expect(try shop.piko("share").status == 129)
  }

  @Test func refusesWhatCannotRunApart() throws {
    let shop = try Workshop(files: [
      "compose.yaml": """
      services:
        redis: {image: x}
        exporter: {image: x, network_mode: "service:redis"}
        api: {image: x, depends_on: [db]}
        db: {image: x}
        bare: {image: x, network_mode: none}

      """
    ])
    try shop.create("a", "--no-start")
    func refusal(_ service: String) throws -> String {
      let refused = try shop.piko("share", service, "--yes")
      #expect(refused.status == 1)
      return refused.stderr
    }
    #expect(
      try refusal("redus") == """
        error: cannot share 'redus': the project has no such service
        hint: the most similar service is 'redis'

        """)
    #expect(
      try refusal("redis")
        == "error: cannot share service 'redis': service 'exporter' uses its network\n")
    #expect(
      try refusal("api") == """
        error: cannot share service 'api': it depends on service 'db', of which each environment has its own
        hint: to share that first, run 'piko share db'

        """)
    #expect(
      try refusal("nothing") == """
        error: cannot share 'nothing': the project has no such service
        hint: it has api, bare, db, exporter, redis

        """)
    #expect(try refusal("bare").contains("it is on no network of its own"))
    #expect(try shop.piko("list", "--json").stdout.contains("sharedServices") == false)
    let unknown = try shop.piko("create", "b", "--no-start", "--shared", "redus")
    #expect(unknown.status == 1)
    #expect(unknown.stderr.contains("cannot share 'redus': the project has no such service"))
    let both = try shop.piko("create", "b", "--shared", "db", "--isolate", "db")
    #expect(both.status == 129)
  }
}

/// Which of the ways to say what is shared counts, without an engine.
@Suite struct SharingOrderTests {
  private static let files = [
    "compose.yaml": """
    services:
      web: {image: x, depends_on: [redis, db]}
      redis: {image: x, ports: ["6379"]}
      db: {image: x, ports: ["5432"]}

    """,
    ".piko.yml": "shared: [redis]\n",
  ]

  /// The services that an environment shares, by the ports it is told.
  private func shared(_ environment: String, _ shop: Workshop) throws -> [String] {
    let told = try JSONValue(
      parsing: Array(try shop.piko("ports", environment, "--json").stdout.utf8))
    return (told["ports"]?.array ?? []).filter { $0["shared"] == .bool(true) }
      .compactMap { $0["service"]?.string }
  }

  @Test func theCommandLineCountsOverTheProjectsFileAndTheUsersHasNoSay() throws {
    let shop = try Workshop(files: Self.files)
    try shop.create("file", "--no-start")
    #expect(try shared("file", shop) == ["redis"])
    try shop.create("own", "--no-start", "--isolate", "redis")
    #expect(try shared("own", shop).isEmpty)
    try shop.create("more", "--no-start", "--shared", "db")
    #expect(try shared("more", shop) == ["db", "redis"])
    // The user's file has no say in it: it is of all projects.
    try shop.sandbox.write("shared: [db]\n", to: "config/piko/config.yml")
    let wrong = try shop.piko("config")
    #expect(wrong.status == 128 && wrong.stderr.contains("it belongs in the project's '.piko.yml'"))
    try shop.sandbox.output("rm", ["config/piko/config.yml"], in: shop.sandbox.root)
  }

  @Test func theHintOfARefusedCreateKeepsWhatIsShared() throws {
    let shop = try Workshop(files: Self.files)
    let refused = try shop.piko("create", "x", "--shared", "db", "--isolate", "redis")
    #expect(refused.status == 128)
    #expect(
      refused.stderr.contains("'piko create --no-start --shared db --isolate redis x'"),
      "\(refused)")
  }
}

/// Services that run once for all environments, on the real engine.
@Suite(.tags(.engine), .engine) struct ShareTests {
  /// A create before anybody shares, then `piko share` killed at each step, then what it promises.
  @Test func replacesTheCopiesThatRunAfterAskingAndGoesOnAfterAKill() async throws {
    let scene = try await SharingScene()
    let shop = scene.project
    try shop.create("a")
    try shop.create("b", "--no-start")
    let before = try scene.redis(of: "a")

    let refused = try shop.piko("share", "redis")
    #expect(refused.status == 1)
    #expect(refused.stderr.contains("the redis of a is replaced by the shared one"), "\(refused)")
    #expect(refused.stderr.hasSuffix("run 'piko share --yes redis'\n"))
    #expect(try scene.redis(of: "a") == before)
    let asked = try scene.sandbox.run(
      "script", ["-qec", "piko share redis", "/dev/null"], in: shop.root, input: "n\n")
    #expect(asked.stdout.contains("the redis of a is replaced by the shared one"), "\(asked)")
    #expect(asked.stdout.contains("Do that now? [y/N]") && asked.status == 1)
    #expect(try scene.redis(of: "a") == before)

    for fault in ["decide", "after-decide", "recreate", "start", "after-start", "retire"] {
      let killed = try shop.piko(
        "share", "redis", "--yes", environment: ["PIKO_TEST_FAULT": "\(fault):kill"])
      #expect(killed.status == 137 || killed.status == 0, "\(fault): \(killed)")
    }
    let killed = try shop.piko(
      "share", "redis", "--yes", environment: ["PIKO_TEST_FAULT": "after-decide:kill"])
    #expect(killed.status == 137)
    let mended = try shop.piko("doctor", "--fix")
    #expect(mended.stdout.contains("'piko share redis' was cut off"), "\(mended)")
    let shared = try scene.sandbox.run(
      "script", ["-qec", "piko share redis", "/dev/null"], in: shop.root, input: "y\n")
    #expect(shared.status == 0, "\(shared)")
    #expect(shared.stdout.hasSuffix(" Shared redis (a, b)\r\n"), "\(shared)")
    let doctor = try shop.piko("doctor")
    #expect(!doctor.stdout.contains("cut off") && !doctor.stdout.contains("never ended"))

    let up = try shop.piko("up", "b")
    #expect(up.status == 0, "\(up)")
    #expect(up.stderr.contains("✓ Started 2 containers (web, redis:shared)\n"), "\(up)")
    #expect(
      try scene.containers() == [
        "piko-shop-a-web-1 running", "piko-shop-b-web-1 running",
        "piko-shop-shared-redis-1 running",
      ])
    let one = try scene.redis(of: "a")
    #expect(one != before && !one.isEmpty)
    for name in ["redis", "cache", "the-redis"] {
      #expect(try scene.redis(name, of: "b") == one)
    }
    #expect(try scene.published(of: "a") == one)
    #expect(try shop.port("redis", 6379, of: "a") == shop.port("redis", 6379, of: "b"))
    let ports = try shop.piko("ports", "b", "--json").stdout
    #expect(ports.contains(#""service":"redis","shared":true"#), "\(ports)")
    let list = try shop.piko("list").stdout
    #expect(list.contains("redis:shared web:"))
    #expect(list.contains("redis:shared    ") && list.contains(" (a, b)\n"), "\(list)")
    #expect(try shop.piko("list", "-q").stdout == "a\nb\n")
    #expect(try shop.piko("status", "a").stdout.contains("  shared    redis, running, healthy, "))
    #expect(try shop.piko("logs", "shared", "redis").status == 0)

    // A model in which another profile is on is still valid.
    let worker = try shop.compose("--profile", "work", "config", "--services", in: "a")
    #expect(worker.stdout == "web\nworker\n", "\(worker)")
    try await theDefinitionChanges(scene, one)
    try itStopsWithItsLastUser(scene, one)
  }

  /// A changed definition is said, and taken when it is asked for; the data stays.
  private func theDefinitionChanges(_ scene: SharingScene, _ data: String) async throws {
    let shop = scene.project
    try scene.sandbox.write(
      SharingScene.compose.replacing(
        "container_name: the-redis", with: "environment: {CHANGED: 'yes'}"),
      to: shop.root.appending("compose.yaml"))
    let up = try shop.piko("up", "a")
    #expect(
      up.stderr.contains(
        """
        warning: the definition of shared service 'redis' has changed since it was started
        hint: to run it as it is defined now, run 'piko share redis'

        """), "\(up)")
    #expect(up.stderr.contains("warning: this branch defines service 'redis' otherwise"))
    let environment = ["exec", "piko-shop-shared-redis-1", "sh", "-c", "echo ${CHANGED?}"]
    #expect(throws: Failure.self) { try scene.sandbox.output("docker", environment, in: "/") }
    let again = try shop.piko("share", "redis", "--yes")
    #expect(again.status == 0, "\(again)")
    #expect(try scene.sandbox.output("docker", environment, in: "/") == "yes")
    #expect(try scene.redis(of: "a") == data)
    #expect(try scene.redis(of: "b") == data)
    #expect(try scene.published(of: "b") == data)
  }

  private func itStopsWithItsLastUser(_ scene: SharingScene, _ data: String) throws {
    let shop = scene.project
    for (verb, users) in [("down", "'a', 'b'"), ("destroy", "'a', 'b'")] {
      let refused = try shop.piko(verb, "shared")
      #expect(refused.status == 1)
      #expect(refused.stderr.contains("in use by environments \(users)\n"), "\(refused)")
    }
    let rehearsed = try shop.piko("destroy", "shared", "--volumes", "--dry-run")
    #expect(rehearsed.status == 1 && rehearsed.stderr.contains("in use by environments 'a', 'b'"))
    #expect(
      rehearsed.stdout == """
        environment  shared
        containers   redis
        network      piko-shop-shared
        volume       piko-shop-shared_data

        """)
    #expect(try shop.piko("destroy", "shared", "--dry-run", "--force").status == 0)
    #expect(try shop.piko("down", "a").status == 0)
    #expect(try scene.redis(of: "b") == data)
    // Its network goes with it, and the shared container is taken off that first.
    let destroyed = try shop.piko("destroy", "a", "--volumes", "--delete-branch")
    #expect(destroyed.status == 0, "\(destroyed)")
    #expect(try scene.redis(of: "b") == data)
    let requests = try CountingEngine(for: scene.sandbox)
    let last = try shop.piko("down", "b", environment: ["DOCKER_HOST": requests.address])
    #expect(last.stderr.hasSuffix("✓ Stopped 1 shared service that nothing uses now (redis)\n"))
    // The engine says that a container has stopped before it lists it so: that is waited for.
    let asked = try requests.all()
    let stop = try #require(asked.lastIndex { $0.hasPrefix("POST ") && $0.contains("/stop") })
    #expect(
      asked[stop...].contains { $0.hasPrefix("GET ") && $0.contains("/containers/json") },
      "\(asked)")
    let alone = try shop.piko("up", "shared")
    #expect(alone.status == 0, "\(alone)")
    #expect(
      try scene.containers() == ["piko-shop-b-web-1 exited", "piko-shop-shared-redis-1 running"])
    #expect(try scene.published(of: "b") == data)
    let down = try shop.piko("down", "shared")
    #expect(down.stderr.hasSuffix("✓ Stopped 1 shared service that nothing uses now (redis)\n"))
    #expect(
      try scene.containers() == ["piko-shop-b-web-1 exited", "piko-shop-shared-redis-1 exited"],
      "\(down)")
    let again = try shop.piko("up", "b")
    #expect(again.status == 0, "\(again)")
    #expect(try scene.redis(of: "b") == data)

    try scene.sandbox.output("rm", ["-rf", shop.root.pushing(".piko/state.db").string])
    try shop.create("c")
    #expect(try scene.redis(of: "c") == data, "what is shared was forgotten with the database")
    for name in ["b", "c"] {
      #expect(try shop.piko("destroy", name, "--volumes", "--delete-branch").status == 0)
    }
    let gone = try shop.piko("destroy", "shared", "--volumes")
    #expect(gone.status == 0, "\(gone)")
    #expect(try shop.objects(of: "shared").isEmpty)
  }

  /// `shared:` from the beginning, a real PostgreSQL, ten environments at once.
  @Test func tenEnvironmentsWriteToOneDatabaseAndNothingIsLost() async throws {
    let sandbox = try await Sandbox.withEngine()
    try DatabaseImage.make(for: sandbox)
    let shop = try LiveProject(
      """
      services:
        web:
          image: \(DatabaseImage.tag)
          init: true
          stop_grace_period: 1s
          command: sh -c 'mkdir -p /w && hostname > /w/index.html && exec httpd -f -p 80 -h /w'
          depends_on: {db: {condition: service_healthy}}
        db:
          image: \(DatabaseImage.tag)
          command: >-
            \(DatabaseImage.server.replacing("\n", with: "\n      "))
          stop_signal: SIGINT
          ports: ["28974:5432"]
          volumes: ["data:/data"]
          healthcheck:
            {test: ["CMD", "pg_isready", "-h", "localhost"], interval: 1s, retries: 60}
      volumes:
        data:

      """, named: "shop", files: [".piko.yml": "shared: [db]\n"], in: sandbox)
    let names = (1...10).map { "env\($0)" }
    for made in try atOnce(names, "piko create {}", shop, limit: 4) {
      #expect(made.hasSuffix("status 0"), "\(made)")
    }
    #expect(
      try databases(of: shop).count == 1)
    #expect(try Set(names.map { try shop.port("db", 5432, of: $0) }).count == 1)

    let table = "create table rows (env text, number int, primary key (env, number))"
    let made = try shop.piko("exec", "env1", "web", "psql", "-qh", "db", "-c", table)
    #expect(made.status == 0, "\(made)")
    let insert = "for i in $(seq 200); do echo \"insert into rows values ('{}', $i);\"; done"
    for wrote in try atOnce(
      names, "piko exec {} web sh -c '\(insert.replacing("'", with: "'\\''")) | psql -qh db'", shop,
      limit: 10)
    {
      #expect(wrote == "status 0", "\(wrote)")
    }
    let count = "select count(*), count(distinct env) from rows"
    func rows(_ name: String) throws -> String {
      let told = try shop.piko("exec", name, "web", "psql", "-Atqh", "db", "-c", count)
      return told.status == 0 ? told.stdout : "\(told)"
    }
    #expect(try rows("env10") == "2000|10\n")
    try theyCannotSeeEachOther(names, shop)

    for down in try atOnce(names, "piko down {} -q", shop, limit: 5) {
      #expect(down == "status 0", "\(down)")
    }
    #expect(
      try databases(of: shop).isEmpty)
    let again = try shop.piko("up", "env3", "-q")
    #expect(again.status == 0, "\(again)")
    #expect(try rows("env3") == "2000|10\n")
    for gone in try atOnce(names, "piko destroy {} --volumes -q", shop, limit: 5) {
      #expect(gone == "status 0", "\(gone)")
    }
    #expect(try names.flatMap { try shop.objects(of: $0) }.isEmpty)
    #expect(try shop.piko("destroy", "shared", "--volumes").status == 0)
    #expect(try shop.objects(of: "shared").isEmpty)
  }

  /// The running containers of its service `db`.
  private func databases(of shop: LiveProject) throws -> [String] {
    try shop.lines([
      "ps", "--quiet", "--filter", "label=com.docker.compose.service=db", "--filter",
      "label=dev.piko.root=\(shop.root)",
    ])
  }

  /// Asked from inside, many times: `web` is its own one, and no other's address answers.
  private func theyCannotSeeEachOther(_ names: [String], _ shop: LiveProject) throws {
    let ask = """
      for i in $(seq 25); do nslookup web | sed -n "s/^Address: *//p" | grep -v :53; done | sort -u;
      wget -qO- http://web/; hostname -i; hostname
      """
    var addresses: [String] = []
    for told in try atOnce(names, "piko exec {} web sh -c '\(ask)'", shop, limit: 5) {
      let lines = told.split(separator: "\n").map(String.init)
      try #require(lines.count == 5, "\(told)")
      #expect(lines[0] == lines[2], "\(told)")
      #expect(lines[1] == lines[3], "\(told)")
      addresses.append(lines[2])
    }
    #expect(Set(addresses).count == names.count)
    let all = addresses.joined(separator: " ")
    let reach = """
      for to in \(all); do timeout 1 wget -qO- http://$to/ >/dev/null 2>&1 && echo $to; done; hostname -i
      """
    for told in try atOnce(names, "piko exec {} web sh -c '\(reach)'", shop, limit: 10) {
      let lines = told.split(separator: "\n").map(String.init)
      #expect(lines.count == 3 && lines[0] == lines[1], "\(told)")
    }
  }

  /// Runs a line of shell for each name, `{}` standing for it: what each printed, and its status.
  private func atOnce(
    _ names: [String], _ line: String, _ project: LiveProject, limit: Int
  ) throws -> [String] {
    let place = project.sandbox.root.appending("line")
    try project.sandbox.write(
      names.map { "#!/bin/sh\n# \($0)\n" }.joined(), to: place)
    var commands = ""
    for (index, name) in names.enumerated() {
      let file = project.sandbox.root.appending("line\(index)")
      try project.sandbox.write(
        "\(line.replacing("{}", with: name))\necho status $?\n", to: file)
      commands += "\(file)\n"
    }
    let ran = try project.sandbox.run(
      "xargs", ["-P", "\(limit)", "-I", "{}", "sh", "-c", "sh {} >{}.out 2>&1"], in: project.root,
      input: commands, timeout: .seconds(300))
    try #require(ran.status == 0, "\(ran)")
    return try names.indices.map {
      let text = try project.sandbox.read(project.sandbox.root.appending("line\($0).out"))
      return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }
  }
}
