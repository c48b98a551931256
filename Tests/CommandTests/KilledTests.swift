import Support
import SystemPackage
import Testing

/// A create that is killed once containers may run is gone on with, or taken away.
@Suite(.tags(.engine), .engine) struct KilledTests {
  /// A project whose setup leaves a line for each time it ran.
  private func project(in sandbox: Sandbox) throws -> LiveProject {
    try LiveProject(
      LiveProject.web,
      files: [
        ".piko.yml": "scripts:\n  setup: echo ran >> setup.log\n", ".gitignore": "setup.log\n",
      ], in: sandbox)
  }

  @Test(arguments: ["start", "after-start", "setup", "after-setup"])
  func isGoneOnWith(_ step: String) async throws {
    let project = try project(in: try await Sandbox.withEngine())
    try kill(at: step, project)
    let again = try project.create("one", "--reuse")
    #expect(try project.states() == ["one running 1/1"], "\(again)")
    #expect(try !project.page(of: "one").isEmpty)
    let log = try project.sandbox.read(project.worktree("one").appending("setup.log"))
    #expect(log == "ran\n", "setup runs once: \(log)")
    try expectDestroyed(project)
  }

  @Test(arguments: ["start", "after-start", "setup"])
  func isTakenAway(_ step: String) async throws {
    let project = try project(in: try await Sandbox.withEngine())
    try kill(at: step, project)
    try expectDestroyed(project)
  }

  @Test(arguments: ["containers", "after-containers", "volumes", "after-volumes", "release"])
  func aKilledDestroyIsGoneOnWith(_ step: String) async throws {
    let project = try project(in: try await Sandbox.withEngine())
    try project.create("one", "--yes")
    let killed = try project.piko(
      "destroy", "one", "--volumes", environment: ["PIKO_TEST_FAULT": "\(step):kill"])
    #expect(killed.status == 128 + 9, "\(killed)")
    let refused = try project.piko("create", "one")
    #expect(refused.status == 1, "\(refused)")
    try expectDestroyed(project)
  }

  /// The verbs on what exists: killed at each moment of theirs, then typed again, or `up`.
  @Test(arguments: [
    ("up", "isolate"), ("up", "start"), ("up", "after-start"), ("up", "session"),
    ("restart", "restart"), ("restart", "after-restart"), ("down", "stop"), ("down", "after-stop"),
  ])
  func aKilledVerbIsGoneOnWith(_ verb: String, at step: String) async throws {
    let project = try project(in: try await Sandbox.withEngine())
    try project.create("one", "--yes")
    let page = try project.page(of: "one")
    let fault = ["PIKO_TEST_FAULT": "\(step):kill"]
    func cut() throws {
      // What runs already is not started.
      if verb == "up" { #expect(try project.piko("down", "one").status == 0) }
      let killed = try project.piko(verb, "one", environment: fault)
      #expect(killed.status == 128 + 9, "\(killed)")
    }
    try cut()
    let doctor = try project.piko("doctor", "--fix")
    let command = verb == "down" ? "down" : "up"
    #expect(doctor.status == 0, "\(doctor)")
    #expect(doctor.stdout.contains("'piko \(verb)' on environment 'one' was cut off"), "\(doctor)")
    #expect(doctor.stdout.contains("to go on, run 'piko \(command) one'"), "\(doctor)")
    try cut()

    let again = try project.piko(verb, "one")
    #expect(again.status == 0, "\(again)")
    let isDown = verb == "down"
    #expect(try project.states() == [isDown ? "one stopped" : "one running 1/1"])
    #expect(try project.piko("up", "one").status == 0)
    #expect(try project.page(of: "one") == page)
    let log = try project.sandbox.read(project.worktree("one").appending("setup.log"))
    #expect(log == "ran\n", "setup runs once: \(log)")
    let wellAgain = try project.piko("doctor")
    #expect(!wellAgain.stdout.contains("was cut off"), "\(wellAgain)")
  }

  private func kill(at step: String, _ project: LiveProject) throws {
    let killed = try project.piko(
      "create", "one", "--yes", environment: ["PIKO_TEST_FAULT": "\(step):kill"])
    #expect(killed.status == 128 + 9, "\(killed)")
  }

  private func expectDestroyed(_ project: LiveProject) throws {
    let destroyed = try project.piko("destroy", "one", "--volumes", "--delete-branch", "--force")
    #expect(destroyed.status == 0, "\(destroyed)")
    #expect(try project.traces(of: "one").isEmpty)
  }
}
