import FoundationEssentials
import Support
import SystemPackage
import Testing

/// `kill -9` at any moment of the verbs that change things: afterwards all is clean, a second run
/// changes nothing, and nothing of the user's is lost.
@Suite struct KilledAnywhereTests {
  private let sandbox: Sandbox
  private let scene: DoctorScene
  private let kept: String

  private static let verbs: [(verb: String, words: [String], needs: Bool)] = [
    ("create", ["create", "cut", "--yes"], false), ("up", ["up", "cut", "--yes"], true),
    ("down", ["down", "cut"], true), ("destroy", ["destroy", "cut"], true),
  ]

  init() throws {
    sandbox = try Sandbox()
    let project = try sandbox.project(
      configured: """
        scripts: {prepare: "echo a > made.local", setup: "echo b > set.local", destroy: "true"}
        copy: [.env.local]
        ports: {web: 3000}
        """, files: [".gitignore": "*.local\n"])
    scene = DoctorScene(sandbox: sandbox, project: project)
    try sandbox.write("A=1\n", to: project.appending(".env.local"))
    // What is the user's: commits, changes and files in the checkout and beside the victim.
    try scene.create("keep")
    let keep = scene.worktree("keep")
    try sandbox.git("commit", "-q", "--allow-empty", "-m", "Mine", in: keep)
    for place in [project, keep] {
      try sandbox.write("changed\n", to: place.appending("README"))
      try sandbox.write("untracked\n", to: place.appending("new"))
      try sandbox.write("ignored\n", to: place.appending("own.local"))
    }
    try sandbox.git("branch", "topic", "keep", in: project)
    kept = try Self.users(scene)
  }

  /// All that is the user's, apart from the branch of the victim.
  private static func users(_ scene: DoctorScene) throws -> String {
    let sandbox = scene.sandbox
    let refs = try sandbox.git(
      "for-each-ref", "--format=%(refname) %(objectname)", in: scene.project)
    var text = refs.split(separator: "\n").filter { !$0.hasPrefix("refs/heads/cut ") }
      .joined(separator: "\n")
    for place in [scene.project, scene.worktree("keep")] {
      text += try sandbox.git("status", "--porcelain", "--ignored", in: place)
      for file in ["README", "new", "own.local"] { text += try sandbox.read(place.appending(file)) }
    }
    return text + (try sandbox.piko("ports", "keep", "--json", in: scene.project).stdout)
  }

  private func expectNothingLost(_ moment: String) throws {
    #expect(try Self.users(scene) == kept, "\(moment)")
  }

  /// A kill in the middle of the prepare script leaves a file of which nothing says whether the script
  /// or the user made it: that is kept, with the command that gives it up.
  private func giveUpWhatPrepareLeft(_ said: Transcript) throws -> Bool {
    guard (said.stdout + said.stderr).contains("it holds 'made.local', which piko did not write")
    else { return false }
    let command = "destroy --force cut"
    #expect((said.stdout + said.stderr).contains("to lose that, run 'piko \(command)'"), "\(said)")
    let gone = try sandbox.piko(
      command.split(separator: " ").map(String.init), in: scene.project)
    #expect(gone.status == 0, "\(gone)")
    return true
  }

