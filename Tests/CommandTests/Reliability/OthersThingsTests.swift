import FoundationEssentials
import Support
import SystemPackage
import Testing

/// Verbs in random order on two projects, beside a plain Compose project: after each one, nothing in
/// the engine that does not carry the label of the environment it was typed for is another than before.
@Suite(.tags(.engine), .engine) struct OthersThingsTests {
  private static let verbs: [(words: [String], takesName: Bool)] = [
    (["create", "--yes"], true), (["up"], true), (["down"], true), (["restart"], true),
    (["destroy"], true), (["destroy", "--volumes", "--delete-branch"], true), (["up"], true),
    (["create", "--yes", "--fresh-volumes"], true), (["ports", "--reassign"], true),
    (["list"], false), (["doctor", "--fix"], false),
  ]

  /// What there is, a line an object: its kind, id and state, then its project's root and environment.
  private func objects(_ projects: [LiveProject], _ plain: String) throws -> [String] {
    guard let docker = projects.first else { return [] }
    let labels = { (place: String) in
      #" {{index \#(place) "dev.piko.root"}} {{index \#(place) "dev.piko.environment"}}"#
    }
    let filters =
      projects.map { "label=dev.piko.root=\($0.root)" } + [
        "label=com.docker.compose.project=\(plain)"
      ]
    var found: [String] = []
    for filter in filters {
      for (kind, list, format) in [
        (
          "container", ["ps", "--all", "--quiet", "--no-trunc"],
          "{{.Id}} {{.State.Status}} {{.State.StartedAt}} {{.HostConfig.PortBindings}}"
            + labels(".Config.Labels")
        ),
        (
          "network", ["network", "ls", "--quiet", "--no-trunc"],
          "{{.Id}} {{.IPAM}}" + labels(".Labels")
        ),
        ("volume", ["volume", "ls", "--quiet"], "{{.Name}} {{.CreatedAt}}" + labels(".Labels")),
      ] {
        let ids = try docker.lines(list + ["--filter", filter])
        guard !ids.isEmpty else { continue }
        found += try docker.lines(
          ["inspect", "--type", kind, "--format", "\(kind) \(format)"] + ids)
      }
    }
    return found.sorted()
  }

  @Test func randomVerbsTouchNothingOfOthers() async throws {
    let sandbox = try await Sandbox.withEngine()
    let projects = try ["first", "second"].map {
      try LiveProject(LiveProject.web, named: $0, in: sandbox)
    }
    let plain = "plain-\(UInt32.random(in: 1...9_999_999))"
    let beside = try sandbox.repository(
      plain, files: ["compose.yaml": LiveProject.web.replacing("28971:80", with: "80")])
    sandbox.whenDone {
      try $0.output("docker", ["compose", "-p", plain, "down", "--volumes"], in: "/")
    }
    try sandbox.output("docker", ["compose", "-p", plain, "up", "--detach"], in: beside)

    let seed = UInt64.random(in: 1...999_999)
    var numbers = SeededNumbers(seed: seed)
    let count = Soak.count(12, whole: 80)
    let begun = try objects(projects, plain)
    #expect(begun.count == 3)
    var before = begun
    var succeeded = 0
    for round in 0..<count {
      let project = projects[Int.random(in: 0..<2, using: &numbers)]
      let name = Bool.random(using: &numbers) ? "x" : "y"
      // The first ones make what the others act on.
      let verb =
        round < 3 ? Self.verbs[0] : Self.verbs.randomElement(using: &numbers) ?? Self.verbs[0]
      let words = verb.words + (verb.takesName ? [name] : [])
      let said = try sandbox.piko(words, in: project.root)
      if said.status == 0 { succeeded += 1 }
      let after = try objects(projects, plain)
      let own = " \(project.root) \(name)"
      let others = { (all: [String]) in all.filter { !(verb.takesName && $0.hasSuffix(own)) } }
      #expect(
        others(after) == others(before), "step \(round), seed \(seed): \(words)\n\(said)")
      before = after
    }
    #expect(succeeded > count / 4)
    Soak.note("\(count) random verbs, \(succeeded) of them succeeded (seed \(seed))")
    for project in projects {
      for name in try sandbox.piko("list", "-q", in: project.root).stdout.split(separator: "\n") {
        let gone = try project.piko("destroy", "--force", "--volumes", String(name))
        #expect(gone.status == 0, "\(gone)")
      }
    }
    #expect(try Set(begun).isSubset(of: objects(projects, plain)))
  }
}
