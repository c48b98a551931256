import FoundationEssentials
import Support
import SystemPackage
import Testing

/// Projects that are not where their databases say: moved, and copied.
@Suite struct DoctorPlaceTests {
  private let sandbox: Sandbox
  private let scene: DoctorScene

  init() throws {
    sandbox = try Sandbox()
    let project = try sandbox.repository(
      "shop", files: [".piko.yml": "ports:\n  web: 3047\n  api: 8053\n"])
    scene = DoctorScene(sandbox: sandbox, project: project)
    try scene.create("one")
  }

  private func copy() throws -> FilePath {
    try sandbox.output("cp", ["-a", scene.project.string, "\(sandbox.root)/copy"])
    return sandbox.root.appending("copy")
  }

  @Test(arguments: [
    ["list"], ["destroy", "--force", "one"], ["up", "one"], ["path", "one"], ["create", "two"],
  ])
  func aCopyTouchesNothingOfTheOriginal(arguments: [String]) throws {
    let copy = try copy()
    let said = try sandbox.piko(arguments, in: copy)
    #expect(said.status == 128, "\(said)")
    #expect(
      said.stderr == """
        error: the project in '<root>/copy' is a copy of '<root>/shop', whose environments its \
        databases tell of
        hint: to let it begin without any, run 'piko doctor --fix'

        """)
    #expect(sandbox.exists(scene.worktree("one").appending(".piko.yml")))
    #expect(try sandbox.piko("list", "-q", in: scene.project).stdout == "one\n")
  }

  @Test func givesACopyACleanStart() throws {
    try sandbox.write("work\n", to: scene.worktree("one").appending("unfinished"))
    let before = try scene.ports()
    let records = try sandbox.git("worktree", "list", "--porcelain", in: scene.project)
    let status = try sandbox.git("status", "--porcelain", in: scene.worktree("one"))
    let copy = try copy()
    try scene.expectMended("projects", "is a copy of '<root>/shop'", in: copy)

    // The copy has no environments, and what was copied of them is kept.
    #expect(try sandbox.piko("list", "-q", in: copy).stdout == "")
    let kept = copy.pushing(".piko/copied-1")
    #expect(try sandbox.read(kept.pushing("worktrees/one/unfinished")) == "work\n")
    #expect(sandbox.exists(kept.appending("state.db")))
    #expect(sandbox.exists(kept.pushing("git-worktrees/one/HEAD")))
    #expect(try sandbox.git("status", "--porcelain", in: copy) == "")
    let made = try sandbox.piko("create", "one", "--yes", "-q", in: copy)
    #expect(made.status == 0, "\(made)")
    #expect(try scene.ports(in: copy)["one"] != before["one"])

    // The original is as it was.
    #expect(try scene.ports() == before)
    #expect(try sandbox.git("worktree", "list", "--porcelain", in: scene.project) == records)
    #expect(try sandbox.git("status", "--porcelain", in: scene.worktree("one")) == status)
    try scene.expectWell()
    let destroyed = try sandbox.piko("destroy", "one", in: copy)
    #expect(destroyed.status == 0, "\(destroyed)")
    #expect(sandbox.exists(scene.worktree("one").appending("unfinished")))
  }

  @Test func takesACopyForTheProjectOnceTheOriginalIsGone() throws {
    let before = try scene.ports()
    let copy = try copy()
    try FileManager.default.removeItem(atPath: scene.project.string)
    try scene.expectMended("projects", "was moved from '<root>/shop'", in: copy)
    #expect(try scene.ports(in: copy) == before)
  }

  @Test func aMovedProjectIsNotActedOnBeforeItsEnvironmentsFollow() throws {
    let place = sandbox.root.appending("moved")
    try FileManager.default.moveItem(atPath: scene.project.string, toPath: place.string)
    let said = try sandbox.piko("destroy", "one", "--force", in: place)
    #expect(said.status == 128)
    #expect(said.stderr.contains("hint: to have its environments follow, run 'piko doctor --fix'"))
    try scene.expectMended("projects", "was moved from '<root>/shop'", in: place)
    #expect(try sandbox.piko("destroy", "one", in: place).status == 0)
  }

  @Test func followsAMovedProjectWithoutARegister() throws {
    let before = try scene.ports()
    scene.lose(state: false)
    let place = sandbox.root.appending("moved")
    try FileManager.default.moveItem(atPath: scene.project.string, toPath: place.string)
    try scene.expectMended("projects", "was moved from '<root>/shop'", in: place)
    #expect(try scene.ports(in: place) == before)
  }

  /// A new repository where the project was, with an environment of the same name.
  @Test(arguments: [true, false])
  func anotherRepositoryAtItsFormerPlaceInheritsNothing(isSeenFirst: Bool) throws {
    let before = try scene.ports()
    let place = sandbox.root.appending("moved")
    try FileManager.default.moveItem(atPath: scene.project.string, toPath: place.string)
    let other = try sandbox.repository("shop", files: [".piko.yml": "ports: {web: 3047}\n"])
    if isSeenFirst {
      let said = try sandbox.piko("list", "-q", in: other)
      #expect(
        said.text == """
          2| warning: '<root>/shop' holds another repository than before, whose environments wait \
          for it: one; where it is now, 'piko doctor --fix' has them follow
          status 0
          """)
      #expect(try sandbox.piko("doctor", "--fix", in: other).status == 0)
    }
    let made = try sandbox.piko("create", "one", "--yes", "-q", in: other)
    #expect(made.status == 0, "\(made)")
    let own = try scene.ports(in: other)
    #expect(own != before)

    try scene.expectMended("projects", "was moved from '<root>/shop'", in: place)
    #expect(try scene.ports(in: place) == before)
    #expect(try scene.ports(in: other) == own)
    try scene.expectWell(in: other)
    #expect(try sandbox.piko("destroy", "one", in: place).status == 0)
    #expect(try scene.ports(in: other) == own)
  }

  @Test func aProjectRestoredFromABackupIsItself() throws {
    let before = try scene.ports()
    let copy = try copy()
    try FileManager.default.removeItem(atPath: scene.project.string)
    try FileManager.default.moveItem(atPath: copy.string, toPath: scene.project.string)
    #expect(try scene.ports() == before)
    try scene.expectWell()
    scene.lose(register: false)
    let again = try copyBack()
    #expect(try scene.ports(in: again) == before)
    try scene.expectWell()
  }

  /// The project as a copy of itself at the same place: another inode, with its worktrees.
  private func copyBack() throws -> FilePath {
    let copy = try copy()
    try FileManager.default.removeItem(atPath: scene.project.string)
    try FileManager.default.moveItem(atPath: copy.string, toPath: scene.project.string)
    return scene.project
  }

  @Test(arguments: ["after-reserve", "worktree", "after-worktree", "copy", "after-prepare"])
  func undoesACreationThatWasKilledBeforeTheProjectWasMoved(step: String) throws {
    try sandbox.write(".env\n", to: scene.project.pushing(".git/info/exclude"))
    try sandbox.write(
      "copy: [.env]\nlink: [.link]\nscripts: {prepare: 'echo made > .env2'}\n",
      to: scene.project.appending(".piko.yml"))
    try sandbox.write(".env*\n.link\n", to: scene.project.appending(".gitignore"))
    for name in [".env", ".link"] { try sandbox.write("A=1\n", to: scene.project.appending(name)) }
    try sandbox.git("add", "-A", in: scene.project)
    try sandbox.git("commit", "-q", "-m", "Configure", in: scene.project)
    let killed = try sandbox.piko(
      "create", "cut", "--yes", in: scene.project,
      environment: ["PIKO_TEST_FAULT": "\(step):kill"])
    try #require(killed.status == 128 + 9, "\(killed)")
    let place = sandbox.root.appending("moved")
    try FileManager.default.moveItem(atPath: scene.project.string, toPath: place.string)
    let mended = try sandbox.piko("doctor", "--fix", in: place)
    #expect(mended.status == 0, "\(mended)")
    try scene.expectWell(in: place)
    #expect(try sandbox.piko("list", "-q", in: place).stdout == "one\n")
    #expect(try sandbox.git("branch", "--list", "cut", in: place) == "")
    #expect(!sandbox.exists(place.pushing(".piko/worktrees/cut")))
  }

  @Test func examinesTheOtherProjectsOnlyWhenAsked() throws {
    let other = try sandbox.repository("other")
    #expect(try sandbox.piko("create", "one", "--yes", "-q", in: other).status == 0)
    try FileManager.default.removeItem(atPath: scene.worktree("one").string)
    let alone = try sandbox.piko("doctor", in: other)
    #expect(alone.status == 0, "\(alone)")
    #expect(!alone.stdout.contains("<root>/shop"), "\(alone)")
    let text = "error   environments: the worktree of environment 'one' of '<root>/shop' is gone\n"
    #expect(try sandbox.piko("doctor", "--all", in: other).stdout.contains(text))
    #expect(try sandbox.piko("doctor").stdout.contains(text))
  }
}
