import FoundationEssentials
import Support
import SystemPackage
import Testing

/// Databases that are lost, and work that was cut off; no engine is needed.
@Suite struct DoctorRecoveryTests {
  private let sandbox: Sandbox
  private let scene: DoctorScene

  init() throws {
    sandbox = try Sandbox()
    let project = try sandbox.repository(
      "shop",
      files: [".piko.yml": "ports:\n  web: 3047\n  api: 8053\nscripts:\n  setup: 'true'\n"])
    scene = DoctorScene(sandbox: sandbox, project: project)
    try scene.create("two")
    try scene.create("one")
  }

  // MARK: - Databases

  @Test func adoptsEveryWorktreeWhenBothDatabasesAreDamaged() throws {
    let before = try scene.ports()
    for file in scene.databases() {
      if file.extension == "db" {
        try sandbox.write("noise", to: file)
      } else {
        try? FileManager.default.removeItem(atPath: file.string)
      }
    }
    try scene.expectMended("databases", "registry.db' is damaged: ")
    #expect(try scene.ports() == before)
    #expect(try sandbox.piko("up", "one", "--yes", in: scene.project).status == 0)
  }

  @Test func aCreationThatWasCutOffIsNotTakenForDoneWhenTheStateIsLost() throws {
    try cutOff("after-worktree")
    scene.lose(register: false)
    let states = try sandbox.piko("list", "--json", "--no-git", in: scene.project).stdout
    #expect(states.contains(#""name":"cut""#) && states.contains(#""state":"creating""#))
    let again = try sandbox.piko("create", "cut", "--yes", in: scene.project)
    #expect(again.status == 1)
    #expect(again.stderr.contains("hint: to remove what there is of it, run 'piko destroy cut'"))
    try scene.expectMended("operations", "the creation of environment 'cut' was cut off")
    #expect(!sandbox.exists(scene.worktree("cut")))
    #expect(try sandbox.piko("list", "-q", in: scene.project).stdout == "one\ntwo\n")
  }

  @Test func keepsWorkInACreationWhoseJournalIsLost() throws {
    try cutOff("after-worktree")
    try sandbox.write("work\n", to: scene.worktree("cut").appending("work"))
    scene.lose(register: false)
    let said = try sandbox.piko("doctor", "--fix", in: scene.project)
    #expect(said.status == 1)
    #expect(said.stdout.contains("not mended: cannot destroy environment 'cut': it has 1 unc"))
    #expect(said.stdout.contains("run 'piko destroy --force cut'"))
    #expect(sandbox.exists(scene.worktree("cut").appending("work")))
  }

