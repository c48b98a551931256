import PikoCore
import Support
import SystemPackage
import Testing

/// An environment whose worktree has another branch checked out than the one it was made for.
@Suite struct SwitchedBranchTests {
  private let sandbox: Sandbox
  private let scene: DoctorScene

  init() throws {
    sandbox = try Sandbox()
    scene = DoctorScene(sandbox: sandbox, project: try sandbox.repository("shop"))
    try scene.create("one")
    try scene.create("two")
    try sandbox.git("switch", "-q", "-c", "topic/new", in: scene.worktree("one"))
  }

  private func said(_ arguments: String...) throws -> String {
    let said = try sandbox.piko(arguments, in: scene.project)
    #expect(said.status == 0, "\(said)")
    return said.stdout
  }

  @Test func isKnownByTheBranchThatIsCheckedOut() throws {
    let path = "<root>/shop/.piko/worktrees/one\n"
    #expect(try said("path", "topic/new") == path)
    #expect(try said("path", "one") == path)
    // The branch it was made for goes to whoever has it now.
    try sandbox.git("switch", "-q", "one", in: scene.worktree("two"))
    try sandbox.git("branch", "-q", "-m", "one", "first", in: scene.worktree("two"))
    #expect(try said("path", "first") == "<root>/shop/.piko/worktrees/two\n")
  }

  @Test func showsTheBranchThatIsCheckedOut() throws {
    #expect(try said("list", "--no-git").contains("one   topic/new  "))
    #expect(try said("list", "--json", "--no-git").contains(#""branch":"topic/new""#))
    #expect(try said("status", "one").contains("branch    topic/new\n"))
    #expect(try said("env", "one").contains("PIKO_BRANCH='topic/new'"))
    #expect(try said("env", "topic/new").contains("PIKO_ENV_NAME='one'"))
  }

  @Test func isNotAtItsOwnBranchWhereTheOneCheckedOutIsNoText() throws {
    try sandbox.output(
      "sh", ["-c", "git switch -q -c \"$(printf 'b\\377')\""], in: scene.worktree("one"))
    #expect(try said("list", "--no-git").contains("one   b\u{FFFD}  "))
    #expect(try said("env", "one").contains("PIKO_BRANCH='b\u{FFFD}'"))
    let destroyed = try sandbox.piko("destroy", "one", "--delete-branch", in: scene.project)
    #expect(destroyed.status == 0, "\(destroyed)")
    #expect(
      destroyed.stderr.contains(
        "kept branch 'one': what the worktree was at cannot be read\n"), "\(destroyed)")
    #expect(try sandbox.git("branch", "--list", "one", in: scene.project) == "  one")
    #expect(try said("list", "-q") == "two\n")
  }

  /// git lets two worktrees be at one branch where it is told to.
  @Test func aBranchOfTwoNamesNeither() throws {
    try sandbox.git(
      "switch", "-q", "--ignore-other-worktrees", "topic/new", in: scene.worktree("two"))
    for verb in [["path"], ["destroy"], ["destroy", "--dry-run"], ["down"]] {
      let refused = try sandbox.piko(verb + ["topic/new"], in: scene.project)
      #expect(
        refused.text == """
          2| error: branch 'topic/new' is that of 2 environments: 'one', 'two'
          2| hint: for 'one', run 'piko \(verb[0]) one'
          2| hint: for 'two', run 'piko \(verb[0]) two'
          status 1
          """)
    }
    #expect(try said("list", "-q") == "one\ntwo\n")
    #expect(try said("path", "two") == "<root>/shop/.piko/worktrees/two\n")
  }

  @Test func saysThatNoBranchIsCheckedOut() throws {
    try sandbox.git("switch", "-q", "--detach", in: scene.worktree("one"))
    #expect(try said("list", "--no-git").contains("one   (detached)  "))
    #expect(try said("status", "one").contains("branch    (detached)\n"))
    #expect(try said("path", "one") == "<root>/shop/.piko/worktrees/one\n")
  }
}
