import Support
import SystemPackage
import Testing

/// Of many environments that go down at once, the last one stops what they share, each time.
@Suite(.tags(.engine), .engine, .enabled(if: Soak.isWhole, "left out: takes long"))
struct LastUserTests {
  @Test func theLastOneDownStopsWhatIsShared() async throws {
    let scene = try await SharingScene(configuration: "shared: [redis]\n")
    let names = (1...8).map { ("env\($0)", scene.project.root) }
    func all(_ verb: String) throws {
      for said in try Crowd(sandbox: scene.sandbox, atOnce: names.count).type(verb, names, "-q") {
        #expect(said.status == 0, "\(verb): \(said)")
      }
    }
    try all("create")
    let data = try scene.redis(of: "env1")
    let rounds = 15
    for round in 1...rounds {
      try all("down")
      let left = try scene.containers().filter { !$0.hasSuffix(" exited") }
      #expect(left.isEmpty, "round \(round)")
      try all("up")
      #expect(try scene.redis(of: "env\(round % names.count + 1)") == data, "round \(round)")
    }
    Soak.note("\(rounds) times \(names.count) environments down at once, then up at once")
  }
}
