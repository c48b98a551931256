import Support
import SystemPackage
import Testing

extension Transcript {
  /// Whether `piko doctor` said that all is well, but for volumes that a destroy has kept.
  var hasNothingToMend: Bool {
    let lines = stdout.split(separator: "\n")
    return status == 0
      && lines.allSatisfy { line in
        line.hasPrefix("ok      ") || line.hasPrefix("        to remove it: docker volume rm ")
      }
  }
}

/// `kill -9` at any moment of the verbs on environments that have containers and share a service:
/// afterwards all is clean, and nothing of the user's is lost.
@Suite(.tags(.engine), .engine, .enabled(if: Soak.isWhole, "left out: takes long"))
struct KilledWithContainersTests {
  /// A verb, and what is typed to come to where it begins.
  private struct Verb {
    let words: [String]
    let before: [[String]]
    var name: String { words[0] }

    private static let made = [["create", "cut", "--yes", "--reuse"], ["up", "cut"]]
    static let all = [
      Verb(words: ["create", "cut", "--yes"], before: [["destroy", "cut"]]),
      Verb(words: ["up", "cut"], before: made + [["down", "cut"]]),
      Verb(words: ["restart", "cut"], before: made),
      Verb(words: ["down", "cut"], before: made),
      Verb(
        words: ["share", "redis", "--yes"], before: made + [["isolate", "redis", "--yes"]]),
      Verb(
        words: ["isolate", "redis", "--yes"], before: made + [["share", "redis", "--yes"]]),
      Verb(words: ["destroy", "cut"], before: made),
    ]
  }

  /// The project, what is the user's in it, and what the engine keeps of that.
  private struct Case {
    let scene: SharingScene
    let kept: String
    /// What answers as the redis of `cut`, by whether it is shared.
    var data: [Bool: String] = [:]

    var sandbox: Sandbox { scene.sandbox }
    var project: LiveProject { scene.project }

    init() async throws {
      scene = try await SharingScene(
        configuration: "scripts: {setup: 'true', destroy: 'true'}\n")
      let project = scene.project
      try project.create("keep", "--yes", "--isolate", "redis")
      let place = project.worktree("keep")
      try project.sandbox.git("commit", "-q", "--allow-empty", "-m", "Mine", in: place)
      try project.sandbox.write("untracked\n", to: place.appending("new"))
      try project.create("cut", "--yes")
      kept = try Case.users(scene)
    }

    /// What is the user's: references but for the victim's branch, files, the data of `keep`.
    static func users(_ scene: SharingScene) throws -> String {
      let refs = try scene.sandbox.git(
        "for-each-ref", "--format=%(refname) %(objectname)", in: scene.project.root)
      let others = refs.split(separator: "\n").filter { !$0.hasPrefix("refs/heads/cut ") }
      return others.joined(separator: "\n")
        + (try scene.sandbox.git("status", "--porcelain", in: scene.project.worktree("keep")))
        + (try scene.redis(of: "keep")) + (try scene.project.page(of: "keep"))
    }

    func piko(_ words: [String], environment: [String: String?] = [:]) throws -> Transcript {
      try sandbox.piko(words, in: project.root, environment: environment)
    }

    func isThere() throws -> Bool {
      try piko(["list", "-q"]).stdout.split(separator: "\n").contains("cut")
    }

    func prepare(_ verb: Verb) throws {
      for words in verb.before {
        if words[0] == "destroy", try !isThere() { continue }
        let said = try piko(words)
        try #require(said.status == 0, "\(words)\n\(said)")
      }
    }

    func volumes() throws -> Set<String> {
      Set(
        try project.lines(["volume", "ls", "-q", "--filter", "label=dev.piko.root=\(project.root)"])
      )
    }

