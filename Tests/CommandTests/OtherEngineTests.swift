import PikoCore
import Support
import SystemPackage
import Testing

/// Two engines on one machine: what an environment has on the one is not to be looked for on the
/// other.
@Suite(.tags(.engine), .engine, .privateEngine) struct OtherEngineTests {
  /// Runs a test with the machine's engine, a second one, and a project of one web server.
  private func with(
    _ test: (LiveProject, PrivateEngine, _ address: String) throws -> Void
  ) async throws {
    let sandbox = try await Sandbox.withEngine()
    let engine = try PrivateEngine(in: sandbox)
    do {
      let project = try LiveProject(LiveProject.web, in: sandbox)
      try test(project, engine, try #require(engine.variables["DOCKER_HOST"] ?? nil))
    } catch {
      try? engine.end()
      throw error
    }
    try engine.end()
  }

  /// The names of an environment's containers on an engine.
  private func containers(_ project: LiveProject, on address: String? = nil) throws -> [String] {
    try project.sandbox.output(
      "docker",
      ["ps", "--all", "--format", "{{.Names}}", "--filter", "label=dev.piko.root=\(project.root)"],
      in: "/", environment: address.map { ["DOCKER_HOST": $0] } ?? [:]
    ).split(separator: "\n").map(String.init)
  }

  @Test(arguments: ["docker", "the plug-in"])
  func aScriptThatLeadsToAnotherIsNoticed(_ program: String) async throws {
    try await with { project, _, address in
      let sandbox = project.sandbox
      var environment: [String: String?] = [:]
      let find =
        "command -v docker; docker info -f '{{range .ClientInfo.Plugins}}{{println .Path}}{{end}}'"
      let found = try sandbox.output("sh", ["-c", find]).split(separator: "\n")
      if program == "docker" {
        let script = "#!/bin/sh\nexport DOCKER_HOST=\(address)\nexec \(found[0]) \"$@\"\n"
        try sandbox.write(script, to: "tools/docker", mode: 0o755)
        environment["PATH"] = "\(sandbox.root)/tools:\(sandbox.variables["PATH"] ?? "")"
      } else {
        let plugin = try #require(found.first { $0.hasSuffix("docker-compose") })
        let script = "#!/bin/sh\nexport DOCKER_HOST=\(address)\nexec \(plugin) \"$@\"\n"
        try sandbox.write(script, to: "docker/cli-plugins/docker-compose", mode: 0o755)
        environment["DOCKER_CONFIG"] = "\(sandbox.root)/docker"
      }
      let said = try project.piko("create", "one", environment: environment)
      #expect(said.status == 1, "\(said)")
      #expect(said.stderr.contains("error: 'docker' reaches another engine than 'unix:///"))
      #expect(said.stderr.contains("run 'docker compose -p piko-project-one down'\n"))
      #expect(sandbox.exists(project.worktree("one")))
      #expect(try containers(project).isEmpty)
      #expect(try containers(project, on: address) == ["piko-project-one-web-1"])
      if program == "docker" {
        // The address that the script leads to is known now.
        let shown = sandbox.normalized(address)
        #expect(said.stderr.contains("run 'export DOCKER_HOST=\(shown)'\n"), "\(said)")
        let refused = try project.piko("destroy", "one", environment: environment)
        #expect(refused.status == 1, "\(refused)")
        #expect(refused.stderr.contains("run 'DOCKER_HOST=\(shown) piko destroy one'\n"))
      } else {
        let again = try project.piko("up", "one", environment: environment)
        #expect(again.status == 1 && again.stderr.contains("reaches another engine"), "\(again)")
      }
      environment["DOCKER_HOST"] = address
      let up = try project.piko("up", "one", environment: environment)
      #expect(up.status == 0, "\(up)")
      let gone = try project.piko("destroy", "one", "--volumes", environment: environment)
      #expect(gone.status == 0, "\(gone)")
      #expect(try containers(project, on: address).isEmpty)
    }
  }

  @Test func nothingIsDoneOnAnotherThanItWasStartedOn() async throws {
    try await with { project, _, address in
      let other: [String: String?] = ["DOCKER_HOST": address]
      try project.create("one")
      let own = try #require(project.sandbox.variables["DOCKER_HOST"])
      let whole = own.replacing("/var/run/", with: "/run/")
      for (words, task) in [
        (["destroy", "one"], "destroy"), (["destroy", "--dry-run", "one"], "destroy"),
        (["up", "one"], "bring up"), (["down", "one"], "put down"),
      ] {
        let refused = try project.sandbox.piko(words, in: project.root, environment: other)
        #expect(refused.status == 1, "\(refused)")
        let error = "error: cannot \(task) environment 'one': it was started on the engine at "
        #expect(refused.stderr.contains("\(error)'\(whole)'"), "\(refused)")
        #expect(
          refused.stderr.contains("hint: to do it there, run 'DOCKER_HOST=\(whole) piko "),
          "\(refused)")
      }
      #expect(project.sandbox.exists(project.worktree("one")))
      #expect(try containers(project) == ["piko-project-one-web-1"])
      #expect(try containers(project, on: address).isEmpty)
      let there = project.sandbox.normalized(address)
      let notice = """
        warning: environment 'one' was started on the engine at '\(whole)', and the one at \
        '\(there)' has no container of it
        hint: to see what runs there, run 'DOCKER_HOST=\(whole) piko list'

        """
      for verb in [["list"], ["status", "one"]] {
        let seen = try project.sandbox.piko(verb, in: project.root, environment: other)
        #expect(seen.status == 0 && seen.stdout.contains("…"), "\(seen)")
        #expect(seen.stderr == notice, "\(seen)")
      }
      #expect(try !project.page(of: "one").isEmpty)

      let forced = try project.piko("destroy", "--force", "one", environment: other)
      #expect(forced.status == 0, "\(forced)")
      #expect(
        forced.stderr.contains(
          "warning: left what environment 'one' has on the engine at '\(whole)'\n"
            + "hint: to remove it, run 'DOCKER_HOST=\(whole) docker compose -p piko-project-one "
            + "down'\n"), "\(forced)")
      #expect(try containers(project) == ["piko-project-one-web-1"])
      _ = try project.docker("compose", "-p", "piko-project-one", "down", "--volumes")
    }
  }

  @Test func whatRunsSharedIsNotLookedForOnAnother() async throws {
    try await with { project, _, address in
      let other: [String: String?] = ["DOCKER_HOST": address]
      try project.create("one")
      #expect(try project.piko("share", "--yes", "web").status == 0)
      let shared = try containers(project)
      #expect(shared == ["piko-project-shared-web-1"])
      let own = try #require(project.sandbox.variables["DOCKER_HOST"])
      let whole = own.replacing("/var/run/", with: "/run/")
      for (words, task) in [
        (["destroy", "shared"], "destroy"), (["destroy", "--dry-run", "shared"], "destroy"),
        (["up", "shared"], "bring up"), (["down", "shared"], "put down"),
        (["isolate", "--yes", "web"], "isolate 'web' for"),
      ] {
        let refused = try project.sandbox.piko(words, in: project.root, environment: other)
        #expect(refused.status == 1, "\(refused)")
        let error = "error: cannot \(task) the shared services: they were started on the engine at "
        #expect(refused.stderr.contains("\(error)'\(whole)'"), "\(refused)")
      }
      let listed = try project.piko("list", environment: other)
      #expect(
        listed.stdout.contains("web:shared") && !listed.stdout.contains("stopped"), "\(listed)")
      let forced = try project.piko("destroy", "--force", "shared", environment: other)
      #expect(forced.status == 0, "\(forced)")
      #expect(
        forced.stderr.contains(
          "warning: left what the shared services have on the engine at '\(whole)'\n"),
        "\(forced)")
      #expect(try containers(project) == shared)
      _ = try project.docker("compose", "-p", "piko-project-shared", "down", "--volumes")
    }
  }

  @Test func itMayGoOnOnAnotherThatHasNothingOfItOnTheFirst() async throws {
    try await with { project, engine, address in
      try project.create("one")
      let other: [String: String?] = ["DOCKER_HOST": address]
      _ = try project.docker("compose", "-p", "piko-project-one", "down")
      let up = try project.piko("up", "one", environment: other)
      #expect(up.status == 0, "\(up)")
      #expect(try containers(project, on: address) == ["piko-project-one-web-1"])
      // One that is gone keeps nobody from starting anew.
      let shown = project.sandbox.normalized(address)
      try engine.stop()
      let back = try project.piko("up", "one")
      #expect(back.status == 0, "\(back)")
      #expect(
        back.stderr.contains(
          "warning: environment 'one' was started on the engine at '\(shown)', which does not "
            + "answer\n"), "\(back)")
      try engine.start()
      #expect(try project.piko("destroy", "one", "--volumes").status == 0)
    }
  }

  /// The machine's socket has two names wherever `/var/run` leads to `/run`.
  @Test func oneEngineByTwoNamesIsOne() async throws {
    let project = try LiveProject(LiveProject.web, in: try await Sandbox.withEngine())
    try project.create("one")
    let own = try #require(project.sandbox.variables["DOCKER_HOST"])
    let link = project.sandbox.root.appending("link.sock").string
    _ = try project.sandbox.output("ln", ["-s", String(own.dropFirst("unix://".count)), link])
    _ = try project.docker("rm", "--force", "piko-project-one-web-1")
    let environment = ["DOCKER_HOST": "unix://\(link)"]
    let up = try project.piko("up", "one", environment: environment)
    #expect(up.status == 0, "\(up)")
    let gone = try project.piko("destroy", "one", "--volumes", environment: environment)
    #expect(gone.status == 0, "\(gone)")
  }
}

