import Support
import SystemPackage
import Testing

/// Names are bytes, as git has them: what only looks the same, or is made into the same, is another
/// one, and what is no text is refused and not changed.
@Suite struct NameBytesTests {
  private let sandbox: Sandbox

  init() throws { sandbox = try Sandbox() }

  /// `é` of one character, and of a letter and an accent.
  private static let composed = "caf\u{E9}"
  private static let decomposed = "cafe\u{301}"

  private func piko(_ arguments: String..., in project: FilePath) throws -> Transcript {
    try sandbox.piko(arguments, in: project)
  }

  private func twins() throws -> FilePath {
    let project = try sandbox.project()
    for (name, branch) in [("one", Self.composed), ("two", Self.decomposed)] {
      try sandbox.create(name, "--branch", branch, in: project)
    }
    return project
  }

  // MARK: - What looks the same

  @Test func branchesThatLookAlikeAreTwo() throws {
    let project = try twins()
    for (name, branch) in [("one", Self.composed), ("two", Self.decomposed)] {
      let path = "1| <root>/project/.piko/worktrees/\(name)\nstatus 0"
      #expect(Array(try piko("path", branch, in: project).text.utf8) == Array(path.utf8))
      let env = try piko("env", name, in: project).stdout
      #expect(env.utf8.count { $0 == 0xCC } == (name == "two" ? 1 : 0), "\(env)")
    }
  }

  @Test func theOneThatWasNamedIsDestroyedWithItsBranch() throws {
    let project = try twins()
    let done = try piko("destroy", "--delete-branch", Self.decomposed, in: project)
    #expect(done.status == 0, "\(done)")
    #expect(try piko("list", "-q", in: project).stdout == "one\n")
    let left = try sandbox.git(
      "for-each-ref", "--format=%(refname:short)", "refs/heads", in: project)
    #expect(Array(left.utf8) == Array("\(Self.composed)\nmain".utf8))
  }

  @Test func aBranchThatAnotherLooksLikeIsNotDeleted() throws {
    let project = try sandbox.project()
    let worktree = try sandbox.create("one", "--branch", Self.composed, in: project)
    try sandbox.git("switch", "-q", "-c", Self.decomposed, in: worktree)
    let refused = try piko("destroy", "--delete-branch", "one", in: project)
    #expect(refused.status == 1)
    #expect(refused.stderr.contains("checked out, which is not its own"), "\(refused)")
    #expect(try piko("path", Self.composed, in: project).status == 0)
    #expect(try piko("path", Self.decomposed, in: project).status == 0)
  }

  @Test func oneIsMadeBesideTheOther() throws {
    let project = try sandbox.project()
    try sandbox.git("branch", Self.composed, in: project)
    let worktree = try sandbox.create("two", "--branch", Self.decomposed, in: project)
    let checkedOut = try sandbox.git("branch", "--show-current", in: worktree)
    #expect(Array(checkedOut.utf8) == Array(Self.decomposed.utf8))
    let again = try piko("create", "two", "--branch", Self.composed, "--reuse", in: project)
    #expect(again.status == 1 && again.stderr.contains("already exists, for branch"), "\(again)")
    // A branch that begins with an accent makes one character with the slash before it.
    try sandbox.create("three", "--branch", "\u{301}x", in: project)
    #expect(try piko("path", "\u{301}x", in: project).status == 0)
    let gone = try piko("destroy", "--delete-branch", "three", in: project)
    #expect(gone.status == 0, "\(gone)")
    #expect(try sandbox.git("branch", "--list", "\u{301}x", in: project).isEmpty)
  }