  /// Has doctor mend, and sees that nothing is left for it or for git to complain of.
  private func expectMended(_ moment: String) throws {
    var mended = try sandbox.piko("doctor", "--fix", in: scene.project)
    if try giveUpWhatPrepareLeft(mended) {
      mended = try sandbox.piko("doctor", "--fix", in: scene.project)
    }
    #expect(mended.status == 0, "\(moment)\n\(mended)")
    let again = try sandbox.piko("doctor", "--fix", in: scene.project)
    #expect(
      again.status == 0
        && again.stdout.split(separator: "\n").allSatisfy { $0.hasPrefix("ok      ") },
      "\(moment)\n\(mended)\n\(again)")
    try expectNothingLost(moment)
  }

  /// Types the same again until it has its way: an environment that is there, or is gone.
  private func expectGoneOnWith(_ verb: String, _ words: [String], _ moment: String) throws {
    var again = try sandbox.piko(words, in: scene.project)
    if verb == "create", try giveUpWhatPrepareLeft(again) {
      again = try sandbox.piko(words, in: scene.project)
    }
    let isTold =
      switch verb {
      case "create": again.stderr.contains("error: environment 'cut' already exists\n")
      case "destroy": again.stderr.contains("error: no environment 'cut' in ")
      default: false
      }
    #expect(again.status == 0 || isTold, "\(moment)\n\(again)")
    let after = try names()
    #expect(after == (verb == "destroy" ? ["keep"] : ["cut", "keep"]), "\(moment)\n\(again)")
    try expectMended(moment)
    #expect(try names() == after, "\(moment)")
  }

  private func names() throws -> [String] {
    try sandbox.piko("list", "-q", in: scene.project).stdout.split(separator: "\n").map(String.init)
  }

  /// Brings the victim to where a verb begins: there, or not.
  private func prepare(isThere: Bool) throws {
    let exists = try names().contains("cut")
    if exists != isThere {
      let said = try sandbox.piko(
        isThere ? ["create", "cut", "--yes"] : ["destroy", "cut"], in: scene.project)
      try #require(said.status == 0, "\(said)")
    }
    if !isThere, try sandbox.git("branch", "--list", "cut", in: scene.project) != "" {
      try sandbox.git("branch", "-q", "-D", "cut", in: scene.project)
    }
  }

  /// The steps that a verb takes here, by its own journal.
  private func steps(of verb: String, _ words: [String]) throws -> [String] {
    let said = try sandbox.piko(words, in: scene.project)
    try #require(said.status == 0, "\(said)")
    return try sandbox.output(
      "sqlite3",
      [
        "-batch", scene.project.pushing(".piko/state.db").string,
        """
        SELECT step FROM journal WHERE operation_id =
          (SELECT max(id) FROM operations WHERE verb = '\(verb)') ORDER BY id
        """,
      ]
    ).split(separator: "\n").map(String.init)
  }

  @Test func atEveryStep() throws {
    var count = 0
    for (verb, words, needs) in Self.verbs {
      try prepare(isThere: needs)
      let steps = try steps(of: verb, words)
      #expect(!steps.isEmpty || verb == "down", "\(verb)")
      for fault in steps.flatMap({ ["\($0):kill", "after-\($0):kill"] }) {
        for goesOn in Soak.isWhole ? [false, true] : [count % 2 == 0] {
          try prepare(isThere: needs)
          let killed = try sandbox.piko(
            words, in: scene.project, environment: ["PIKO_TEST_FAULT": fault])
          #expect(killed.status == 128 + 9, "\(verb) \(fault)\n\(killed)")
          let moment = "\(verb) \(fault)"
          if goesOn {
            try expectGoneOnWith(verb, words, moment)
          } else {
            try expectMended(moment)
          }
          count += 1
        }
      }
    }
    Soak.note("killed at \(count) moments of steps")
  }

  @Test func atAnyTime() throws {
    let seed = UInt64.random(in: 1...999_999)
    var numbers = SeededNumbers(seed: seed)
    var killed = 0
    let count = Soak.count(8, whole: 200)
    // How long each takes here and now.
    var longest: [String: Duration] = [:]
    for (verb, words, needs) in Self.verbs {
      try prepare(isThere: needs)
      longest[verb] = try ContinuousClock().measure {
        _ = try sandbox.piko(words, in: scene.project)
      }
    }
    for round in 0..<count {
      let (verb, words, needs) = Self.verbs[round % Self.verbs.count]
      try prepare(isThere: needs)
      let limit = (longest[verb] ?? .seconds(1)) / .seconds(1)
      let seconds = Double.random(in: 0.01...max(limit, 0.02), using: &numbers)
      let said = try sandbox.run(
        "timeout", ["--signal=KILL", "\(seconds)", "piko"] + words, in: scene.project)
      let moment = "\(verb) after \(seconds) s (seed \(seed))"
      if said.status == 128 + 9 { killed += 1 }
      if Bool.random(using: &numbers) {
        try expectGoneOnWith(verb, words, moment)
      } else {
        try expectMended(moment)
      }
    }
    Soak.note("killed \(killed) of \(count) times at random (seed \(seed))")
  }
}
