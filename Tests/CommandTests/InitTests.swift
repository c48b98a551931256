import PikoCore
import Support
import SystemPackage
import Testing

/// A first `.piko.yml`.
@Suite struct InitTests {
  let sandbox: Sandbox

  init() throws { sandbox = try Sandbox() }

  /// The file with every example in force.
  private func uncommented(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { line -> Substring in
      let isExample = line.hasPrefix("#  ") || line.hasPrefix("#") && !line.hasPrefix("# ")
      return isExample ? line.dropFirst() : line
    }.joined(separator: "\n")
  }

  @Test func writesWhatTheComposeFilesHold() throws {
    let project = try sandbox.repository(
      "shop",
      files: [
        "compose.yaml": """
        services:
          front:
            image: registry.example/front:1
            ports: ["8080:80", "9443:443", "80/udp"]
            env_file: [.env.local, tracked.env, {path: "odd [1].env", required: false}]
          db:
            image: postgres:16
            ports: ["5432"]
            volumes: ["./data.local/seed.sql:/seed.sql:ro"]
            env_file: .env.db
          cache: {image: "redis:7"}

        """,
        "tracked.env": "A=1\n", ".gitignore": ".env*\n*.local/\nodd*\n",
      ])
    for file in [".env", ".env.local", ".env.db", "odd [1].env", "data.local/seed.sql"] {
      try sandbox.write("B=1\n", to: project.pushing(FilePath(file)))
    }
    #expect(
      try sandbox.piko("init", in: project).text
        == "2| ✓ Wrote <root>/shop/.piko.yml\nstatus 0")
    let text = try sandbox.read(project.appending(".piko.yml"))
    #expect(
      text.hasPrefix(
        """
        # piko's configuration of this project; 'man 5 piko-config' explains every key.
        # Nothing has to stand in here. A key behind a '#' is an example: take the '#' away.
        #
        # Services in compose.yaml:
        # - cache
        # - db (5432)
        # - front (80, 443)

        # The project's name, instead of the directory's.
        #name: shop
        """), "\(text)")
    #expect(
      text.contains(
        """

        copy:
          - .env
          - .env.db
          - .env.local
          - data.local/seed.sql
          - "odd \\\\[1].env"

        """), "\(text)")
    for line in [
      #"#  FRONT_URL: "http://localhost:${PIKO_FRONT_PORT}""#, "#shared: [cache, db]",
      "#  db: psql -U postgres", "#  cache: redis-cli", "#open: front",
      "#compose: [compose.yaml]",
    ] { #expect(text.contains("\n\(line)\n"), "\(line)\n\(text)") }
    // What is in force needs no consent, and does what it says.
    let worktree = try sandbox.create("x", "--no-start", in: project)
    for file in [".env", ".env.local", "odd [1].env", "data.local/seed.sql"] {
      #expect(sandbox.exists(worktree.pushing(FilePath(file))), "\(file)")
    }
    #expect(try sandbox.piko("config", "--check", in: project).text == "status 0")
  }

  @Test(arguments: [true, false])
  func everyExampleIsRight(hasContainers: Bool) throws {
    let compose = "services: {web: {image: x, ports: ['80']}, my-db: {image: mysql}}\n"
    let project = try sandbox.repository(
      "it's 2", files: hasContainers ? ["compose.yaml": compose] : ["README": ""])
    let printed = try sandbox.piko("init", "--print", in: project)
    #expect(printed.status == 0 && printed.stderr.isEmpty)
    #expect(!sandbox.exists(project.appending(".piko.yml")))
    let all = uncommented(printed.stdout)
    #expect(all != printed.stdout)
    try sandbox.write(all, to: project.appending(".piko.yml"))
    #expect(try sandbox.piko("config", "--check", in: project).text == "status 0", "\(all)")
    let told = try sandbox.piko("config", "--json", in: project).stdout
    let keys =
      ["name", "copy", "link", "scripts.setup"]
      + (hasContainers
        ? ["compose", "env.ENVIRONMENT", "shared", "shells.my-db", "open"]
        : ["ports.web", "windows.web", "env.WEB_URL"])
    for key in keys { #expect(told.contains("\"key\":\"\(key)\""), "\(key) \(all)") }
  }

  @Test func neverWritesOverAFile() throws {
    for (name, file) in [("one", ".piko.yml"), ("two", ".piko.yaml")] {
      let project = try sandbox.repository(name, files: [file: "name: mine\n"])
      let refused = try sandbox.piko("init", in: project)
      #expect(refused.status == (name == "one" ? 1 : 128), "\(refused)")
      #expect(try sandbox.read(project.appending(file)) == "name: mine\n")
    }
    let project = try sandbox.repository("three", files: ["README": ""])
    try sandbox.output("ln", ["-s", "elsewhere", ".piko.yml"], in: project)
    #expect(
      try sandbox.piko("init", in: project).text == """
        2| error: '<root>/three/.piko.yml' exists already
        2| hint: to see what a new one would say, run 'piko init --print'
        status 1
        """)
    #expect(!sandbox.exists(project.appending("elsewhere")))
    #expect(try sandbox.piko("init", "--print", in: project).status == 0)
  }

  @Test func belongsToTheRootWhereverItIsTyped() throws {
    let project = try sandbox.project(configured: "name: a")
    let worktree = try sandbox.create("x", in: project)
    try sandbox.output("rm", [".piko.yml"], in: project)
    #expect(
      try sandbox.piko("init", in: worktree).text
        == "2| ✓ Wrote <root>/project/.piko.yml\nstatus 0")
  }

  @Test func doesWithoutCompose() throws {
    let project = try sandbox.repository(
      files: ["compose.yaml": "services: {web: {image: x}, b: {image: y}}\n"])
    try sandbox.write("#!/bin/sh\nexit 1\n", to: "tools/docker", mode: 0o755)
    let path = "\(sandbox.root)/tools:\(sandbox.variables["PATH"] ?? "")"
    let said = try sandbox.piko("init", "--print", in: project, environment: ["PATH": path])
    #expect(said.stdout.contains("# Services in compose.yaml:\n# - b\n# - web\n"))
    #expect(said.stderr.hasPrefix("warning: ports were left out: ") && said.status == 0)
  }

  @Test func aDirectoryThatCannotBeWrittenToIsAnError() throws {
    let project = try sandbox.repository(files: ["README": ""])
    try sandbox.output("mkdir", [".piko.yml"], in: project)
    #expect(try sandbox.piko("init", in: project).status == 1)
  }

  @Test func aFileThatComposeMissesIsMissingInTheMainCheckout() throws {
    let project = try sandbox.repository(
      "shop", files: ["compose.yaml": "services: {web: {image: x, env_file: .env.local}}\n"])
    let printed = try sandbox.piko("init", "--print", in: project)
    #expect(
      printed.stderr == """
        warning: ports were left out: cannot read the compose files: env file '.env.local' is missing \
        in the main checkout

        """)
    #expect(printed.status == 0)
  }
}