  @Test func nothingIsMadeOrHiddenWhileBothDatabasesAreLost() throws {
    let before = try scene.ports()
    scene.lose()
    let hint = "hint: to enter it again with its ports, run 'piko doctor --fix'\n"
    for words in [["ports", "one"], ["up", "one"], ["destroy", "one"], ["path", "one"]] {
      let said = try sandbox.piko(words, in: scene.project)
      #expect(said.status != 0 && said.stdout.isEmpty)
      #expect(
        said.stderr
          == "error: environment 'one' is in no database, though its worktree is there\n\(hint)",
        "\(said)")
    }
    let listed = try sandbox.piko("list", "-q", in: scene.project)
    #expect(listed.stderr.hasPrefix("warning: no database tells of the environments in "))
    let made = try sandbox.piko("create", "three", "--yes", in: scene.project)
    #expect(made.status == 1)
    #expect(made.stderr.hasPrefix("error: no database tells of the environments in "), "\(made)")
    #expect(made.stderr.hasSuffix("whose worktrees are there: one, two\n\(hint)"), "\(made)")
    try scene.expectMended("worktrees", "environment 'one' is in no database")
    #expect(try scene.ports() == before)
    try scene.create("three")
  }

  @Test(arguments: ["", "half", "noise"])
  func aStateOfOtherContentIsNeverTakenForAnEmptyOne(content: String) throws {
    let before = try scene.ports()
    let file = try #require(scene.databases(register: false).first)
    try overwrite(file, with: content)
    let said = try sandbox.piko("list", "-q", in: scene.project)
    if content.isEmpty {
      #expect(
        said.text == """
          1| one
          1| two
          2| warning: '<root>/shop/.piko/state.db' was empty; rebuilt it with one, two
          status 0
          """)
    } else {
      #expect(said.status == 128 && said.stdout.isEmpty)
      #expect(
        said.stderr.hasSuffix(
          "hint: to set it aside and make it again, run 'piko doctor --fix'\n"), "\(said)")
      try scene.expectMended("databases", "state.db' is damaged: ")
      #expect(sandbox.exists(FilePath("\(file).damaged-1")))
    }
    #expect(try scene.ports() == before)
    try scene.expectWell()
  }

  @Test(arguments: ["", "half", "noise"])
  func aRegisterOfOtherContentIsNeverTakenForAnEmptyOne(content: String) throws {
    let before = try scene.ports()
    let file = try #require(scene.databases(state: false).first)
    try overwrite(file, with: content)
    for words in [["ports", "one"], ["env", "one"], ["up", "one"]] {
      let said = try sandbox.piko(words, in: scene.project)
      #expect(said.status != 0 && said.stdout.isEmpty, "\(said)")
      #expect(said.stderr.hasSuffix("run 'piko doctor --fix'\n"), "\(said)")
    }
    try scene.expectMended(
      content.isEmpty ? "environments" : "databases",
      content.isEmpty ? "'one' is not in the register" : "registry.db' is damaged: ")
    if !content.isEmpty { #expect(sandbox.exists(FilePath("\(file).damaged-1"))) }
    #expect(try scene.ports() == before)
  }

  @Test(arguments: [true, false])
  func namesADatabaseOfALaterVersion(isState: Bool) throws {
    let file = try #require(scene.databases(state: isState, register: !isState).first)
    try sandbox.output("sqlite3", ["-batch", file.string, "PRAGMA user_version = 99"])
    let refused = try sandbox.piko("list", in: scene.project)
    #expect(refused.status == 128 && refused.stderr.contains("was written by a later piko"))
    let said = try sandbox.piko("doctor", "--fix", in: scene.project)
    #expect(said.status == 1)
    #expect(said.stdout.contains("error   databases: cannot use '"), "\(said)")
    #expect(said.stdout.contains("it was written by a later piko"))
    #expect(!said.stdout.contains("mended"), "\(said)")
  }

  @Test func aDamagedStateIsNoReasonToMendOtherProjects() throws {
    let other = try sandbox.repository("other")
    #expect(try sandbox.piko("create", "x", "--yes", "-q", in: other).status == 0)
    let worktree = other.pushing(".piko/worktrees/x")
    try FileManager.default.removeItem(atPath: worktree.string)
    let file = try #require(scene.databases(register: false).first)
    try overwrite(file, with: "noise")
    let said = try sandbox.piko("doctor", "--fix", in: scene.project)
    #expect(said.status == 0 && said.stdout.contains("mended  databases: "), "\(said)")
    #expect(!said.stdout.contains("'x'"), "\(said)")
    #expect(try sandbox.piko("list", "-q", in: other).stdout == "x\n")
  }

  @Test(arguments: ["remove-worktree", "after-remove-worktree"])
  func aRemovalThatWasCutOffStaysOneWhenTheStateIsLost(step: String) throws {
    let killed = try sandbox.piko(
      "destroy", "one", in: scene.project, environment: ["PIKO_TEST_FAULT": "\(step):kill"])
    try #require(killed.status == 128 + 9, "\(killed)")
    scene.lose(register: false)
    let states = try sandbox.piko("list", "--json", "--no-git", in: scene.project).stdout
    #expect(!states.contains(#""state":"creating""#), "\(states)")
    let again = try sandbox.piko("destroy", "one", in: scene.project)
    #expect(again.status == 0, "\(again)")
    #expect(try sandbox.piko("list", "-q", in: scene.project).stdout == "two\n")
    try scene.expectWell()
  }

  // MARK: - Work that was cut off

  /// One after the other: what listens in one of them would be in the others' way.
  @Test(
    .serialized,
    arguments: [
      (["up", "one", "--yes"], "isolate"), (["up", "one", "--yes"], "start"),
      (["up", "one", "--yes"], "after-start"), (["ports", "one", "--reassign"], "reassign"),
    ])
  func notesThatAVerbWasKilled(arguments: [String], step: String) throws {
    // A listener on a leased port gives `--reassign` something to do.
    let listener = try arguments[0] == "ports" ? occupied() : nil
    let before = try scene.ports()
    let killed = try sandbox.piko(
      arguments, in: scene.project, environment: ["PIKO_TEST_FAULT": "\(step):kill"])
    #expect(killed.status == 128 + 9, "\(killed)")
    withExtendedLifetime(listener) {}
    try scene.expectMended("operations", "'piko \(arguments[0])' on environment 'one' was cut off")
    #expect(try scene.ports() == before)
  }

  @Test(arguments: ["start", "after-start", "setup"])
  func leavesAnEnvironmentWhoseCreationWasKilledAtTheEnd(step: String) throws {
    try cutOff(step)
    try scene.expectMended("operations", "'piko create' on environment 'cut' was cut off")
    #expect(try sandbox.piko("up", "cut", "--yes", in: scene.project).status == 0)
    try scene.expectWell()
  }

  @Test(arguments: ["up", "down", "restart"])
  func otherVerbsSayHowToGoOnWithACreationThatWasCutOff(verb: String) throws {
    _ = try sandbox.git("branch", "base/x", in: scene.project)
    let killed = try sandbox.piko(
      "create", "cut", "--branch", "topic x'y".replacing(" ", with: "/"), "--from", "base/x",
      "--yes", in: scene.project, environment: ["PIKO_TEST_FAULT": "after-worktree:kill"])
    #expect(killed.status == 128 + 9)
    let said = try sandbox.piko(verb, "cut", in: scene.project)
    #expect(said.status == 1)
    let line = try #require(said.stderr.split(separator: "\n").first { $0.hasPrefix("hint: ") })
    let prefix = "hint: to make it again, run 'piko "
    try #require(line.hasPrefix(prefix), "\(said)")
    // The command is typed into a shell as it stands.
    let command = "piko \(line.dropFirst(prefix.count).dropLast()) --yes"
    let typed = try sandbox.run("sh", "-c", command, in: scene.project)
    #expect(typed.status == 0, "\(command)\n\(typed)")
    #expect(
      try sandbox.git("branch", "--show-current", in: scene.worktree("cut")) == "topic/x'y")
  }

  // MARK: - Helpers of the suite

  /// Puts nothing, its own first half, or noise into a database's file.
  private func overwrite(_ file: FilePath, with content: String) throws {
    let commands = [
      "": ": > \"$1\"", "noise": "head -c 20000 /dev/urandom > \"$1\"",
      "half": "truncate -s $(($(stat -c %s \"$1\") / 8192 * 4096)) \"$1\"",
    ]
    // What is in the log goes into the file first.
    try sandbox.output("sqlite3", ["-batch", file.string, "PRAGMA wal_checkpoint(TRUNCATE)"])
    let command = try #require(commands[content])
    try sandbox.output("sh", ["-c", "\(command); rm -f \"$1\"-*", "sh", file.string])
  }

  private func cutOff(_ step: String) throws {
    let killed = try sandbox.piko(
      "create", "cut", "--yes", in: scene.project,
      environment: ["PIKO_TEST_FAULT": "\(step):kill"])
    try #require(killed.status == 128 + 9, "\(killed)")
  }

  private func occupied() throws -> Listener {
    let port = try sandbox.piko("ports", "one", "-q", in: scene.project).stdout
      .split(separator: "\n").compactMap { Int($0) }
    return try Listener(on: #require(port.first))
  }
}
