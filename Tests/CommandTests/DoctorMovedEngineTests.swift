import FoundationEssentials
import Support
import SystemPackage
import Testing

/// Containers and data of projects that are not where they were, or whose databases are lost.
@Suite(.tags(.engine), .engine) struct DoctorMovedEngineTests {
  @Test func aMovedProjectKeepsItsDataAndItsPorts() async throws {
    let sandbox = try await Sandbox.withEngine()
    let before = try LiveProject(LiveProject.web, in: sandbox)
    try before.create("one")
    let page = try before.page(of: "one")
    let ports = try before.ports(of: "one")
    let labelled = try before.objects(of: "one").filter { $0.hasPrefix("volume") }
    #expect(labelled.count == 1)

    let place = sandbox.root.appending("moved")
    try FileManager.default.moveItem(atPath: before.root.string, toPath: place.string)
    let after = LiveProject(at: place, in: sandbox)
    let mended = try after.piko("doctor", "--fix")
    #expect(mended.status == 0, "\(mended)")
    #expect(mended.stdout.contains("mended  projects: "), "\(mended)")
    #expect(!mended.stdout.contains("orphans: volume"), "\(mended)")
    // What is still labelled with its former place is nobody else's to remove.
    let objects = try before.objects(of: "one")
    let stranger = try sandbox.repository("project")
    #expect(try sandbox.piko("create", "x", "-q", in: stranger).status == 0)
    #expect(try sandbox.piko("doctor", "--fix", in: stranger).status == 0)
    #expect(try before.objects(of: "one") == objects)
    #expect(try sandbox.piko("destroy", "x", in: stranger).status == 0)
    try FileManager.default.removeItem(atPath: stranger.string)
    let up = try after.piko("up", "one")
    #expect(up.status == 0, "\(up)")
    #expect(try after.ports(of: "one") == ports)
    #expect(try after.page(of: "one") == page)
    #expect(try after.states() == ["one running 1/1"])
    #expect(try !after.piko("doctor", "--fix").stdout.contains("mended"))

    // Another project that comes to lie where it was has nothing of it.
    let other = try LiveProject(LiveProject.web, in: sandbox)
    try other.create("one")
    #expect(try other.page(of: "one") != page)
    #expect(try other.piko("destroy", "one", "--volumes").status == 0)
    #expect(try after.page(of: "one") == page)

    let destroyed = try after.piko("destroy", "one", "--volumes")
    #expect(destroyed.status == 0, "\(destroyed)")
    #expect(try before.objects(of: "one") + after.objects(of: "one") == [])
  }

  @Test func aMovedProjectKeepsItsDataWhenTheRegisterIsLostToo() async throws {
    let sandbox = try await Sandbox.withEngine()
    let before = try LiveProject(LiveProject.web, in: sandbox)
    try before.create("one")
    let page = try before.page(of: "one")
    let place = sandbox.root.appending("moved")
    try FileManager.default.moveItem(atPath: before.root.string, toPath: place.string)
    DoctorScene(sandbox: sandbox, project: place).lose(state: false)
    let after = LiveProject(at: place, in: sandbox)
    #expect(try after.piko("doctor", "--fix").status == 0)
    #expect(try after.piko("up", "one").status == 0)
    #expect(try after.page(of: "one") == page)
    let destroyed = try after.piko("destroy", "one", "--volumes")
    #expect(destroyed.status == 0, "\(destroyed)")
    #expect(try before.objects(of: "one") + after.objects(of: "one") == [])
  }

  @Test(arguments: [true, false])
  func containersTellThePortsWhenNothingElseDoes(areRunning: Bool) async throws {
    let sandbox = try await Sandbox.withEngine()
    let project = try LiveProject(LiveProject.web, in: sandbox)
    // Its block is not the first, so that no rule would give it the same ports again.
    try project.create("first", "--no-start")
    try project.create("one")
    let ports = try project.ports(of: "one")
    let page = try project.page(of: "one")
    if !areRunning { #expect(try project.piko("down", "one").status == 0) }
    #expect(try project.piko("destroy", "first", "--force").status == 0)
    DoctorScene(sandbox: sandbox, project: project.root).lose()
    try FileManager.default.removeItem(
      atPath: project.worktree("one").appending("docker-compose.piko.yml").string)
    let mended = try project.piko("doctor", "--fix")
    #expect(mended.stdout.contains("mended  worktrees: environment 'one' is in no database"))
    #expect(try project.ports(of: "one") == ports)
    let up = try project.piko("up", "one")
    #expect(up.status == 0, "\(up)")
    #expect(try project.page(of: "one") == page)
    #expect(try !project.piko("doctor", "--fix").stdout.contains("mended"))
  }

  @Test func aCopyLeavesTheOriginalsContainersAlone() async throws {
    let sandbox = try await Sandbox.withEngine()
    let original = try LiveProject(LiveProject.web, in: sandbox)
    try original.create("one")
    let page = try original.page(of: "one")
    let objects = try original.objects(of: "one")
    try sandbox.output("cp", ["-a", original.root.string, "\(sandbox.root)/copy"])
    let copy = LiveProject(at: sandbox.root.appending("copy"), in: sandbox)
    let mended = try copy.piko("doctor", "--fix")
    #expect(mended.status == 0 && mended.stdout.contains("mended  projects: "), "\(mended)")
    try copy.create("one")
    #expect(try copy.page(of: "one") != page)
    #expect(try copy.piko("destroy", "one", "--volumes").status == 0)
    #expect(try original.objects(of: "one") == objects)
    #expect(try original.page(of: "one") == page)
  }
}
