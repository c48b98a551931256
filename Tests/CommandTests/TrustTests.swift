import Support
import SystemPackage
import Testing

/// The approval of what a repository supplies to be run.
@Suite struct TrustTests {
  let sandbox: Sandbox

  init() throws { sandbox = try Sandbox() }

  private static let script = "scripts: {prepare: 'touch \"$PIKO_ROOT/../ran\"'}\n"

  private func trust(_ arguments: String..., in directory: FilePath) throws -> Transcript {
    try sandbox.piko(["trust"] + arguments, in: directory)
  }

  /// Commits a `.piko.yml` on a branch of its own.
  private func branch(_ name: String, _ configuration: String, in project: FilePath) throws {
    try sandbox.git("checkout", "-q", "-b", name, in: project)
    try sandbox.commit(configuration, to: ".piko.yml", in: project)
    try sandbox.git("checkout", "-q", "main", in: project)
  }

  @Test func showsAndApprovesBeforeTheFirstEnvironment() throws {
    let project = try sandbox.project(configured: Self.script)
    #expect(
      try trust(in: project).text == """
        2| This project wants to run:
        2|   script prepare: touch "$PIKO_ROOT/../ran"
        2| ✓ Approved '<root>/project'
        status 0
        """)
    #expect(!sandbox.exists("ran"))
    #expect(!sandbox.exists("project/.piko"))
    try sandbox.create("x", in: project)
    #expect(sandbox.exists("ran"))
    #expect(
      try trust(in: project).stderr.hasSuffix("\n'<root>/project' is approved already\n"))
    #expect(try trust("-q", in: project).text == "status 0")
  }

  @Test func whatRunsNothingNeedsNone() throws {
    let project = try sandbox.project(configured: "name: shop\n")
    #expect(
      try trust(in: project).text
        == "2| nothing of '<root>/project' needs approval\nstatus 0")
    #expect(try trust("--list", in: project).text == "status 0")
    #expect(try trust("--revoke", in: project).text == "2| ✓ Took back 0 approvals\nstatus 0")
  }

  @Test func theHintsOfARefusalAreTypeableAsTheyStand() throws {
    let project = try sandbox.project(configured: "scripts: {prepare: 'true'}\n")
    try branch("a stranger".replacing(" ", with: "(x)"), Self.script, in: project)
    for arguments in [["new", "--from", "a(x)stranger"], ["a(x)stranger"]] {
      let refused = try sandbox.piko(["create"] + arguments, in: project)
      #expect(refused.status == 128)
      let hint = try #require(refused.stderr.split(separator: "run '").last?.dropLast(2))
      #expect(hint == "piko trust 'a(x)stranger'")
      try sandbox.output("sh", ["-c", String(hint)], in: project)
      #expect(try sandbox.piko(["create"] + arguments, in: project).status == 0)
      #expect(try trust("--revoke", "-q", in: project).text == "status 0")
    }
    #expect(sandbox.exists("ran"))
  }

  @Test func aRevisionIsSeenAsItWillBeCheckedOut() throws {
    let project = try sandbox.project(configured: "scripts: {prepare: 'true'}\n")
    try branch("other", "scripts: {setup: echo other}\n", in: project)
    try sandbox.write("scripts: {setup: echo uncommitted}\n", to: "project/.piko.yml")
    let shown = try trust("other", in: project)
    #expect(
      shown.text == """
        2| This project wants to run:
        2|   script setup: echo other
        2| ✓ Approved revision 'other'
        status 0
        """)
    #expect(try trust("HEAD", in: project).stderr.contains("\n  script prepare: true\n"))
    #expect(try trust(in: project).stderr.contains("\n  script setup: echo uncommitted\n"))
    #expect(
      try trust("nowhere", in: project).text == """
        2| error: no environment 'nowhere' in '<root>/project'
        2| hint: to make it, run 'piko create nowhere'
        status 1
        """)
  }

  @Test func whatTheWorktreeHasNowIsWhatIsApproved() throws {
    let project = try sandbox.project(configured: Self.script)
    let worktree = try sandbox.create("x", "--yes", in: project)
    try sandbox.write("scripts: {run: echo new}\n", to: worktree.appending(".piko.yml"))
    #expect(try sandbox.piko("run", "x", in: project).status == 128)
    let shown = try trust(in: worktree)
    #expect(shown.stderr.contains("\n  script run: echo new\n✓ Approved environment 'x'\n"))
    #expect(try sandbox.piko("run", "x", in: project).stdout == "new\n")
    // One environment's consent is every other's with that content, and no other project's.
    let second = try sandbox.create("y", in: project)
    try sandbox.write("scripts: {run: echo new} # again\n", to: second.appending(".piko.yml"))
    #expect(try sandbox.piko("run", "y", in: project).stdout == "new\n")
    let other = try sandbox.project("other")
    let third = try sandbox.create("x", in: other)
    try sandbox.write("scripts: {run: echo new}\n", to: third.appending(".piko.yml"))
    #expect(try sandbox.piko("run", "x", in: other).status == 128)
  }

  @Test func whatIsTakenBackIsRefusedFromThenOn() throws {
    let project = try sandbox.project(
      configured: "scripts: {run: echo ran, destroy: touch ../../../../gone}\nenv: {A: b}\n")
    try sandbox.create("x", "--yes", in: project)
    #expect(try sandbox.piko("env", "x", in: project).stdout.contains("export A='b';\n"))
    #expect(try trust("--revoke", in: project).text == "2| ✓ Took back 1 approval\nstatus 0")
    for words in [["env", "x"], ["run", "x"], ["up", "x"], ["destroy", "x"]] {
      let refused = try sandbox.piko(words, in: project)
      #expect(refused.status == 128 && refused.stdout.isEmpty, "\(words) \(refused)")
      #expect(refused.stderr.contains("hint: to see and allow them, run 'piko trust x'\n"))
    }
    #expect(!sandbox.exists("gone"))
    #expect(try trust("x", in: project).status == 0)
    #expect(try sandbox.piko("run", "x", in: project).stdout == "ran\n")
  }

  @Test func listsWhatIsApprovedAndWhatIsNot() throws {
    let project = try sandbox.project(configured: "scripts: {run: echo a}\n")
    try sandbox.create("one", "--yes", in: project)
    let two = try sandbox.create("two", in: project)
    try sandbox.write("scripts: {run: echo b}\n", to: two.appending(".piko.yml"))
    let table = try trust("--list", in: project).stdout.split(separator: "\n").map {
      $0.split(separator: " ").map(String.init)
    }
    try #require(table.count == 3)
    #expect(table[0] == ["CONTENT", "APPROVED", "USED", "BY"])
    #expect(table[1][1].hasSuffix("Z") && table[1].dropFirst(2) == ["main", "checkout,", "one"])
    #expect(table[2].dropFirst() == ["no", "two"])
    let json = try trust("--list", "--json", in: project)
    #expect(json.stdout.hasPrefix(#"{"approvals":[{"approvedAt":"20"#), "\(json)")
    #expect(json.stdout.contains(#""environments":["two"],"isRoots":false,"runs":["script run"#))
    #expect(json.stdout.hasSuffix(#""version":1}"# + "\n"))
    let digest = try trust("--list", "-q", in: project).stdout
    #expect(digest.count == 65 && json.stdout.contains(digest.dropLast()))
    // A broken file hides nothing of the others.
    try sandbox.write("scripts: [", to: two.appending(".piko.yml"))
    let broken = try trust("--list", in: project)
    #expect(broken.stdout.contains("main checkout, one\n") && broken.status == 0)
    #expect(broken.stderr.hasPrefix("warning: <root>/project/.piko/worktrees/two/.piko.yml:"))
  }

  @Test(arguments: [("y", true), ("n", false), ("", false)])
  func asksOnATerminal(answer: String, allows: Bool) throws {
    let project = try sandbox.project(configured: Self.script)
    let said = try sandbox.run(
      "script", ["-qec", "piko trust", "/dev/null"], in: project, input: "\(answer)\n")
    let text = said.stdout.replacing("\r\n", with: "\n")
    #expect(
      text.contains(
        """
        This project wants to run:
          script prepare: touch "$PIKO_ROOT/../ran"
        Allow it, until it changes? [y/N]
        """), "\(text)")
    #expect(said.status == (allows ? 0 : 128))
    #expect(try sandbox.piko("create", "x", in: project).status == (allows ? 0 : 128))
  }

  @Test func asksNothingOnATerminalWithYes() throws {
    let project = try sandbox.project(configured: Self.script)
    let said = try sandbox.run(
      "script", ["-qec", "piko trust --yes", "/dev/null"], in: project, input: "")
    #expect(said.status == 0 && !said.stdout.contains("[y/N]"), "\(said)")
    #expect(try sandbox.piko("create", "x", in: project).status == 0)
  }

  @Test(arguments: [
    ["--list", "--revoke"], ["--list", "x"], ["--revoke", "x"], ["--json"], ["x", "y"],
  ])
  func refusesWhatMeansNothing(arguments: [String]) throws {
    let project = try sandbox.project()
    let refused = try sandbox.piko(["trust"] + arguments, in: project)
    #expect(refused.status == 129 && refused.stdout.isEmpty, "\(refused)")
  }

  @Test func aBrokenFileIsAnErrorWithItsPlace() throws {
    let project = try sandbox.project(configured: "scripts: {rum: x}\n")
    #expect(
      try trust(in: project).text == """
        2| error: <root>/project/.piko.yml:1:11: unknown key 'rum' in 'scripts'
        2| hint: the most similar key is 'run'
        status 128
        """)
    #expect(try trust("HEAD", in: project).stderr.hasPrefix("error: HEAD:.piko.yml:1:11: "))
  }
}
