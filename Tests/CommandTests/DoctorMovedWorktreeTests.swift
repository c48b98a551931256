import FoundationEssentials
import Support
import SystemPackage
import Testing

/// Worktrees that were moved by hand: git's record of one is all that leads back to its commits.
@Suite struct DoctorMovedWorktreeTests {
  private let sandbox: Sandbox
  private let scene: DoctorScene

  init() throws {
    sandbox = try Sandbox()
    scene = DoctorScene(sandbox: sandbox, project: try sandbox.repository("shop"))
  }

  /// A worktree of git's alone, with a commit of a detached HEAD and uncommitted work.
  private func stray() throws -> FilePath {
    let place = scene.worktree("plain")
    try sandbox.git("worktree", "add", "-q", "--detach", place.string, in: scene.project)
    try sandbox.git("commit", "-q", "--allow-empty", "-m", "Mine", in: place)
    try sandbox.write("work\n", to: place.appending("work"))
    return place
  }

  private func move(_ place: FilePath, to target: FilePath) throws {
    try FileManager.default.moveItem(atPath: place.string, toPath: target.string)
  }

  /// Types the command that a line of the report says mends a problem.
  private func mend(_ report: String, _ problem: String) throws {
    let lines = report.split(separator: "\n")
    let index = try #require(lines.firstIndex { $0.contains(problem) }, "\(report)")
    let prefix = "        to mend it: "
    try #require(lines[index + 1].hasPrefix(prefix), "\(report)")
    let command = String(lines[index + 1].dropFirst(prefix.count))
      .replacing("<root>", with: sandbox.root.string)
    let typed = try sandbox.run("sh", "-c", command, in: scene.project)
    #expect(typed.status == 0, "\(command)\n\(typed)")
  }

  @Test(arguments: ["shop/.piko/worktrees/else where", "shop/.piko/x", "shop/x", "x"])
  func keepsTheRecordOfAStrayWorktreeThatWasMoved(target: String) throws {
    let place = try stray()
    let target = sandbox.root.pushing(FilePath(target))
    try move(place, to: target)
    let seen = try sandbox.piko("doctor", "--fix", in: scene.project).stdout
    #expect(!seen.contains("mended"), "\(seen)")
    try mend(seen, "worktrees: the worktree '<root>/shop/.piko/worktrees/plain' is at ")
    #expect(try sandbox.git("log", "-1", "--format=%s", in: target) == "Mine")
    #expect(try sandbox.git("status", "--porcelain", in: target) == "?? work")
    let after = try sandbox.piko("doctor", "--fix", in: scene.project)
    #expect(!after.stdout.contains("plain") && !after.stdout.contains("mended"), "\(after)")
  }

  @Test func keepsARecordThatHoldsCommitsWhereverItsFilesAre() throws {
    let place = try stray()
    try FileManager.default.removeItem(atPath: place.string)
    let said = try sandbox.piko("doctor", "--fix", in: scene.project)
    #expect(
      said.stdout.contains(
        "warning worktrees: git's record of the worktree '<root>/shop/.piko/worktrees/plain', "
          + "which is not there, has 1 commit that no branch or tag reaches\n"), "\(said)")
    #expect(said.stdout.contains("git -C <root>/shop worktree repair WHERE-IT-IS-NOW\n"))
    #expect(try sandbox.git("worktree", "list", in: scene.project).contains("plain"))
  }

  @Test func keepsARecordWhoseBranchIsGoneOrWhoseIndexHasStagedWork() throws {
    let branch = scene.worktree("branch")
    try sandbox.git("worktree", "add", "-q", "-b", "lost", branch.string, in: scene.project)
    try sandbox.git("commit", "-q", "--allow-empty", "-m", "Mine", in: branch)
    let staged = scene.worktree("staged")
    try sandbox.git("worktree", "add", "-q", staged.string, in: scene.project)
    try sandbox.write("work\n", to: staged.appending("work"))
    try sandbox.git("add", "work", in: staged)
    for place in [branch, staged] { try FileManager.default.removeItem(atPath: place.string) }
    try sandbox.git("update-ref", "-d", "refs/heads/lost", in: scene.project)
    let said = try sandbox.piko("doctor", "--fix", in: scene.project).stdout
    #expect(said.contains("/branch', which is not there, has 1 commit that no branch"), "\(said)")
    #expect(said.contains("/staged', which is not there, has 1 staged file\n"), "\(said)")
    let listed = try sandbox.git("worktree", "list", in: scene.project)
    #expect(listed.contains("worktrees/branch") && listed.contains("worktrees/staged"))
  }

  @Test func leadsTheWorktreeOfAnEnvironmentBack() throws {
    try scene.create("one")
    try sandbox.write("work\n", to: scene.worktree("one").appending("work"))
    let ports = try scene.ports()
    try move(scene.worktree("one"), to: scene.worktree("other"))

    let first = try sandbox.piko("doctor", "--fix", in: scene.project)
    #expect(first.status == 1 && !first.stdout.contains("mended"), "\(first)")
    try mend(first.stdout, "environments: the worktree of environment 'one' is at ")
    let second = try sandbox.piko("doctor", "--fix", in: scene.project)
    #expect(second.status == 1 && !second.stdout.contains("mended"), "\(second)")
    try mend(second.stdout, "environments: the worktree of environment 'one' is at ")

    #expect(try sandbox.read(scene.worktree("one").appending("work")) == "work\n")
    #expect(try scene.ports() == ports)
    try scene.expectWell()
  }
}
