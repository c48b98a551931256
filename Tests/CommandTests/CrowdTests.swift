import Support
import SystemPackage
import Testing

/// Many creates at once.
@Suite(.tags(.engine), .engine) struct CrowdTests {
  @Test func eightAtOnceAllSucceedWithTheirOwnPortsAndNetworks() async throws {
    let project = try LiveProject(LiveProject.web, in: try await Sandbox.withEngine())
    let names = (1...8).map { "env\($0)" }
    try create(names, atOnce: 8, project).forEach { #expect($0.status == 0, "\($0)") }
    try expectAllApart(names, project)
    let destroyed = try project.sandbox.piko(["destroy", "--volumes"] + names, in: project.root)
    #expect(destroyed.status == 0, "\(destroyed)")
    #expect(try names.flatMap { try project.objects(of: $0) }.isEmpty)
  }

  @Test func ofOneNameTypedFiveTimesOneWins() async throws {
    let project = try LiveProject(LiveProject.web, in: try await Sandbox.withEngine())
    let told = try create([String](repeating: "one", count: 5), atOnce: 5, project)
    #expect(told.filter { $0.status == 0 }.count == 1, "\(told)")
    for loser in told where loser.status != 0 {
      #expect(loser.status == 1 && loser.stdout.isEmpty)
      let isClear =
        loser.stderr.contains("error: environment 'one' already exists\n")
        || loser.stderr.contains("error: environment 'one' is being made by ")
      #expect(isClear, "\(loser)")
    }
    #expect(try project.states() == ["one running 1/1"])
    #expect(try !project.page(of: "one").isEmpty)
    let worktrees = try project.sandbox.git("worktree", "list", in: project.root)
    #expect(worktrees.split(separator: "\n").count == 2)
    #expect(try project.objects(of: "one").count == 3, "a container, a network and a volume")
  }

  /// The engine's own address pool ends at 30 networks.
  @Test(.enabled(if: Soak.isWhole, "left out: takes long"))
  func moreThanTheEnginesOwnPoolHasAllAnswer() async throws {
    let project = try LiveProject(LiveProject.web, in: try await Sandbox.withEngine())
    let names = (1...60).map { "env\($0)" }
    let began = ContinuousClock.now
    try create(names, atOnce: names.count, project).forEach { #expect($0.status == 0, "\($0)") }
    let took = ContinuousClock.now - began
    try expectAllApart(names, project)
    let destroyed = try project.sandbox.run(
      "piko", ["destroy", "--volumes"] + names, in: project.root, timeout: .seconds(1200))
    #expect(destroyed.status == 0, "\(destroyed)")
    #expect(try names.flatMap { try project.objects(of: $0) }.isEmpty)
    Soak.note("\(names.count) environments with containers made at once in \(took), all answered")
  }

  /// Types `piko create` for each name, so many at a time.
  private func create(
    _ names: [String], atOnce count: Int, _ project: LiveProject
  ) throws -> [Transcript] {
    try Crowd(sandbox: project.sandbox, atOnce: count)
      .type("create", names.map { ($0, project.root) })
  }

  /// Every environment answers, and no two share a port, a block or a subnet.
  private func expectAllApart(_ names: [String], _ project: LiveProject) throws {
    let ports = try names.map { try project.port("web", 80, of: $0) }
    #expect(Set(ports.map { $0 / 100 }).count == names.count, "\(ports)")
    let pages = try ports.map { try Wire.http($0) }
    #expect(Set(pages).count == names.count)
    let subnets = try names.map { name in
      try project.docker(
        "network", "inspect", "--format", "{{range .IPAM.Config}}{{.Subnet}}{{end}}",
        "piko-project-\(name)")
    }
    #expect(Set(subnets).count == names.count, "\(subnets)")
    #expect(subnets.allSatisfy { $0.hasPrefix("10.213.") })
  }
}
