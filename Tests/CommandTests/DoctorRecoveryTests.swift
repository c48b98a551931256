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

  // MARK: - Work that was cut off

  @Test(arguments: [
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
