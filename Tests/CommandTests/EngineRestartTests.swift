import PikoCore
import Support
import SystemPackage
import Testing

/// The machine's engine goes and comes back, as it does when the machine is started anew.
@Suite(.tags(.engine), .engine, .privateEngine) struct EngineRestartTests {
  @Test func upGoesOnAfterTheEngineWasRestarted() async throws {
    let sandbox = try await Sandbox.withEngine()
    let engine = try PrivateEngine(in: sandbox)
    var isEnded = false
    defer { if !isEnded { try? engine.end() } }
    let project = try LiveProject(LiveProject.web, in: sandbox)
    func piko(_ arguments: String...) throws -> Transcript {
      try sandbox.piko(arguments, in: project.root, environment: engine.variables)
    }
    let made = try piko("create", "one", "--yes")
    try #require(made.status == 0, "\(made)")
    let ports = try project.ports(of: "one")
    let page = try project.page(of: "one")

    try engine.stop()
    let refused = try piko("up", "one")
    #expect(refused.status == 128, "\(refused)")
    #expect(refused.stderr.contains("the container engine is not running"))
    let list = try piko("list", "--no-git")
    #expect(list.stdout.contains(" …  ") && !list.stdout.contains("stopped"), "\(list)")
    #expect(list.stderr.contains("what its containers do is not known"))
    let status = try piko("status", "one")
    #expect(status.stdout.hasPrefix("one: …\n"), "\(status)")

    try engine.start()
    #expect(try piko("list", "--no-git").stdout.contains("stopped"))
    let up = try piko("up", "one")
    #expect(up.status == 0, "\(up)")
    #expect(try piko("list", "--no-git").stdout.contains("running 1/1"))
    #expect(try project.ports(of: "one") == ports)
    #expect(try project.page(of: "one") == page)
    let well = try piko("doctor")
    #expect(well.status == 0 && !well.stdout.contains("warning"), "\(well)")
    let destroyed = try piko("destroy", "one", "--volumes")
    #expect(destroyed.status == 0, "\(destroyed)")
    try engine.end()
    isEnded = true
  }

  /// It goes while a create waits for its containers: that is told, and `up` does the rest.
  @Test func aCreateIsGoneOnWithWhenTheEngineIsBack() async throws {
    let sandbox = try await Sandbox.withEngine()
    let engine = try PrivateEngine(in: sandbox)
    var isEnded = false
    defer { if !isEnded { try? engine.end() } }
    let check = "healthcheck: {test: [CMD, test, -f, /gate/ready], interval: 1s}"
    let project = try LiveProject(
      LiveProject.web.replacing(
        "volumes: [\"data:/data\"]", with: "volumes: [\"data:/data\", \".:/gate\"]\n    \(check)"),
      files: [".gitignore": "ready\n"], in: sandbox)
    func piko(_ arguments: String...) throws -> Transcript {
      try sandbox.piko(arguments, in: project.root, environment: engine.variables)
    }
    func wait(for what: String, until isSo: () throws -> Bool) async throws {
      let end = ContinuousClock.now + .seconds(100)
      while try !isSo() {
        try #require(ContinuousClock.now < end, "\(what)")
        try await Task.sleep(for: .milliseconds(100))
      }
    }

    try sandbox.output(
      "sh",
      ["-c", "(piko create one --yes 2>said; echo $? >status) </dev/null >/dev/null 2>&1 &"],
      in: project.root, environment: engine.variables)
    try await wait(for: "a container") {
      try sandbox.output("docker", ["ps", "-q"], environment: engine.variables) != ""
    }
    try engine.stop()
    let status = project.root.appending("status")
    try await wait(for: "the end of create") {
      try sandbox.exists(status) && sandbox.read(status) != ""
    }
    let said = try sandbox.read(project.root.appending("said"))
    #expect(try ["1\n", "128\n"].contains(sandbox.read(status)), "\(said)")
    #expect(said.contains("error: ") && said.contains("run 'piko up one'"), "\(said)")

    try engine.start()
    try sandbox.write("", to: project.worktree("one").appending("ready"))
    let up = try piko("up", "one")
    #expect(up.status == 0, "\(up)")
    #expect(try !project.page(of: "one").isEmpty)
    let well = try piko("doctor", "--fix")
    #expect(well.status == 0 && !well.stdout.contains("mended"), "\(well)")
    let destroyed = try piko("destroy", "one", "--volumes")
    #expect(destroyed.status == 0, "\(destroyed)")
    try engine.end()
    isEnded = true
  }
}
