import FoundationEssentials
import PikoCore
import PikoGit
import SystemPackage
import Testing

/// What undoing a worktree takes for piko's: what its footprint has, and that only as it was then.
@Suite struct FootprintTests {
  private let scene: Scene
  private let record: WorktreeRecord

  init() throws {
    scene = try Scene()
    try scene.repository()
    try scene.commit("repo", [".gitignore": "*.log\nmodules/\n"])
    record = try scene.add("x", at: "wt").record
    try scene.shell(
      "wt",
      """
      mkdir -p modules/deep fresh; echo m > modules/deep/m; ln -s m modules/deep/link
      echo l > a.log; echo f > fresh/f; echo changed > README; echo s > staged; git add staged
      """)
  }

  /// As a journal gives it back.
  private func footprint() throws -> Footprint {
    let taken = try scene.open().footprint(ofWorktree: scene.path("wt"))
    return try JSONDecoder().decode(Footprint.self, from: JSONEncoder().encode(taken))
  }

  private func undo(_ footprint: Footprint) throws {
    try scene.open().undoWorktree(record, knowing: footprint)
  }

  @Test func whatItHasGoes() throws {
    try undo(footprint())
    #expect(!scene.exists("wt") && !scene.exists("repo/.git/worktrees"))
    #expect(try !scene.open().hasBranch("x"))
  }

  @Test func whatIsLeftOfItGoesAfterARemovalThatWasCutOff() throws {
    let footprint = try footprint()
    try scene.shell("wt", "rm -r modules/deep/m a.log README fresh")
    try undo(footprint)
    #expect(!scene.exists("wt"))
  }

  @Test(arguments: [
    ("echo b > b.log", "b.log"), ("echo more >> a.log", "a.log"), ("echo n > new", "new"),
    ("echo n > modules/deep/n", "modules/deep/n"), ("echo n > fresh/n", "fresh/n"),
    ("echo again > README", "README"), ("git add README", "README"),
    ("rm a.log; ln -s README a.log", "a.log"), ("git rm -q --cached .gitignore", ".gitignore"),
    ("echo t > staged; git add staged; echo s > staged", "staged"),
    ("git init -q modules/own; git -C modules/own commit -q --allow-empty -m x", "modules/own/"),
  ])
  func whatIsNewOrElseStops(change: String, name: String) throws {
    let footprint = try footprint()
    try scene.shell(
      "wt",
      "export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a "
        + "GIT_COMMITTER_EMAIL=a@b; \(change)")
    let said = failure { try undo(footprint) }
    #expect(said?.message.contains("\(name)") == true, "\(String(describing: said))")
    #expect(said?.message.hasSuffix("which piko did not write") == true)
    #expect(scene.exists("wt/.git") && scene.exists("wt/modules/deep/m"))
  }

  @Test func aCommitOnADetachedHeadStops() throws {
    let footprint = try footprint()
    try scene.git("wt", "checkout", "-q", "--detach")
    try scene.git("wt", "commit", "-q", "--allow-empty", "-m", "Mine", "--", "staged")
    let lost = try scene.git("wt", "rev-parse", "HEAD").filter { !$0.isNewline }
    let said = failure { try undo(footprint) }
    #expect(
      said?.message.hasSuffix("it has 1 commit that no branch or tag reaches") == true,
      "\(String(describing: said))")
    #expect(said?.hints.first?.hasSuffix(" switch --create kept'") == true)
    // Where only the reflog has it, it is no less lost.
    try scene.git("wt", "checkout", "-q", "x")
    #expect(failure { try undo(footprint) }?.hints.first?.hasSuffix("--walk-reflogs'") == true)
    try scene.git("repo", "branch", "kept", lost)
    try undo(footprint)
    #expect(!scene.exists("wt"))
    #expect(try scene.git("repo", "log", "-1", "--format=%s", "kept") == "Mine\n")
  }

  @Test func anInitialisedSubmoduleCountsWithAllItHolds() throws {
    try scene.repository("other")
    try scene.git(
      "repo", "-c", "protocol.file.allow=always", "submodule", "add", "-q",
      scene.path("other").string, "sub")
    try scene.git("repo", "commit", "-q", "-m", "Add")
    let made = try scene.add("with", at: "wt2").record
    let none = try scene.open().footprint(ofWorktree: scene.path("wt2"))
    try scene.git(
      "wt2", "-c", "protocol.file.allow=always", "submodule", "update", "--init", "-q")
    #expect(failure { try scene.open().undoWorktree(made, knowing: none) } != nil)
    let all = try scene.open().footprint(ofWorktree: scene.path("wt2"))
    try scene.git("wt2/sub", "commit", "-q", "--allow-empty", "-m", "Mine")
    #expect(failure { try scene.open().undoWorktree(made, knowing: all) } != nil)
    let more = try scene.open().footprint(ofWorktree: scene.path("wt2"))
    try scene.open().undoWorktree(made, knowing: more)
    #expect(!scene.exists("wt2"))
  }
}
