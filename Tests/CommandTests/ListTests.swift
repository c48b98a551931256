import FoundationEssentials
import Support
import SystemPackage
import Testing

/// `piko list`: the environments of a project, or of all, and what becomes of a lost database.
@Suite struct ListTests {
  let sandbox: Sandbox

  init() throws { sandbox = try Sandbox() }

  private func listed(_ options: String..., in directory: FilePath) throws -> Environments {
    try Environments(of: sandbox.piko(["list", "--json"] + options, in: directory))
  }

  /// A table without the two columns that change by themselves: age and ports.
  private func table(_ options: String..., in directory: FilePath) throws -> [[String]] {
    let text = try sandbox.piko(["list"] + options, in: directory).stdout
    return text.split(separator: "\n").map { line in
      line.split(separator: " ").map(String.init).prefix { $0.wholeMatch(of: #/[0-9]+s/#) == nil }
    }.map(Array.init)
  }

  // MARK: - Forms

  @Test func printsATable() throws {
    let project = try sandbox.project()
    try sandbox.create("feature/auth", in: project)
    try sandbox.create("zero", in: project)
    let said = try sandbox.piko("list", in: project)
    let ports = try ["feature-auth", "zero"].map { try sandbox.ports(of: $0, in: project) }
    let lines = said.stdout.replacing(#/[0-9]+s +/#, with: "AGO  ")
    #expect(
      lines == """
        NAME          BRANCH        STATE  CHANGES  AGE  PORTS
        feature-auth  feature/auth  ready  clean    AGO  \
        api:\(ports[0]["api"] ?? 0) web:\(ports[0]["web"] ?? 0)
        zero          zero          ready  clean    AGO  \
        api:\(ports[1]["api"] ?? 0) web:\(ports[1]["web"] ?? 0)

        """)
    #expect(said.stderr.isEmpty)
    #expect(said.status == 0)
  }

  @Test func staysWithinTheTerminalsColumns() throws {
    let ports = (1...9).map { "service\($0): \(3000 + $0)" }.joined(separator: ", ")
    let project = try sandbox.project(configured: "ports: {\(ports)}")
    try sandbox.create("x", in: project)
    let shown = try sandbox.run("script", ["-qec", "piko list", "/dev/null"], in: project)
    let lines = shown.stdout.replacing("\r\n", with: "\n").split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines.allSatisfy { $0.count <= 80 }, "\(shown)")
    #expect(lines.last?.hasSuffix("…") == true)
    // A pipe gets all of it.
    #expect(try sandbox.piko("list", in: project).stdout.contains(" service9:"))
  }

  @Test func cutsLongNamesOnATerminal() throws {
    let project = try sandbox.project(configured: "ports: {web: 3000}")
    let branch = "feature/" + String(repeating: "a-rather-long-description-", count: 4) + "x"
    try sandbox.create(branch, in: project)
    let shown = try sandbox.run("script", ["-qec", "piko list", "/dev/null"], in: project)
    let lines = shown.stdout.replacing("\r\n", with: "\n").split(separator: "\n")
    #expect(lines.count == 2 && lines.allSatisfy { $0.count <= 80 }, "\(shown)")
    #expect(lines.last?.contains("feature/a-rather-l") == true, "\(shown)")
    #expect(lines.last?.contains("  ready  clean  ") == true, "\(shown)")
    #expect(try sandbox.piko("list", in: project).stdout.contains("  \(branch)  "))
  }

  @Test func sayNothingOfAnEmptyProject() throws {
    let project = try sandbox.project()
    #expect(try sandbox.piko("list", in: project).text == "status 0")
    #expect(try sandbox.piko("list", "-q", in: project).text == "status 0")
    #expect(try sandbox.piko("list", "--all", in: project).text == "status 0")
    #expect(
      try sandbox.piko("list", "--json", in: project).text
        == "1| {\"environments\":[],\"version\":1}\nstatus 0")
    #expect(!sandbox.exists("project/.piko"))
  }

