import FoundationEssentials
import Support
import SystemPackage
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The world around environments broken by hand: each verb says so clearly, and doctor leads on.
@Suite struct BrokenWorldTests {
  fileprivate let sandbox: Sandbox

  init() throws { sandbox = try Sandbox() }

  /// Types the verbs that look at an environment and those that change it; none may crash, hang or
  /// end without a word where it fails.
  private func expectClear(
    in project: FilePath, besides: [String] = [], environment: [String: String?] = [:],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let all = [
      ["list"], ["status", "one"], ["ports", "one"], ["env", "one"], ["path", "one"],
      ["up", "one", "--yes"], ["down", "one"], ["create", "two", "--yes", "--no-start"],
      ["destroy", "one", "--dry-run"], ["doctor"],
    ]
    for words in all where !besides.contains(words[0]) {
      let said = try sandbox.piko(words, in: project, environment: environment)
      #expect(
        [0, 1, 128].contains(said.status), "\(words)\n\(said)", sourceLocation: sourceLocation)
      let lines = said.stderr.split(separator: "\n")
      let isTold =
        said.status == 0 || words == ["doctor"] || lines.contains { $0.hasPrefix("error: ") }
      #expect(isTold, "\(words)\n\(said)", sourceLocation: sourceLocation)
      #expect(!said.stderr.contains("internal error"), "\(said)", sourceLocation: sourceLocation)
    }
  }

  // MARK: - The engine

  private func composeProject() throws -> DoctorScene {
    let project = try sandbox.repository(
      files: ["compose.yaml": "services:\n  web:\n    image: x\n    ports: ['8080:80']\n"])
    return DoctorScene(sandbox: sandbox, project: project)
  }

  @Test(arguments: BrokenEngine.Fault.allCases)
  func anEngineThatDoesNotAnswerRightly(fault: BrokenEngine.Fault) throws {
    let scene = try composeProject()
    try scene.create("one", "--no-start")
    let engine = try BrokenEngine(fault, in: sandbox)
    let broken: [String: String?] = ["DOCKER_HOST": engine.address]
    let made = try sandbox.piko("create", "new", "--yes", in: scene.project, environment: broken)
    #expect(made.status != 0 && made.stderr.contains("error: "), "\(made)")
    #expect(!sandbox.exists(scene.worktree("new")))
    #expect(try sandbox.git("branch", "--list", "new", in: scene.project) == "")
    try expectClear(in: scene.project, environment: broken)
    let destroyed = try sandbox.piko("destroy", "one", in: scene.project, environment: broken)
    // Nothing can have come of one that was never started.
    let isTold = destroyed.stderr.contains("could not remove the containers")
    #expect(destroyed.status == (isTold ? 1 : 0), "\(destroyed)")
  }

  // MARK: - The disk

  @Test(.enabled(if: getuid() == 0, "left out: only root can mount a small file system"))
  func aDiskThatIsFullOrReadOnly() throws {
    let disk = sandbox.root.appending("disk")
    try sandbox.output("mkdir", [disk.string])
    try sandbox.output("mount", ["-t", "tmpfs", "-o", "size=48m", "tmpfs", disk.string])
    sandbox.whenDone { try $0.output("umount", [$0.root.appending("disk").string], in: "/") }
    let project = try sandbox.project("disk/project")
    let state: [String: String?] = ["PIKO_STATE_HOME": disk.appending("state").string]
    for name in ["one", "two"] {
      let made = try sandbox.piko("create", name, "--yes", in: project, environment: state)
      try #require(made.status == 0, "\(made)")
    }
    let before = try sandbox.piko("list", "--json", "--no-git", in: project, environment: state)

    let fill = "dd if=/dev/zero of=fill bs=4096 2>/dev/null; sync; true"
    try sandbox.output("sh", ["-c", fill], in: disk)
    try expectClear(in: project, environment: state)
    try sandbox.output("rm", [disk.appending("fill").string])
    let freed = try sandbox.piko("list", "--json", "--no-git", in: project, environment: state)
    #expect(freed.stdout == before.stdout)

    try sandbox.output("mount", ["-o", "remount,ro", disk.string], in: "/")
    try expectClear(in: project, environment: state)
    let frozen = try sandbox.piko("list", "-q", in: project, environment: state)
    #expect(frozen.stdout == "one\ntwo\n", "\(frozen)")
    try sandbox.output("mount", ["-o", "remount,rw", disk.string], in: "/")
    let mended = try sandbox.piko("doctor", "--fix", in: project, environment: state)
    #expect(mended.status == 0, "\(mended)")
    for name in ["one", "two"] {
      let gone = try sandbox.piko("destroy", name, in: project, environment: state)
      #expect(gone.status == 0, "\(gone)")
    }
  }

  // MARK: - What was removed by hand

  private func scene() throws -> DoctorScene {
    let project = try sandbox.project(configured: "ports: {web: 3000}")
    let scene = DoctorScene(sandbox: sandbox, project: project)
    try scene.create("one")
    return scene
  }

  @Test(arguments: [
    "rm -r .piko/worktrees/one", "rm -r .piko/worktrees", "rm .piko/worktrees/one/.git",
    "rm -r .git/worktrees/one", "rm .git/worktrees/one/HEAD", "rm .git/worktrees/one/index",
    "git update-ref -d refs/heads/one", "rm -rf .piko",
    "rm -r .piko/worktrees/one; echo > .piko/worktrees/one",
    "rm -r .piko/worktrees/one; ln -s /etc .piko/worktrees/one", "chmod 0 .piko/state.db",
    "rm .piko/state.db*; mkdir .piko/state.db", "rm -r ../state/piko; echo > ../state/piko",
    "git clean -q -ffdx",
  ])
  func whatIsRemovedByHand(command: String) throws {
    let scene = try scene()
    let keep = sandbox.root.appending("keep")
    try sandbox.write("mine\n", to: keep.appending("file"))
    try sandbox.output("sh", ["-c", command], in: scene.project)
    try expectClear(in: scene.project, besides: ["create"])
    _ = try sandbox.piko("doctor", "--fix", in: scene.project)
    let once = try sandbox.piko("doctor", "--fix", in: scene.project)
    let twice = try sandbox.piko("doctor", "--fix", in: scene.project)
    #expect(once.stdout == twice.stdout && !twice.stdout.contains("\nmended"), "\(once)\n\(twice)")
    #expect(try sandbox.read(keep.appending("file")) == "mine\n")
    #expect(sandbox.exists("/etc/passwd"))
  }

  @Test func aTmuxServerThatWasKilled() throws {
    let scene = try scene()
    try #require(try sandbox.run("tmux", "kill-server").status == 0)
    try expectClear(in: scene.project, besides: ["create"])
    try scene.expectWell()
    #expect(try sandbox.piko("destroy", "one", in: scene.project).status == 0)
  }

  // MARK: - Time and place

  @Test func aClockThatWasSetBack() throws {
    let scene = try scene()
    let ports = try scene.ports()
    // As if all of it had happened a year from now.
    let script = { (table: String, columns: [String]) in
      columns.map { "UPDATE \(table) SET \($0) = datetime(\($0), '+1 year');" }.joined()
    }
    try sandbox.output(
      "sqlite3",
      [
        "-batch", scene.project.pushing(".piko/state.db").string,
        script("project", ["created_at"]) + script("environments", ["created_at"])
          + script("operations", ["begun_at", "ended_at"])
          + script("journal", ["begun_at", "ended_at"]),
      ])
    try sandbox.output(
      "sqlite3",
      [
        "-batch", sandbox.root.pushing("state/piko/registry.db").string,
        script("projects", ["created_at"]) + script("environments", ["created_at"]),
      ])
    let list = try sandbox.piko("list", "--no-git", in: scene.project)
    #expect(list.status == 0 && !list.stdout.contains("-"), "\(list)")
    try expectClear(in: scene.project)
    try scene.expectWell()
    #expect(try scene.ports()["one"] == ports["one"])
    let gone = try sandbox.piko("destroy", "one", "two", in: scene.project)
    #expect(gone.status == 0, "\(gone)")
  }

  @Test func everythingIsBackAfterTheCheckoutWasCleaned() throws {
    let scene = try scene()
    for name in ["two", "three"] { try scene.create(name) }
    let ports = try scene.ports()
    try sandbox.git("clean", "-q", "-fdx", in: scene.project)
    #expect(!sandbox.exists(scene.project.pushing(".piko/state.db")))
    let said = try sandbox.piko("ports", "two", "--json", in: scene.project)
    #expect(said.stdout == ports["two"])
    #expect(
      said.stderr
        == "warning: '<root>/project/.piko/state.db' was gone; rebuilt it with one, three, two\n")
    #expect(try scene.ports() == ports)
    try scene.expectWell()
  }
}

extension BrokenWorldTests {
  @Test(arguments: ["server --port 0", "create x", "trust --yes"])
  func aHomeThatCannotBeWrittenInto(verb: String) throws {
    let project = try sandbox.project(configured: "scripts: {setup: 'true'}")
    try sandbox.write("", to: "none")
    let home: [String: String?] = [
      "HOME": sandbox.root.appending("none").string, "PIKO_STATE_HOME": nil, "XDG_STATE_HOME": nil,
    ]
    let words = verb.split(separator: " ").map(String.init)
    let said = try sandbox.piko(words, in: project, environment: home)
    #expect(said.status == 128, "\(said)")
    #expect(said.stderr.contains("/.local/state/piko"), "\(said)")
    #expect(said.stderr.contains(": Not a directory\n"), "\(said)")
    #expect(
      said.stderr.hasSuffix(
        "hint: to keep what piko writes there elsewhere, run 'export PIKO_STATE_HOME=DIRECTORY'\n"),
      "\(said)")
  }
}