/// What a start says where it starts nothing, and what is refused before anything is made.
@Suite(.tags(.engine), .engine) struct StartedNothingTests {
  @Test func aServiceThatIsGoneIsNamed() async throws {
    let two = LiveProject.web.replacing(
      "volumes:\n  data:",
      with: "  more:\n    image: \(TestImage.tag)\n    init: true\n"
        + "    command: sleep 600\nvolumes:\n  data:")
    let project = try LiveProject(two, in: try await Sandbox.withEngine())
    try project.create("one")
    try project.sandbox.write(
      LiveProject.web, to: project.worktree("one").appending("compose.yaml"))
    let up = try project.piko("up", "one")
    #expect(up.status == 0 && up.stderr.contains("Removed 1 container (more)"), "\(up)")
    #expect(!up.stderr.contains("Started"), "\(up)")
  }

  @Test func aRelativeSocketIsRefusedBeforeAnythingIsMade() async throws {
    let project = try LiveProject(LiveProject.web, in: try await Sandbox.withEngine())
    let own = try #require(project.sandbox.variables["DOCKER_HOST"])
    let link = project.root.appending("rel.sock").string
    _ = try project.sandbox.output("ln", ["-s", String(own.dropFirst("unix://".count)), link])
    let refused = try project.piko(
      "create", "one", environment: ["DOCKER_HOST": "unix://rel.sock"])
    #expect(refused.status == 128, "\(refused)")
    #expect(
      refused.stderr.contains(
        "error: cannot use the container engine at 'unix://rel.sock': its path is relative\n"
          + "hint: to name it whole, run 'export DOCKER_HOST=unix://<root>/project/rel.sock'\n"),
      "\(refused)")
    #expect(try project.traces(of: "one").isEmpty)
  }
}
