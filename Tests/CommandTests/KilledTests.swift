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