    /// What a kill at a moment leaves is mended by doctor, or by the same command, and then nothing
    /// is left to mend; and what the user has is as it was.
    mutating func expectClean(
      after verb: Verb, goesOn: Bool, volumes: Set<String>, _ moment: String
    ) throws {
      if goesOn {
        let again = try piko(verb.words)
        let isDone = [
          "error: environment 'cut' already exists\n", "error: no environment 'cut' in ",
        ].contains { again.stderr.contains($0) }
        #expect(again.status == 0 || isDone, "\(moment)\n\(again)")
      }
      let mended = try piko(["doctor", "--fix"])
      #expect(mended.status == 0, "\(moment)\n\(mended)")
      let well = try piko(["doctor", "--fix"])
      #expect(well.hasNothingToMend, "\(moment)\n\(mended)\n\(well)")
      #expect(try volumes.isSubset(of: self.volumes()), "\(moment)")
      #expect(try Case.users(scene) == kept, "\(moment)")
      guard try isThere() else { return }
      let up = try piko(["up", "cut"])
      #expect(up.status == 0, "\(moment)\n\(up)")
      let isShared = try piko(["ports", "cut", "--json"]).stdout.contains(#""shared":true"#)
      let answer = try scene.redis(of: "cut")
      #expect(answer == data[isShared] ?? answer, "\(moment)")
      data[isShared] = answer
    }
  }

  /// The steps that a verb takes here, by the journal.
  private func steps(of verb: Verb, _ scene: Case) throws -> [String] {
    let file = scene.project.root.pushing(".piko/state.db").string
    let ask = { try scene.sandbox.output("sqlite3", ["-batch", file, $0]) }
    let last = try ask("SELECT coalesce(max(id), 0) FROM operations")
    let said = try scene.piko(verb.words)
    try #require(said.status == 0, "\(said)")
    let steps = try ask("SELECT step FROM journal WHERE operation_id > \(last) ORDER BY id")
      .split(separator: "\n").map(String.init)
    return steps.enumerated().filter { !steps[..<$0.offset].contains($0.element) }.map(\.element)
  }

  @Test func atEveryStep() async throws {
    var scene = try await Case()
    var count = 0
    for verb in Verb.all {
      try scene.prepare(verb)
      let steps = try steps(of: verb, scene)
      #expect(!steps.isEmpty, "\(verb.name)")
      for fault in steps.flatMap({ ["\($0):kill", "after-\($0):kill"] }) {
        for goesOn in [false, true] {
          try scene.prepare(verb)
          let volumes = try scene.volumes()
          let killed = try scene.piko(verb.words, environment: ["PIKO_TEST_FAULT": fault])
          let moment = "\(verb.words) \(fault)\n\(killed)"
          #expect(killed.status == 128 + 9, "\(moment)")
          try scene.expectClean(after: verb, goesOn: goesOn, volumes: volumes, moment)
          count += 1
        }
      }
      Soak.note("\(verb.name): killed at \(steps.joined(separator: ", "))")
    }
    Soak.note("killed at \(count) moments of steps with containers")
  }

  @Test func atAnyTime() async throws {
    var scene = try await Case()
    let seed = UInt64.random(in: 1...999_999)
    var numbers = SeededNumbers(seed: seed)
    var longest: [String: Double] = [:]
    for verb in Verb.all {
      try scene.prepare(verb)
      let took = try ContinuousClock().measure {
        let said = try scene.piko(verb.words)
        try #require(said.status == 0, "\(said)")
      }
      longest[verb.name] = took / .seconds(1)
    }
    var killed = 0
    let count = 70
    for round in 0..<count {
      let verb = Verb.all[round % Verb.all.count]
      try scene.prepare(verb)
      let volumes = try scene.volumes()
      let seconds = Double.random(in: 0.01...(longest[verb.name] ?? 1), using: &numbers)
      // With what it has started, as a machine that goes down does, or alone.
      let alone = Bool.random(using: &numbers) ? ["--foreground"] : []
      let said = try scene.sandbox.run(
        "timeout", alone + ["--signal=KILL", "\(seconds)", "piko"] + verb.words,
        in: scene.project.root)
      if said.status == 128 + 9 { killed += 1 }
      try scene.expectClean(
        after: verb, goesOn: Bool.random(using: &numbers), volumes: volumes,
        "\(verb.words) after \(seconds) s \(alone) (seed \(seed))\n\(said)")
    }
    Soak.note("killed \(killed) of \(count) times at random with containers (seed \(seed))")
  }
}
