import FoundationEssentials
import PikoCore
import Support
import SystemPackage
import Testing

/// Each thing that can be wrong, made wrong, seen and mended; containers are ``DoctorEngineTests``'s.
@Suite struct DoctorTests {
  private let sandbox: Sandbox
  private let project: FilePath

  init() throws {
    sandbox = try Sandbox()
    project = try sandbox.repository(
      "shop", files: [".piko.yml": "ports:\n  web: 3047\n  api: 8053\n"])
    try create("one")
  }

  @Test func isContentWithWhatIsWell() throws {
    let said = try sandbox.piko("doctor", in: project)
    #expect(said.status == 0, "\(said)")
    #expect(said.stdout.split(separator: "\n").allSatisfy { $0.hasPrefix("ok      ") }, "\(said)")
    #expect(said.stdout.contains("\nok      engine: does not answer, and is not needed here\n"))
  }

  @Test func printsJSON() throws {
    try FileManager.default.removeItem(atPath: worktree("one").string)
    let said = try sandbox.piko("doctor", "--json", in: project)
    #expect(said.status == 1)
    let answer = try JSONValue(parsing: Array(said.stdout.utf8))
    #expect(answer["version"]?.integer == 1)
    let checks = try #require(answer["checks"]?.array)
    let found = checks.first { $0["name"]?.string == "environments" }
    #expect(found?["result"]?.string == "error")
    #expect(found?["command"]?.string == "piko doctor --fix")
  }

  @Test func needsDockerAndTmuxOnlyWhereTheyAreUsed() throws {
    let path = try toolsWithout(["docker", "tmux"])
    let bare = try sandbox.piko("doctor", in: project, environment: ["PATH": path])
    #expect(bare.status == 0, "\(bare)")
    #expect(bare.stdout.contains("ok      docker: not found, and not needed here\n"))
    #expect(bare.stdout.contains("ok      tmux: not found; "))
    try sandbox.write("services: {web: {image: x}}\n", to: project.appending("compose.yaml"))
    let needed = try sandbox.piko("doctor", in: project, environment: ["PATH": path])
    #expect(needed.status == 1)
    #expect(needed.stdout.contains("error   docker: not found on PATH\n"))
    #expect(needed.stdout.contains("error   compose: "))
    #expect(needed.stdout.contains("error   engine: "))
  }

  // MARK: - Databases

  @Test func rebuildsADamagedState() throws {
    let before = try sandbox.piko("ports", "one", "--json", in: project).stdout
    let file = project.pushing(".piko/state.db")
    try sandbox.write("no database\n", to: file)
    try expectMended("databases", " is damaged: file is not a database")
    #expect(try sandbox.piko("ports", "one", "--json", in: project).stdout == before)
    #expect(try sandbox.read(FilePath("\(file).damaged-1")) == "no database\n")
  }

  @Test func rebuildsADamagedRegisterWithTheSamePorts() throws {
    try create("two")
    let before = try ports()
    _ = try sandbox.piko("destroy", "two", in: project)
    try create("three")
    let mixed = try ports()
    try sandbox.write("noise", to: "state/piko/registry.db")
    for suffix in ["-wal", "-shm"] {
      try? FileManager.default.removeItem(atPath: "\(sandbox.root)/state/piko/registry.db\(suffix)")
    }
    #expect(try sandbox.piko("ports", "one", in: project).status == 128)
    try expectMended("databases", "registry.db' is damaged: ", andOthers: true)
    #expect(try ports() == mixed)
    #expect(before["one"] == mixed["one"])
  }

  @Test func rebuildsALostRegister() throws {
    let before = try ports()
    for suffix in ["", "-wal", "-shm"] {
      try? FileManager.default.removeItem(atPath: "\(sandbox.root)/state/piko/registry.db\(suffix)")
    }
    try expectMended("environments", "environment 'one' is not in the register")
    #expect(try ports() == before)
  }

