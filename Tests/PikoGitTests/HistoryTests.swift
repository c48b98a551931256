import PikoCore
import PikoGit
import SystemPackage
import Testing

@Suite struct HistoryTests {
  @Test func commitsThatWouldBeLostAreCounted() throws {
    let scene = try Scene()
    try scene.repository()
    try scene.add("x", at: "wt")
    #expect(try scene.open().commitsOnly(onBranch: "x") == 0)
    try scene.commit("wt", ["a": "1"])
    try scene.commit("wt", ["b": "1"])
    // The worktree's own HEAD has them too, and must not count.
    #expect(try scene.open().commitsOnly(onBranch: "x") == 2)
    #expect(try scene.open("wt").commitsOnly(onBranch: "x") == 2)
    try scene.git("repo", "tag", "keep", "x~1")
    #expect(try scene.open().commitsOnly(onBranch: "x") == 1)
    try scene.git("repo", "branch", "xx", "x")
    #expect(try scene.open().commitsOnly(onBranch: "x") == 0)
    #expect(try scene.open().commitsOnly(onBranch: "absent") == 0)
  }

  @Test func theMainCheckoutsHeadDoesNotCountEither() throws {
    let scene = try Scene()
    try scene.repository()
    try scene.git(".", "clone", "-q", "--bare", "repo", "bare")
    try scene.git("bare", "branch", "side")
    try scene.add("main", at: "wt", in: "bare")  // HEAD of the bare repository names it, too
    try scene.commit("wt", ["a": "1"])
    #expect(try scene.open("bare").commitsOnly(onBranch: "main") == 1)
  }

  @Test func aDetachedHeadsCommitsAreCounted() throws {
    let scene = try Scene()
    try scene.repository()
    try scene.git("repo", "worktree", "add", "-q", "--detach", "../wt")
    try scene.commit("wt", ["a": "1"])
    let oid = String(try scene.git("wt", "rev-parse", "HEAD").dropLast())
    #expect(try scene.open().commitsOnly(onDetached: oid) == 1)
    try scene.git("repo", "branch", "kept", oid)
    #expect(try scene.open().commitsOnly(onDetached: oid) == 0)
  }

  @Test func whatIsUncommittedIsCounted() throws {
    let scene = try Scene()
    try scene.repository()
    try scene.commit("repo", ["a": "1", "b": "1", ".gitignore": "*.log\n"])
    let git = Git(in: scene.path("repo"), environment: scene.environment)
    #expect(try git.uncommittedChanges() == 0)
    try scene.shell(
      "repo", "git mv a c; echo 2 > b; echo > x.log; mkdir new; echo > new/f; echo > 'o d'")
    let status = try git.status()
    #expect(status.changed == 2 && status.untracked == 2)
    #expect(status.branch == "main" && status.upstream == nil && status.divergence == nil)
  }

