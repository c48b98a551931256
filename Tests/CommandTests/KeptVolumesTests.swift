import Support
import SystemPackage
import Testing

/// Data outlives an environment unless it is told to go.
@Suite(.tags(.engine), .engine) struct KeptVolumesTests {
  /// The web server with a volume that has no name beside its own.
  private let compose = LiveProject.web.replacing(
    "[\"data:/data\"]", with: "[\"data:/data\", \"/scratch\"]")

  @Test func areItsOwnAfterADownOfTheUsers() async throws {
    let project = try LiveProject(compose, in: try await Sandbox.withEngine())
    try project.create("one")
    #expect(try project.compose("down", in: "one").status == 0)
    let again = try project.create("one", "--reuse")
    #expect(!again.stderr.contains("earlier"), "\(again)")
  }

  @Test func areListedUsedAgainAndEmptiedOnRequest() async throws {
    let project = try LiveProject(compose, in: try await Sandbox.withEngine())
    try project.create("one")
    let first = try project.page(of: "one")
    let anonymous = try nameless(project)
    #expect(
      try project.mountedVolumes(of: "piko-project-one").sorted()
        == ["piko-project-one_data", anonymous].sorted())

    let plan = try project.piko("destroy", "one", "--dry-run")
    #expect(plan.stdout.contains("volume       piko-project-one_data (kept)\n"))
    #expect(plan.stdout.contains("volume       \(anonymous) (kept)\n"))
    let destroyed = try project.piko("destroy", "one")
    #expect(
      destroyed.stderr.contains("kept 2 volumes: piko-project-one_data, \(anonymous)\n"),
      "\(destroyed)")
    #expect(try project.objects(of: "one") == ["volume piko-project-one_data"])
    #expect(try project.lines(["volume", "ls", "--quiet"]).contains(anonymous))

    let again = try project.create("one")
    #expect(
      again.stderr.contains("using the data of an earlier one again: piko-project-one_data\n"),
      "\(again)")
    #expect(try project.page(of: "one") == first)
    #expect(try nameless(project) != anonymous)

    try #require(project.piko("destroy", "one").status == 0)
    let fresh = try project.create("one", "--fresh-volumes")
    #expect(fresh.stderr.contains("✓ Removed 1 volume (piko-project-one_data)\n"), "\(fresh)")
    #expect(try project.page(of: "one") != first)
    // Nothing uses the ones that had no name and were kept: they are in nobody's way.
    #expect(try project.lines(["volume", "ls", "--quiet"]).contains(anonymous))

    let all = try project.mountedVolumes(of: "piko-project-one") + [anonymous]
    let removed = try project.piko("destroy", "one", "--volumes")
    #expect(removed.stderr.contains("✓ Removed 4 volumes\n"), "\(removed)")
    #expect(try Set(project.lines(["volume", "ls", "--quiet"])).isDisjoint(with: all))
    #expect(try project.objects(of: "one").isEmpty)
  }

  /// The volume without a name of its own, which destroying keeps.
  private func nameless(_ project: LiveProject) throws -> String {
    let mounted = try project.mountedVolumes(of: "piko-project-one")
    return try #require(mounted.first { $0.count == 64 })
  }
}