  @Test func keepsThePortsOfContainersWhenBothDatabasesAreLost() throws {
    // Ports that the rules would not give again: the first environment's block is taken.
    let shop = try composeProject("compose-shop")
    for name in ["first", "second"] {
      let made = try sandbox.piko("create", name, "--no-start", "--yes", in: shop)
      try #require(made.status == 0, "\(made)")
    }
    let before = try sandbox.piko("ports", "second", "--json", in: shop).stdout
    let variables = try sandbox.piko("env", "second", in: shop).stdout
    _ = try sandbox.piko("destroy", "first", "--force", in: shop)
    for file in ["state/piko/registry.db", "compose-shop/.piko/state.db"] {
      for suffix in ["", "-wal", "-shm"] {
        try? FileManager.default.removeItem(atPath: "\(sandbox.root)/\(file)\(suffix)")
      }
    }
    let said = try sandbox.piko("doctor", "--fix", in: shop)
    #expect(said.stdout.contains("mended  worktrees: environment 'second' is in no database\n"))
    #expect(try sandbox.piko("ports", "second", "--json", in: shop).stdout == before)
    #expect(try sandbox.piko("env", "second", in: shop).stdout == variables)
  }

  @Test func followsAProjectThatWasMoved() throws {
    let before = try ports()
    let place = sandbox.root.appending("moved")
    try FileManager.default.moveItem(atPath: project.string, toPath: place.string)
    let said = try sandbox.piko("doctor", "--fix", in: place)
    #expect(
      said.stdout.contains("mended  projects: the project in '<root>/moved' was moved from "),
      "\(said)")
    #expect(
      try sandbox.piko("path", "one", in: place).stdout == "<root>/moved/.piko/worktrees/one\n")
    #expect(try ports(in: place) == before)
    let inside = place.pushing(".piko/worktrees/one")
    #expect(try sandbox.git("status", "--porcelain", in: inside) == "")
    #expect(try sandbox.piko("doctor", in: place).status == 0)
  }

  @Test func namesAProjectThatIsGone() throws {
    try FileManager.default.removeItem(atPath: project.string)
    let said = try sandbox.piko("doctor", "--fix")
    #expect(said.stdout.contains("warning projects: '<root>/shop' is gone, and has environments; "))
    #expect(said.stdout.contains("        to mend it: find ~ -path '*/.piko/state.db'\n"))
  }

  // MARK: - Work that was cut off

  @Test(arguments: ["reserve", "after-reserve", "worktree", "after-worktree", "after-isolate"])
  func undoesACreationThatWasKilled(step: String) throws {
    let killed = try sandbox.piko(
      "create", "two", "--yes", in: project, environment: ["PIKO_TEST_FAULT": "\(step):kill"])
    #expect(killed.status != 0)
    let said = try sandbox.piko("doctor", "--fix", in: project)
    #expect(said.status == 0, "\(said)")
    #expect(!said.stdout.contains("error"), "\(said)")
    #expect(!sandbox.exists(worktree("two")))
    #expect(try sandbox.git("branch", "--list", "two", in: project) == "")
    try expectWell()
    try create("two")
  }

  @Test(arguments: ["remove-worktree", "after-remove-worktree", "release"])
  func finishesARemovalThatWasKilled(step: String) throws {
    let killed = try sandbox.piko(
      "destroy", "one", in: project, environment: ["PIKO_TEST_FAULT": "\(step):kill"])
    #expect(killed.status != 0)
    try expectMended("operations", "the removal of environment 'one' was cut off", andOthers: true)
    #expect(!sandbox.exists(worktree("one")))
    #expect(try sandbox.piko("list", "-q", in: project).stdout == "")
  }

  @Test func leavesAloneWhatSomebodyWorksOn() throws {
    _ = try sandbox.piko(
      "create", "two", "--yes", in: project,
      environment: ["PIKO_TEST_FAULT": "after-worktree:kill"])
    let file = FileLock.file(
      of: try EnvironmentName(normalizing: "two"), root: project,
      in: sandbox.root.pushing("state/piko"))
    let lock = try FileLock.acquire(file, activity: "piko create two", wait: false)
    #expect(try !sandbox.piko("doctor", "--fix", in: project).stdout.contains("mended"))
    #expect(sandbox.exists(worktree("two")))
    lock.release()
    #expect(try sandbox.piko("doctor", "--fix", in: project).stdout.contains("mended  operations"))
  }

  // MARK: - Leftovers

  @Test func removesWhatIsLeftWithoutAWorktree() throws {
    try FileManager.default.removeItem(atPath: worktree("one").string)
    try expectMended("environments", "the worktree of environment 'one' is gone")
    #expect(try sandbox.piko("list", "-q", in: project).stdout == "")
    #expect(try sandbox.git("branch", "--list", "one", in: project) == "  one")
    #expect(try !sandbox.git("worktree", "list", in: project).contains("one"))
  }

  @Test func namesWorktreesThatAreNoEnvironments() throws {
    try sandbox.git("worktree", "add", "-q", worktree("plain").string, in: project)
    try sandbox.write("work\n", to: worktree("stray").appending("file"))
    let said = try sandbox.piko("doctor", "--fix", in: project)
    #expect(said.status == 0)
    #expect(
      said.stdout.contains("worktrees: the worktree '<root>/shop/.piko/worktrees/plain' is no"))
    #expect(said.stdout.contains(": git -C <root>/shop worktree remove <root>/shop/.piko"))
    #expect(said.stdout.contains("'<root>/shop/.piko/worktrees/stray' is no worktree of this"))
    #expect(
      sandbox.exists(worktree("plain")) && sandbox.exists(worktree("stray").appending("file")))
  }

  @Test func forgetsGitsRecordOfAWorktreeThatIsGone() throws {
    try sandbox.git("worktree", "add", "-q", worktree("plain").string, in: project)
    try FileManager.default.removeItem(atPath: worktree("plain").string)
    try expectMended("worktrees", "git remembers the worktree '<root>/shop/.piko/worktrees/plain'")
    #expect(try !sandbox.git("worktree", "list", in: project).contains("plain"))
  }

  @Test func removesALeftoverLock() throws {
    try sandbox.write("1 piko create x\n", to: "state/piko/locks/x-1.lock")
    try expectMended("locks", "'<root>/state/piko/locks/x-1.lock' is nobody's")
    #expect(!sandbox.exists("state/piko/locks/x-1.lock"))
  }

  @Test func addsTheMissingLinesOfTheExcludeFile() throws {
    try sandbox.write("mine\n", to: project.pushing(".git/info/exclude"))
    try expectMended("exclude", " lacks '/.piko' and 'docker-compose.piko.yml'")
    #expect(try sandbox.git("status", "--porcelain", in: project) == "")
    #expect(try sandbox.read(project.pushing(".git/info/exclude")).hasPrefix("mine\n"))
  }

  @Test func namesABuildContextThatHoldsTheWorktrees() throws {
    let shop = try composeProject("built", build: true)
    _ = try sandbox.piko("create", "one", "--no-start", "--yes", in: shop)
    let said = try sandbox.piko("doctor", "--fix", in: shop)
    #expect(said.stdout.contains("warning contexts: service 'web' is built from '<root>/built'"))
    #expect(said.stdout.contains(": echo .piko >> <root>/built/.dockerignore\n"))
    #expect(!sandbox.exists(shop.appending(".dockerignore")))
    try sandbox.write(".piko\n", to: shop.appending(".dockerignore"))
    let mended = try sandbox.piko("doctor", in: shop).stdout
    #expect(mended.contains("ok      contexts: nothing to mend\n"))
  }

  @Test func namesSessionsOfNoEnvironment() throws {
    try sandbox.output(
      "tmux",
      [
        "-f", "/dev/null", "new-session", "-d", "-s", "piko/shop/own", ";", "new-session", "-d",
        "-s", "piko/shop/gone", ";", "set-option", "@piko_environment", "gone \(project)", ";",
        "set-option", "-F", "@piko_session", "#{session_id}", ";", "new-window", "-d", "-t",
        "piko/shop/own:", "-n", "web", ";", "set-option", "-p", "-t", "piko/shop/own:web",
        "@piko_window", "web shell gone \(project)", ";", "set-option", "-p", "-F", "-t",
        "piko/shop/own:web", "@piko_pane", "#{pane_id}", ";", "set-option", "-g",
        "@piko_environment", "gone \(project)",
      ])
    let said = try sandbox.piko("doctor", "--fix", in: project).stdout
    #expect(
      said.contains(
        "warning sessions: session 'piko/shop/gone' is left of environment 'gone' of '<root>/shop'\n"
      ), "\(said)")
    #expect(
      said.contains(
        "warning sessions: window 'web' of session 'piko/shop/own' is left of environment 'gone'"
      ), "\(said)")
    #expect(!said.contains("sessions: session 'piko/shop/own'"))
    let window = try sandbox.output(
      "tmux", ["display-message", "-p", "-t", "piko/shop/own:web", "#{pane_id}"])
    #expect(said.contains(": tmux kill-pane -t \(window)\n"))
    #expect(said.contains(": tmux kill-session -t '=piko/shop/gone'\n"))
    try sandbox.output(
      "tmux", ["kill-session", "-t", "=piko/shop/gone", ";", "kill-pane", "-t", window])
    #expect(try sandbox.piko("doctor", in: project).stdout.contains("ok      sessions: nothing"))
  }

  // MARK: - Helpers of the suite

  private func worktree(_ name: String) -> FilePath {
    project.pushing(".piko/worktrees").appending(name)
  }

  private func create(_ name: String) throws {
    let made = try sandbox.piko("create", name, "--yes", "-q", in: project)
    try #require(made.status == 0, "\(made)")
  }

  private func ports(in root: FilePath? = nil) throws -> [String: String] {
    let root = root ?? project
    var all: [String: String] = [:]
    for name in try sandbox.piko("list", "-q", in: root).stdout.split(separator: "\n") {
      all[String(name)] = try sandbox.piko("ports", String(name), "--json", in: root).stdout
    }
    return all
  }

  private func composeProject(_ name: String, build: Bool = false) throws -> FilePath {
    try sandbox.repository(
      name,
      files: [
        "compose.yaml": """
        services:
          web:
            \(build ? "build: ." : "image: x")
            ports: ["8080:80", "127.0.0.1:8081:80"]
        """, "Dockerfile": "FROM scratch\n",
      ])
  }

  /// A `PATH` with everything the sandbox has but these programs.
  private func toolsWithout(_ names: Set<String>) throws -> String {
    let tools = sandbox.root.appending("tools")
    try FileManager.default.createDirectory(
      atPath: tools.string, withIntermediateDirectories: true)
    for name in ["git", "sh"] {
      let found = try #require(
        ["/usr/bin", "/bin", "/usr/local/bin"].map { "\($0)/\(name)" }
          .first(where: FileManager.default.fileExists))
      try? FileManager.default.createSymbolicLink(
        atPath: tools.appending(name).string, withDestinationPath: found)
    }
    return "\(BuiltPrograms.directory):\(tools)"
  }

  /// Sees a problem, has it mended, and sees that all is well and a second run does nothing.
  private func expectMended(
    _ check: String, _ text: String, andOthers: Bool = false,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let seen = try sandbox.piko("doctor", in: project)
    let problems = seen.stdout.split(separator: "\n").filter {
      ($0.hasPrefix("error") || $0.hasPrefix("warning")) && $0.contains(" \(check): ")
    }
    #expect(
      problems.contains { $0.contains(text) }, "\(seen)", sourceLocation: sourceLocation)
    #expect(seen.stdout.contains("to mend it: piko doctor --fix\n"), sourceLocation: sourceLocation)
    let mended = try sandbox.piko("doctor", "--fix", in: project)
    #expect(mended.status == 0, "\(mended)", sourceLocation: sourceLocation)
    #expect(
      mended.stdout.contains("mended  \(check): "), "\(mended)", sourceLocation: sourceLocation)
    try expectWell(sourceLocation)
  }

  private func expectWell(_ sourceLocation: SourceLocation = #_sourceLocation) throws {
    let again = try sandbox.piko("doctor", "--fix", in: project)
    #expect(
      again.stdout.split(separator: "\n").allSatisfy { $0.hasPrefix("ok      ") }, "\(again)",
      sourceLocation: sourceLocation)
    #expect(again.status == 0, sourceLocation: sourceLocation)
  }
}
