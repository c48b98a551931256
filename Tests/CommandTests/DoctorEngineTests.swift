import FoundationEssentials
import Support
import SystemPackage
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What `piko doctor` says of the engine.
@Suite(.tags(.engine), .engine) struct DoctorEngineTests {
  private func project(in sandbox: Sandbox) throws -> FilePath {
    let project = try sandbox.repository(
      "doc",
      files: [
        "compose.yaml": """
        services:
          web:
            image: \(TestImage.tag)
            command: [httpd, -f, -p, "80"]
            init: true
            ports: ["8080:80"]
        """
      ])
    let made = try sandbox.piko("create", "one", "--yes", in: project)
    try #require(made.status == 0, "\(made)")
    return project
  }

  @Test func removesWhatIsLeftOfAnEnvironmentThatIsGoneButNoData() async throws {
    let sandbox = try await Sandbox.withEngine()
    let project = try project(in: sandbox)
    let labels = [
      "--label", "dev.piko.root=\(project)", "--label", "dev.piko.environment=ghost",
      "--label", "dev.piko.project=doc",
    ]
    let name = "piko-doc-ghost-\(getpid())"
    try sandbox.output(
      "docker",
      ["create", "--name", name] + labels + ["-v", "/anonymous", TestImage.tag, "true"])
    try sandbox.output("docker", ["network", "create"] + labels + [name])
    try sandbox.output("docker", ["volume", "create"] + labels + [name])

    let nameless = try sandbox.output(
      "docker", ["inspect", "--format", "{{range .Mounts}}{{.Name}}{{end}}", name])

    let seen = try sandbox.piko("doctor", in: project)
    #expect(seen.status == 0, "\(seen)")
    for kind in ["container", "network"] {
      #expect(seen.stdout.contains("warning orphans: \(kind) '\(name)' is left of "), "\(seen)")
    }
    #expect(
      seen.stdout.contains(
        """
        ok      orphans: volume '\(name)' is data that was kept of environment 'ghost' of \
        '<root>/doc', which is gone
                to remove it: docker volume rm \(name)

        """), "\(seen)")
    let mended = try sandbox.piko("doctor", "--fix", in: project)
    #expect(mended.stdout.contains("mended  orphans: container '\(name)'"), "\(mended)")
    #expect(mended.stdout.contains("mended  orphans: network '\(name)'"))
    #expect(mended.stdout.contains("        to remove it: docker volume rm \(name)\n"))
    let again = try sandbox.piko("doctor", "--fix", in: project)
    #expect(!again.stdout.contains("mended"), "\(again)")
    #expect(again.stdout.contains("orphans: volume '\(name)'"))
    // The removed container's volume without a name stays, and is not lost sight of.
    #expect(
      again.stdout.contains(
        "orphans: volume '\(nameless)' is data that was kept of environment 'ghost'"))
    try sandbox.output("docker", ["volume", "rm", name, nameless])
    let well = try sandbox.piko("doctor", in: project).stdout
    #expect(well.contains("ok      orphans: nothing to mend\n"), "\(well)")
    #expect(well.contains("ok      engine: answers\n"))
    // The living environment's own were not touched.
    let running = try sandbox.output(
      "docker", ["ps", "-q", "--filter", "label=dev.piko.root=\(project)"])
    #expect(!running.isEmpty)
  }

  @Test func namesTheProcessOnALeasedPort() async throws {
    let sandbox = try await Sandbox.withEngine()
    let project = try project(in: sandbox)
    let port = try #require(
      UInt16(try sandbox.piko("ports", "one", "-q", in: project).stdout.dropLast()))
    #expect(try sandbox.piko("doctor", in: project).stdout.contains("ok      ports: nothing"))
    let container = try sandbox.output(
      "docker", ["ps", "-q", "--filter", "label=dev.piko.root=\(project)"])
    try sandbox.output("docker", ["stop", "-t", "0", container])
    try sandbox.output("docker", ["wait", container])
    let listener = try listener(on: port)
    // The engine's list lags behind its own answer for a moment.
    var seen = ""
    for _ in 1...20 where !seen.contains("warning ports") {
      seen = try sandbox.piko("doctor", "--fix", in: project).stdout
    }
    #expect(
      seen.contains("warning ports: port \(port) of environment 'one' (web) is used by "), "\(seen)"
    )
    #expect(seen.contains("(pid \(getpid()))\n"), "\(seen)")
    #expect(seen.contains("        to mend it: piko ports one --reassign\n"))
    close(listener)
    #expect(try sandbox.piko("doctor", in: project).stdout.contains("ok      ports: nothing"))
  }

  @Test func removesTheImageTagsOfAnEnvironmentThatIsGone() async throws {
    let sandbox = try await Sandbox.withEngine()
    let project = try project(in: sandbox)
    let tag = "piko-doc-ghost/web:latest"
    let labels = ["root=\(project)", "environment=ghost", "project=doc"].flatMap {
      ["--change", "LABEL dev.piko.\($0)"]
    }
    try sandbox.write("", to: "empty/file")
    try sandbox.output("tar", ["-C", "\(sandbox.root)/empty", "-cf", "\(sandbox.root)/e.tar", "."])
    try sandbox.output("docker", ["import"] + labels + ["\(sandbox.root)/e.tar", tag])
    let seen = try sandbox.piko("doctor", in: project)
    #expect(seen.stdout.contains("warning orphans: image '\(tag)' is left of "), "\(seen)")
    let mended = try sandbox.piko("doctor", "--fix", in: project)
    #expect(mended.stdout.contains("mended  orphans: image '\(tag)'"), "\(mended)")
    #expect(try sandbox.output("docker", ["images", "-q", tag]) == "")
    #expect(try !sandbox.piko("doctor", "--fix", in: project).stdout.contains("mended"))
  }

  @Test func seesAServiceThatPublishesAnotherPort() async throws {
    let sandbox = try await Sandbox.withEngine()
    let project = try project(in: sandbox)
    let port = try sandbox.piko("ports", "one", "-q", in: project).stdout.dropLast()
    // Somebody edits the override and brings Compose up by hand.
    let override = project.pushing(".piko/worktrees/one/docker-compose.piko.yml")
    let other = try #require(Int(port)) + 7
    try sandbox.write(
      sandbox.read(override).replacing(port, with: "\(other)"), to: override)
    let typed = try sandbox.piko(
      "env", "one", "--", "docker", "compose", "up", "-d", in: project)
    #expect(typed.status == 0, "\(typed)")
    let seen = try sandbox.piko("doctor", in: project).stdout
    #expect(
      seen.contains(
        "warning ports: service 'web' of environment 'one' publishes port \(other), not the leased "
      ),
      "\(seen)")
    #expect(seen.contains("        to mend it: piko up one\n"))
    #expect(try sandbox.piko("up", "one", in: project).status == 0)
    #expect(try sandbox.piko("doctor", in: project).stdout.contains("ok      ports: nothing"))
  }

  @Test func keepsContainersWhoseWorktreeIsGone() async throws {
    let sandbox = try await Sandbox.withEngine()
    let project = try project(in: sandbox)
    try FileManager.default.removeItem(
      atPath: project.pushing(".piko/worktrees/one").string)
    let seen = try sandbox.piko("doctor", "--fix", in: project)
    #expect(seen.status == 1)
    #expect(
      seen.stdout.contains("error   environments: the worktree of environment 'one' is gone\n"))
    #expect(seen.stdout.contains("        to mend it: piko destroy one\n"))
    let destroyed = try sandbox.piko("destroy", "one", in: project)
    #expect(destroyed.status == 0, "\(destroyed)")
    #expect(try sandbox.piko("doctor", in: project).status == 0)
  }

  @Test func entersRunningEnvironmentsIntoANewRegister() async throws {
    let sandbox = try await Sandbox.withEngine()
    let project = try project(in: sandbox)
    let before = try sandbox.piko("env", "one", in: project).stdout
    try sandbox.write("noise", to: "state/piko/registry.db")
    for suffix in ["-wal", "-shm"] {
      try? FileManager.default.removeItem(
        atPath: "\(sandbox.root)/state/piko/registry.db\(suffix)")
    }
    // From outside: only the engine's labels lead to the project.
    let mended = try sandbox.piko("doctor", "--fix")
    #expect(mended.stdout.contains("mended  databases: "), "\(mended)")
    #expect(mended.stdout.contains("mended  environments: environment 'one' of '<root>/doc'"))
    #expect(try sandbox.piko("env", "one", in: project).stdout == before)
    let list = try sandbox.piko("list", in: project).stdout
    #expect(list.contains("running 1/1"), "\(list)")
  }

  /// A socket of this process that listens on a port as soon as the engine has let go of it.
  private func listener(on port: UInt16) throws -> Int32 {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    _ = fcntl(listener, F_SETFD, FD_CLOEXEC)
    var yes: Int32 = 1
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    let deadline = ContinuousClock.now + .seconds(10)
    while true {
      let bound = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
      if bound == 0, listen(listener, 1) == 0 { return listener }
      try #require(ContinuousClock.now < deadline, "port \(port) stays taken")
      usleep(50_000)
    }
  }
}