  @Test func outsideARepository() throws {
    #expect(
      try sandbox.piko("list").text == """
        2| error: not a git repository (or any of the parent directories): .git
        2| hint: go to one, or make one: 'git init'
        status 128
        """)
    #expect(try sandbox.piko("list", "--all").text == "status 0")
  }

  @Test func printsJSON() throws {
    let project = try sandbox.project(configured: "ports: {web: 3000}")
    try sandbox.create("feature/x", in: project)
    let said = try sandbox.piko("list", "--json", in: project)
    let text = try sandbox.text(said, namingPortsOf: "feature-x", in: project)
      .replacing(#/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z/#, with: "TIME")
    #expect(
      text == """
        1| {"environments":[{"branch":"feature/x","composeProject":"piko-project-feature-x",\
        "createdAt":"TIME","git":{"ahead":null,"behind":null,"changed":0},"name":"feature-x",\
        "path":"<root>/project/.piko/worktrees/feature-x",\
        "ports":[{"address":"","port":<web>,"protocol":"tcp","service":"web","shared":false,\
        "target":3000}],"project":"project","session":"piko/project/feature-x","state":"ready"}],\
        "version":1}
        status 0
        """)
  }

  @Test func createPrintsTheSameJSON() throws {
    let project = try sandbox.project()
    let made = try sandbox.piko("create", "x", "--json", "-q", in: project)
    #expect(made.stderr.isEmpty)
    let entry = try JSONDecoder().decode(
      Environments.Entry.self, from: Data(made.stdout.utf8))
    let again = try listed(in: project).environments
    #expect(again.map(\.ports) == [entry.ports])
    #expect(again.map(\.path) == [entry.path])
    #expect(made.stdout.contains("\"version\":1"))
  }

  @Test func printsNamesAlone() throws {
    let project = try sandbox.project()
    for name in ["b", "a"] { try sandbox.create(name, in: project) }
    #expect(try sandbox.piko("list", "-q", in: project).text == "1| a\n1| b\nstatus 0")
  }

  @Test func listsAllProjects() throws {
    let (one, two) = try (sandbox.project("one"), sandbox.project("two"))
    for project in [two, one] { try sandbox.create("same", in: project) }
    try sandbox.create("more", in: two)
    #expect(
      try table("--all", in: sandbox.root) == [
        ["PROJECT", "NAME", "BRANCH", "STATE", "CHANGES", "AGE", "PORTS"],
        ["one", "same", "same", "ready", "clean"], ["two", "more", "more", "ready", "clean"],
        ["two", "same", "same", "ready", "clean"],
      ])
    #expect(try table(in: two).count == 3)
    try sandbox.output("mv", ["one", "gone"])
    let left = try sandbox.piko("list", "--all", "-q")
    #expect(left.stdout == "more\nsame\n")
    #expect(
      left.stderr.hasPrefix("warning: cannot read the project in '<root>/one': "), "\(left)")
    #expect(left.status == 0)
  }

  // MARK: - States

  @Test func showsChangesAgainstGit() throws {
    let origin = try sandbox.project("origin")
    try sandbox.git("branch", "topic", in: origin)
    try sandbox.git("clone", "-q", origin.string, "project")
    let project = sandbox.root.appending("project")
    let worktree = try sandbox.create("topic", in: project)
    #expect(
      try listed(in: project).environments.map(\.git) == [.init(changed: 0, ahead: 0, behind: 0)])
    for message in ["One", "Two"] {
      try sandbox.git("commit", "-q", "--allow-empty", "-m", message, in: worktree)
    }
    try sandbox.git("checkout", "-q", "topic", in: origin)
    try sandbox.git("commit", "-q", "--allow-empty", "-m", "Theirs", in: origin)
    try sandbox.git("fetch", "-q", in: project)
    try sandbox.write("x\n", to: worktree.appending("untracked"))
    try sandbox.write("x\n", to: worktree.appending("README"))
    #expect(
      try listed(in: project).environments.map(\.git) == [.init(changed: 2, ahead: 2, behind: 1)])
    #expect(try table(in: project)[1] == ["topic", "topic", "ready", "2", "↑2", "↓1"])
    #expect(
      try table("--no-git", in: project) == [
        ["NAME", "BRANCH", "STATE", "AGE", "PORTS"], ["topic", "topic", "ready"],
      ])
    #expect(try listed("--no-git", in: project).environments.map(\.git) == [nil])
  }

  @Test func aDeletedWorktreeIsBroken() throws {
    let project = try sandbox.project()
    try sandbox.create("x", in: project)
    try sandbox.output("rm", ["-rf", ".piko/worktrees/x"], in: project)
    #expect(try table(in: project)[1] == ["x", "x", "broken", "…"])
    #expect(try listed(in: project).environments.map(\.state) == ["broken"])
    #expect(
      try listed(in: project).environments.map(\.git) == [
        .init(changed: nil, ahead: nil, behind: nil)
      ])
  }

  @Test func oneThatIsBeingMadeIsShownSo() throws {
    let project = try sandbox.project()
    _ = try sandbox.piko(
      "create", "x", in: project, environment: ["PIKO_TEST_FAULT": "copy:kill"])
    #expect(try table(in: project)[1] == ["x", "x", "creating", "clean"])
  }

  @Test func oneThatIsBeingRemovedIsShownSo() throws {
    let project = try sandbox.project()
    try sandbox.create("x", in: project)
    _ = try sandbox.piko(
      "destroy", "x", in: project, environment: ["PIKO_TEST_FAULT": "remove-worktree:kill"])
    #expect(try table(in: project)[1].prefix(3) == ["x", "x", "destroying"])
    let status = try sandbox.piko("status", "x", in: project).stdout
    #expect(status.contains("cut off; to finish, run 'piko destroy x'"), "\(status)")
  }

  // MARK: - Databases

  @Test func aStateThatIsGoneIsRebuilt() throws {
    let project = try sandbox.project()
    for name in ["feature/x", "y"] { try sandbox.create(name, in: project) }
    let before = try listed(in: project)
    try sandbox.output("sh", ["-c", "rm .piko/state.db*"], in: project)
    let said = try sandbox.piko("list", "--json", in: project)
    #expect(
      said.stderr
        == "warning: '<root>/project/.piko/state.db' was gone; rebuilt it with feature-x, y\n")
    let after = try Environments(of: said)
    #expect(after.environments.map(\.ports) == before.environments.map(\.ports))
    #expect(after.environments.map(\.branch) == before.environments.map(\.branch))
    #expect(after.environments.map(\.state) == ["ready", "ready"])
    #expect(try sandbox.piko("list", "-q", in: project).text == "1| feature-x\n1| y\nstatus 0")
    let removed = try sandbox.piko("destroy", "y", in: project)
    #expect(removed.status == 0, "\(removed)")
  }

  @Test func cleaningTheCheckoutLosesNoEnvironment() throws {
    let project = try sandbox.project()
    let worktree = try sandbox.create("x", in: project)
    try sandbox.write("precious\n", to: worktree.appending("work"))
    try sandbox.git("clean", "-q", "-fdx", in: project)
    #expect(try listed(in: project).environments.map(\.name) == ["x"])
    // git itself leaves a linked worktree alone unless it is forced twice.
    #expect(try sandbox.read(worktree.appending("work")) == "precious\n")
  }

  @Test(arguments: ["state.db", "registry.db"])
  func aDamagedDatabaseIsSaidSo(name: String) throws {
    let project = try sandbox.project()
    try sandbox.create("x", in: project)
    let directory =
      name == "state.db" ? project.appending(".piko") : sandbox.root.pushing("state/piko")
    try sandbox.output(
      "sh", ["-c", "rm \(name)*; yes damaged | head -c 8192 > \(name)"], in: directory)
    for words in [["list"], ["ports", "x"], ["create", "y"], ["path", "x"]] {
      let said = try sandbox.piko(words, in: project)
      #expect(said.stdout.isEmpty)
      #expect(
        said.stderr.hasPrefix(
          "error: cannot read '\(sandbox.normalized(directory.appending(name).string))': it is damaged"
        ), "\(said)")
      #expect(said.status == 128)
    }
    #expect(try sandbox.read(directory.appending(name)).hasPrefix("damaged\n"))
  }
}