  @Test func whereABranchStandsAgainstItsUpstreamOrAnother() throws {
    let scene = try Scene()
    try scene.repository("origin")
    try scene.git(".", "clone", "-q", "origin", "repo")
    try scene.commit("origin", ["up": "1"])
    try scene.git("repo", "fetch", "-q")
    try scene.commit("repo", ["a": "1"])
    try scene.commit("repo", ["b": "1"])
    let git = Git(in: scene.path("repo"), environment: scene.environment)
    #expect(
      try git.status(comparedWith: "main").divergence
        == WorktreeStatus.Divergence(from: "origin/main", ahead: 2, behind: 1))
    try scene.git("repo", "checkout", "-q", "--no-track", "-b", "x", "origin/main")
    let other = try git.status(comparedWith: "main")
    #expect(other.divergence == WorktreeStatus.Divergence(from: "main", ahead: 1, behind: 2))
    #expect(try git.status(comparedWith: "nope").divergence == nil)
    try scene.git("repo", "checkout", "-q", "--detach")
    #expect(try git.status().branch == nil)
  }

  @Test func patternsArePutIntoTheCommonExcludeFileOnce() async throws {
    let scene = try Scene()
    try scene.repository()
    try scene.git("repo", "worktree", "add", "-q", "../wt")
    try scene.shell(
      "repo", "printf 'mine\\r\\nlast\\377' > .git/info/exclude; chmod 640 .git/info/exclude")
    let patterns = ["/.piko/", "docker-compose.piko.yml"]
    await withTaskGroup { group in
      for _ in 0..<8 {
        group.addTask { _ = try? scene.open("wt").excludeFromStatus(patterns) }
      }
    }
    let text = try scene.shell("repo", "od -An -c .git/info/exclude | tr -d ' \\n'")
    #expect(text == #"mine\r\nlast377\n/.piko/\ndocker-compose.piko.yml\n"#)
    #expect(
      try scene.shell("repo", "stat -c %a .git/info/exclude; ls .git/info") == "640\nexclude\n")
    #expect(try !scene.open().excludeFromStatus(patterns))
    try scene.shell(
      "repo", "rm -r .git/info; mkdir .piko; echo > .piko/a; echo > docker-compose.piko.yml")
    #expect(try scene.open().excludeFromStatus(patterns))
    #expect(try scene.git("repo", "status", "--porcelain") == "")
    // A line of an earlier version gives way to its successor, in its place.
    try scene.write("repo/.git/info/exclude", "a\n/.piko/\nb")
    #expect(try scene.open().excludeFromStatus(["/.piko"], replacing: ["/.piko/": "/.piko"]))
    #expect(scene.read("repo/.git/info/exclude") == "a\n/.piko\nb")
    #expect(try !scene.open().excludeFromStatus(["/.piko"], replacing: ["/.piko/": "/.piko"]))
    // A link stays one, what it leads to is made where it is missing.
    try scene.shell("repo", "rm .git/info/exclude; ln -s ../../../mine .git/info/exclude")
    #expect(try scene.open().excludeFromStatus(["/.piko"]))
    #expect(try scene.open().excludeFromStatus(["/more"]))
    #expect(scene.read("mine") == "/.piko\n/more\n")
    #expect(try scene.shell("repo", "readlink .git/info/exclude") == "../../../mine\n")
  }

  @Test(arguments: ["plain", "filtered"]) func manyAtOnceAllSucceed(_ kind: String) async throws {
    let scene = try Scene()
    try scene.repository("origin")
    try scene.commit("origin", ["d/a": "1", "d/b": "2"])
    if kind == "filtered" {
      try scene.commit("origin", [".gitattributes": "* filter=f\n"])
    }
    let names = (0..<20).map { BranchName("branch/\($0)") }
    for name in names { try scene.git("origin", "branch", name.text) }
    try scene.git(".", "clone", "-q", "origin", "repo")
    try scene.git("repo", "config", "filter.f.smudge", "cat")
    let failures = await withTaskGroup(of: String?.self) { group in
      for (number, name) in names.enumerated() {
        group.addTask {
          failure { try scene.add(name, at: "wt\(number)/same") }.map {
            "\($0.message) \($0.detail ?? "")"
          }
        }
      }
      return await group.reduce(into: [String]()) { if let text = $1 { $0.append(text) } }
    }
    #expect(failures == [])
    let repository = try scene.open()
    #expect(try repository.linkedWorktrees().count == 20)
    for (number, name) in names.enumerated() {
      let status = try Git(in: scene.path("wt\(number)/same"), environment: scene.environment)
        .status()
      #expect(
        status.branch == name.text && status.uncommitted == 0 && status.upstream == "origin/\(name)"
      )
    }
  }

  @Test func aPatternMatchesItsPathAlone() throws {
    let scene = try Scene()
    try scene.repository()
    let names = ["a*b", "[ab]", "what?", "back\\slash", "end  ", "plain", " d/e *"]
    for name in names { try scene.write("repo/\(name)", "") }
    for name in ["axb", "a", "whats", "end", "d/e f"] { try scene.write("repo/\(name)", "") }
    try scene.open().excludeFromStatus(names.map { "/\(Repository.pattern(matching: $0))" })
    #expect(
      try scene.git("repo", "status", "--porcelain", "-uall", "-z")
        == ["a", "axb", "d/e f", "end", "whats"].map { "?? \($0)\0" }.joined())
  }
}
