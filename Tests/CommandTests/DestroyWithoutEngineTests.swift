import Support
import Testing

/// Environments with containers, where no engine answers.
@Suite struct DestroyWithoutEngineTests {
  private static let compose = "services:\n  web:\n    image: x\n    ports: ['8080:80']\n"

  @Test func oneThatPikoNeverStartedGoesWhole() throws {
    let scene = try DestroyScene(files: ["compose.yaml": Self.compose])
    try scene.create("x", "--no-start")
    let gone = try scene.destroy("x")
    #expect(gone.status == 0, "\(gone)")
    try scene.expectGone("x")
    #expect(try scene.hasBranch("x"))
    // The journal of an earlier one says nothing of the next of its name.
    try scene.create("x", "--no-start")
    #expect(try scene.destroy("x", "--delete-branch").status == 0)
    try scene.expectGone("x")
  }

  @Test func oneThatPikoTriedToStartKeepsWhatTheEngineMayHave() throws {
    let scene = try DestroyScene(files: ["compose.yaml": Self.compose])
    try scene.create("x", "--no-start")
    _ = try scene.state(
      """
      INSERT INTO operations (verb, environment, state, pid) VALUES ('up', 'x', 'failed', 1);
      INSERT INTO journal (operation_id, step, state)
      VALUES (last_insert_rowid(), 'start', 'failed');
      """)
    let said = try scene.destroy("x")
    #expect(said.status == 1)
    #expect(
      said.stderr.contains(
        "error: could not remove the containers, networks and images of environment 'x': "),
      "\(said)")
    #expect(said.stderr.contains("hint: when the engine answers, run 'piko destroy x'\n"))
    #expect(try scene.register("SELECT name FROM environments WHERE NOT shared") == "x")
  }

  @Test func oneWhoseJournalIsLostKeepsWhatTheEngineMayHave() throws {
    let scene = try DestroyScene(files: ["compose.yaml": Self.compose])
    try scene.create("x", "--no-start")
    try scene.shell("rm .piko/state.db*")
    let said = try scene.destroy("x")
    #expect(said.status == 1 && said.stderr.contains("when the engine answers"), "\(said)")
  }
}