  @Test func filesThatLookAlikeAreTwo() throws {
    let project = try sandbox.repository(files: [Self.composed: "1\n"])
    try sandbox.write("2\n", to: project.appending(Self.decomposed))
    try sandbox.git("add", "--all", in: project)
    try sandbox.git("commit", "-q", "-m", "Add its twin", in: project)
    let worktree = try sandbox.create("one", in: project)
    #expect(try sandbox.git("status", "--porcelain", in: worktree).isEmpty)
    #expect(try sandbox.read(worktree.appending(Self.composed)) == "1\n")
    #expect(try sandbox.read(worktree.appending(Self.decomposed)) == "2\n")
    #expect(try piko("destroy", "one", in: project).status == 0)
    let killed = try sandbox.piko(
      "create", "two", in: project, environment: ["PIKO_TEST_FAULT": "after-worktree:kill"])
    #expect(killed.status != 0, "\(killed)")
    let undone = try sandbox.piko("doctor", "--fix", in: project)
    #expect(undone.status == 0, "\(undone)")
    #expect(!sandbox.exists(project.pushing(".piko/worktrees/two")))
  }

  @Test func projectsThatLookAlikeAreTwo() throws {
    let first = try sandbox.repository(Self.composed)
    let second = try sandbox.repository(Self.decomposed)
    try sandbox.create("one", in: first)
    try sandbox.create("two", in: second)
    #expect(try piko("list", "-q", in: first).stdout == "one\n")
    #expect(try piko("list", "-q", in: second).stdout == "two\n")
    let shell: [String: String?] = ["PIKO_ROOT": first.string, "PIKO_ENV_NAME": "one"]
    #expect(try sandbox.piko("path", in: second, environment: shell).status == 129)
    #expect(try piko("destroy", "two", in: second).status == 0)
    #expect(try piko("path", "one", in: first).status == 0)
  }

  // MARK: - What would be made into the same

  @Test(arguments: [
    "E-1", "e.1", "e/1", "e--1", "E_1", " e-1", "e-1/", "e-1\u{200B}", "e\u{2010}1",
  ])
  func whatAnEnvironmentsNameWouldBeMadeOfIsNotItsName(typed: String) throws {
    let project = try sandbox.project()
    try sandbox.create("e-1", in: project)
    for verb in [["destroy"], ["destroy", "--dry-run"], ["path"], ["down"], ["env"]] {
      let said = try sandbox.piko(verb + [typed], in: project)
      #expect(said.status == 1, "\(said)")
      #expect(said.stderr.hasPrefix("error: no environment "), "\(said)")
      #expect(said.stderr.contains("hint: the most similar environment is 'e-1'\n"), "\(said)")
    }
    #expect(try piko("list", "-q", in: project).stdout == "e-1\n")
  }

  @Test func nothingIsNoName() throws {
    let project = try sandbox.project()
    let worktree = try sandbox.create("one", in: project)
    try sandbox.git("switch", "-q", "--detach", in: worktree)
    // What is made again from the register has no branch.
    try sandbox.output("rm", [project.pushing(".piko/state.db").string])
    #expect(try piko("list", "-q", in: project).stdout == "one\n")
    for verb in ["destroy", "path", "down"] {
      let said = try piko(verb, "", in: project)
      #expect(said.status == 1 && said.stderr.hasPrefix("error: no environment ''"), "\(said)")
    }
    #expect(try piko("list", "-q", in: project).stdout == "one\n")
  }

  // MARK: - What is no text

  private func typed(_ line: String, in directory: FilePath? = nil) throws -> Transcript {
    try sandbox.run("bash", ["-c", line], in: directory)
  }

  @Test(arguments: [
    #"create $'b\xff'"#, #"create x --branch $'b\xff'"#, #"create x --from $'b\xff'"#,
    #"destroy $'b\xff'"#, #"path $'b\xff'"#, #"run one -- echo $'b\xff'"#, #"share $'b\xff'"#,
    #"trust $'b\xff'"#, #"env one $'b\xff'"#, #"list $'--b\xff'"#,
  ])
  func anArgumentThatIsNoTextIsRefused(words: String) throws {
    let project = try sandbox.project()
    try sandbox.create("one", in: project)
    // Git would take what the standard library makes of it.
    try sandbox.create("two", "--branch", "b\u{FFFD}", in: project)
    let said = try typed("piko \(words)", in: project)
    #expect(said.status == 129, "\(said)")
    #expect(said.stderr.hasPrefix("error: '"), "\(said)")
    #expect(said.stderr.contains("' is not UTF-8\n"), "\(said)")
    #expect(said.stdout.isEmpty)
    #expect(try piko("list", "-q", in: project).stdout == "one\ntwo\n")
    let branches = try sandbox.git("for-each-ref", "--format=%(refname:short)", in: project)
    #expect(branches == "b\u{FFFD}\nmain\none")
  }

