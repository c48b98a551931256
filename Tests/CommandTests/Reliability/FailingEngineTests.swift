import PikoCore
import Support
import SystemPackage
import Testing

/// An engine that is slow, or stops answering in the middle of a verb: each verb says so, and the same
/// command, or doctor, ends clean once it answers again.
@Suite(.tags(.engine), .engine) struct FailingEngineTests {
  /// A verb on the environment `cut`, and whether that is there and runs when it is typed.
  private struct Verb {
    let words: [String]
    let before: [[String]]
    /// What the same command says where the first one had come far enough.
    var isDone: String?

    private static let running = [["create", "cut", "--yes", "--reuse"], ["up", "cut"]]
    static let all = [
      Verb(
        words: ["create", "cut", "--yes"], before: [],
        isDone: "error: environment 'cut' already exists\n"),
      Verb(words: ["up", "cut"], before: [["create", "cut", "--yes"], ["down", "cut"]]),
      Verb(words: ["down", "cut"], before: running),
      Verb(words: ["restart", "cut"], before: running),
      Verb(
        words: ["destroy", "cut"], before: running, isDone: "error: no environment 'cut' in "),
    ]
  }

  /// The project with an environment that no fault is to reach.
  private func project() async throws -> LiveProject {
    let project = try LiveProject(LiveProject.web, in: try await Sandbox.withEngine())
    try project.create("keep", "--yes")
    return project
  }

  private func prepare(_ verb: Verb, _ project: LiveProject) throws {
    let names = try project.piko("list", "-q").stdout.split(separator: "\n")
    if names.contains("cut"), verb.before.isEmpty || !verb.before[0].contains("--reuse") {
      let gone = try project.piko("destroy", "cut")
      try #require(gone.status == 0, "\(gone)")
    }
    for words in verb.before {
      let said = try project.sandbox.piko(words, in: project.root)
      try #require(said.status == 0, "\(words)\n\(said)")
    }
  }

  private func expectMended(_ project: LiveProject, _ moment: String) throws {
    let mended = try project.piko("doctor", "--fix")
    #expect(mended.status == 0, "\(moment)\n\(mended)")
    let again = try project.piko("doctor", "--fix")
    #expect(again.hasNothingToMend, "\(moment)\n\(mended)\n\(again)")
  }

  @Test(arguments: Soak.isWhole ? BrokenEngine.Fault.allCases : [.closing])
  func anEngineThatBreaksInTheMiddle(fault: BrokenEngine.Fault) async throws {
    let project = try await project()
    let sandbox = project.sandbox
    let page = try project.page(of: "keep")
    var moments = 0
    for verb in Soak.isWhole ? Verb.all : [Verb.all[0], Verb.all[4]] {
      try prepare(verb, project)
      let counted = try CountingEngine(for: sandbox, named: "count\(moments)")
      let whole = try sandbox.piko(
        verb.words, in: project.root, environment: ["DOCKER_HOST": counted.address])
      try #require(whole.status == 0, "\(whole)")
      let total = try counted.all().count
      let tries = Soak.count(1, whole: 8)
      for index in 0..<tries {
        let limit = total * (2 * index + 1) / (2 * tries)
        moments += 1
        try prepare(verb, project)
        let volumes = try project.lines(["volume", "ls", "-q"])
        let engine = try CountingEngine(
          for: sandbox, named: "broken\(moments)", limit: limit, then: fault)
        let cut = try sandbox.piko(
          verb.words, in: project.root, environment: ["DOCKER_HOST": engine.address])
        let moment = "\(verb.words) after \(limit) of \(total) requests (\(fault))\n\(cut)"
        #expect([0, 1, 128].contains(cut.status), "\(moment)")
        #expect(cut.status == 0 || cut.stderr.contains("error: "), "\(moment)")
        #expect(!cut.stderr.contains("internal error"), "\(moment)")
        if index.isMultiple(of: 2) {
          let again = try sandbox.piko(verb.words, in: project.root)
          let isDone = verb.isDone.map { again.stderr.contains($0) } ?? false
          #expect(again.status == 0 || isDone, "\(moment)\n\(again)")
        }
        try expectMended(project, moment)
        let lost = try Set(volumes).subtracting(project.lines(["volume", "ls", "-q"]))
        #expect(lost.isEmpty, "\(moment)\n\(lost)")
        #expect(try project.page(of: "keep") == page, "\(moment)")
      }
    }
    Soak.note("an engine that breaks (\(fault)) at \(moments) moments")
  }

  @Test(.enabled(if: Soak.isWhole, "left out: takes long"))
  func anEngineThatIsSlow() async throws {
    let project = try await project()
    let engine = try CountingEngine(for: project.sandbox, delay: .milliseconds(700))
    let slow: [String: String?] = ["DOCKER_HOST": engine.address]
    for words in [
      ["create", "cut", "--yes"], ["list"], ["status", "cut"], ["down", "cut"], ["up", "cut"],
      ["restart", "cut"], ["doctor"], ["destroy", "cut", "--volumes"],
    ] {
      let began = ContinuousClock.now
      let said = try project.sandbox.piko(words, in: project.root, environment: slow)
      #expect(said.status == 0, "\(words)\n\(said)")
      Soak.note(
        "with 0.7 s for each of an engine's answers: \(words[0]) \(ContinuousClock.now - began)")
    }
    #expect(try project.objects(of: "cut").isEmpty)
    try expectMended(project, "slow")
  }
}
