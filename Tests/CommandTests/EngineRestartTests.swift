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
    #expect(list.stdout.contains("stopped"), "\(list)")
    #expect(list.stderr.contains("containers are shown as stopped"))

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
}