  @Test func aBranchThatIsNoTextIsNotTakenForAnother() throws {
    let project = try sandbox.project()
    let worktree = try sandbox.create("one", in: project)
    try sandbox.git("branch", "b\u{FFFD}", in: project)
    let script = #"git switch -q -c $'b\xff' && git commit -q --allow-empty -m more"#
    try sandbox.output("bash", ["-c", script], in: worktree)
    #expect(try piko("path", "b\u{FFFD}", in: project).status == 1)
    #expect(try piko("path", "one", in: project).status == 0)
    #expect(try piko("list", in: project).status == 0)
    let made = try piko("create", "two", in: worktree)
    #expect(made.status == 0, "\(made)")
    let heads = try ["one", "two"].map {
      try sandbox.git("rev-parse", "HEAD", in: project.pushing(".piko/worktrees").appending($0))
    }
    #expect(heads[0] == heads[1])
    let gone = try piko("destroy", "--delete-branch", "one", in: project)
    #expect(try sandbox.git("branch", "--list", "b\u{FFFD}", in: project) != "", "\(gone)")
  }

  @Test func otherWordsAreHandedOnAsTheyAre() throws {
    try sandbox.write(
      "#!/bin/sh\nprintf %s \"$1\" | od -An -tx1\n", to: "t/piko-bytes", mode: 0o755)
    let said = try typed(#"PATH=$PWD/t:$PATH piko bytes $'a\xffb'"#)
    #expect(said.text == "1|  61 ff 62\nstatus 0")
    let bare = try typed(#"PATH=$PWD/t:$PATH git-piko bytes $'a\xffb'"#)
    #expect(bare.text == said.text)
    let project = try sandbox.project()
    try sandbox.create("one", in: project)
    let kept =
      #"WORD=$'a\xff' PATH=$PATH:$'/x\xff' piko run one -- sh -c 'echo "$WORD$PATH"' | od -An -c"#
    let variables = try typed(kept, in: project)
    #expect(variables.stdout.contains("a 377   /"), "\(variables)")
    #expect(variables.stdout.contains("x 377  \\n"), "\(variables)")
  }

  @Test func aPlaceThatIsNoTextIsRefusedOrKept() throws {
    let project = try sandbox.repository(
      files: [".piko.yml": "copy: [kept/, '*.log']\n", ".gitignore": "kept\n*.log\n"])
    let setUp =
      #"mkdir kept other; echo 1 > $'kept/a\xff'; echo 2 > $'b\xff.log'; ln -s $'x\xff/' kept/l"#
    try sandbox.output("bash", ["-c", setUp], in: project)
    let made = try piko("create", "one", "--yes", in: project)
    #expect(made.status == 0, "\(made)")
    #expect(made.stderr.contains("was left out: its name is not UTF-8"), "\(made)")
    let copied = try typed(
      #"cat $'kept/a\xff'; readlink kept/l | od -An -c; ls *.log"#,
      in: project.pushing(".piko/worktrees/one"))
    #expect(copied.stdout.hasPrefix("1\n   x 377   /  \\n"), "\(copied)")
    let again = try sandbox.output(
      "bash",
      ["-c", #"git clone -q . $'../p\xff'; cd $'../p\xff'; piko create one; echo $?; ls -A"#],
      in: project)
    #expect(again.contains("128\n") && !again.contains(".piko\n"), "\(again)")
    let home = try typed(
      #"PIKO_STATE_HOME=$PWD/$'s\xff' piko list; echo $?; ls -d ../s*"#, in: project)
    #expect(home.stderr.contains("error: PIKO_STATE_HOME is not UTF-8"), "\(home)")
    #expect(home.stdout == "128\n../state\n", "\(home)")
  }
}
