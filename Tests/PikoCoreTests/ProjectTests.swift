import Glibc
import PikoCore
import SystemPackage
import Testing

/// Locating the project, against what git itself says of every layout.
struct ProjectTests {
  /// A fresh directory with a way to run git in it.
  private final class Tree {
    let path: FilePath

    init() throws {
      var template = Array("/tmp/piko-project-XXXXXX".utf8CString)
      path = FilePath(String(cString: try #require(mkdtemp(&template))))
    }

    deinit { _ = try? Program("rm").run(["-rf", "--", path.string]) }

    func at(_ inner: String) -> FilePath {
      inner.isEmpty ? path : path.pushing(FilePath(inner))
    }

    @discardableResult
    func git(_ arguments: String..., in directory: String = "") throws -> String? {
      let result = try Program("git").run(
        ["-c", "protocol.file.allow=always"] + arguments, in: at(directory),
        environment: .pinned().setting([
          "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
          "GIT_AUTHOR_NAME": "T", "GIT_AUTHOR_EMAIL": "t@example.org",
          "GIT_COMMITTER_NAME": "T", "GIT_COMMITTER_EMAIL": "t@example.org",
        ]))
      guard result.succeeded else { return nil }
      return result.text.last == "\n" ? String(result.text.dropLast()) : result.text
    }

    func makeDirectory(_ inner: String) {
      var current = path
      for component in FilePath(inner).components {
        current.append(component)
        mkdir(current.string, 0o755)
      }
    }

    func write(_ text: String, to inner: String) throws {
      let file = try FileDescriptor.open(
        at(inner), .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite)
      try file.closeAfter { _ = try file.writeAll(text.utf8) }
    }

    func repository(_ inner: String, _ options: String...) throws {
      makeDirectory(inner)
      try #require(
        try Program("git").run(["init", "-q", "-b", "main"] + options + [at(inner).string])
          .succeeded)
      if try git("rev-parse", "--is-bare-repository", in: inner) == "false" {
        try #require(try git("commit", "-q", "--allow-empty", "-m", "one", in: inner) != nil)
      }
    }

    /// Compares common directory and top with git's own answers.
    func expect(
      _ inner: String, root: String, environment: String? = nil, isBare: Bool = false,
      _ location: SourceLocation = #_sourceLocation
    ) throws {
      let found = try ProjectRoot.locate(from: at(inner))
      #expect(found.root == at(root), sourceLocation: location)
      #expect(found.environment?.text == environment, sourceLocation: location)
      #expect(found.isBare == isBare, sourceLocation: location)
      let common = try git("rev-parse", "--path-format=absolute", "--git-common-dir", in: inner)
      #expect(found.commonDirectory.string == common, sourceLocation: location)
      let own = try git("rev-parse", "--path-format=absolute", "--git-dir", in: inner)
      #expect(found.gitDirectory.string == own, sourceLocation: location)
      let top = try git("rev-parse", "--show-toplevel", in: inner)
      #expect(found.worktree?.string == top, sourceLocation: location)
    }
  }

  @Test func findsAnOrdinaryRepositoryFromAnywhereInside() throws {
    let tree = try Tree()
    try tree.repository("p")
    tree.makeDirectory("p/a/b c/ü\n")
    for inner in ["p", "p/a", "p/a/b c/ü\n", "p/.git", "p/.git/refs/heads"] {
      try tree.expect(inner, root: "p")
    }
  }

  @Test func findsTheMainRootAndTheEnvironmentFromItsWorktree() throws {
    let tree = try Tree()
    try tree.repository("p")
    try #require(try tree.git("worktree", "add", "-q", ".piko/worktrees/feat", in: "p") != nil)
    tree.makeDirectory("p/.piko/worktrees/feat/src")
    try tree.expect("p/.piko/worktrees/feat", root: "p", environment: "feat")
    try tree.expect("p/.piko/worktrees/feat/src", root: "p", environment: "feat")
    try tree.expect("p/.piko/worktrees", root: "p")
    try tree.expect("p/.git/worktrees/feat", root: "p")
    let found = try ProjectRoot.locate(from: tree.at("p"))
    #expect(
      found.worktree(of: EnvironmentName(stored: "feat")) == tree.at("p/.piko/worktrees/feat"))
  }

  @Test func findsTheMainRootFromALinkedWorktreeOfTheUsersOwn() throws {
    let tree = try Tree()
    try tree.repository("p")
    try #require(try tree.git("worktree", "add", "-q", "../mine", in: "p") != nil)
    try tree.expect("mine", root: "p")
  }

  @Test func findsTheDirectoryThatHoldsABareRepository() throws {
    let tree = try Tree()
    try tree.repository("p")
    for name in ["bare/p.git", "dotted/.bare", "plain/.git"] {
      try #require(try tree.git("clone", "-q", "--bare", "p", name) != nil)
      let holder = String(name.prefix { $0 != "/" })
      try tree.expect(name, root: holder, isBare: true)
      try tree.expect("\(name)/objects", root: holder, isBare: true)
      try #require(
        try tree.git("worktree", "add", "-q", "-b", "x", "../.piko/worktrees/x", in: name) != nil)
      try tree.expect("\(holder)/.piko/worktrees/x", root: holder, environment: "x", isBare: true)
      try #require(try tree.git("worktree", "add", "-q", "-b", "w", "../w", in: name) != nil)
      try tree.expect("\(holder)/w", root: holder, isBare: true)
    }
    try tree.write("gitdir: ./.bare\n", to: "dotted/.git")
    try tree.expect("dotted", root: "dotted", isBare: true)
    try tree.expect("plain", root: "plain", isBare: true)
    try tree.expect("dotted/.piko/worktrees", root: "dotted", isBare: true)
  }

  @Test func findsBareInTheConfigurationOfWorktrees() throws {
    let tree = try Tree()
    try tree.repository("p")
    try #require(try tree.git("clone", "-q", "--bare", "p", "b/.bare") != nil)
    try tree.git("config", "extensions.worktreeConfig", "true", in: "b/.bare")
    try tree.git("config", "--unset", "core.bare", in: "b/.bare")
    try tree.git("config", "--worktree", "core.bare", "true", in: "b/.bare")
    try #require(try tree.git("worktree", "add", "-q", "../w", in: "b/.bare") != nil)
    try tree.expect("b/.bare", root: "b", isBare: true)
    try tree.expect("b/w", root: "b", isBare: true)
  }

  @Test func aSubmoduleIsItsOwnProjectSaveInsideAnEnvironment() throws {
    let tree = try Tree()
    try tree.repository("lib")
    try tree.repository("p")
    try #require(try tree.git("submodule", "add", "-q", "../lib", "deps/lib", in: "p") != nil)
    try tree.git("commit", "-q", "-m", "sub", in: "p")
    tree.makeDirectory("p/deps/lib/src")
    try tree.expect("p/deps/lib/src", root: "p/deps/lib")
    try tree.git("worktree", "add", "-q", ".piko/worktrees/e", in: "p/deps/lib")
    try tree.expect(
      "p/deps/lib/.piko/worktrees/e", root: "p/deps/lib", environment: "e")

    try tree.git("worktree", "add", "-q", ".piko/worktrees/feat", in: "p")
    try #require(
      try tree.git("submodule", "update", "-q", "--init", in: "p/.piko/worktrees/feat") != nil)
    let inside = try ProjectRoot.locate(from: tree.at("p/.piko/worktrees/feat/deps/lib"))
    #expect(inside.root == tree.at("p"))
    #expect(inside.environment?.text == "feat")
    #expect(inside.worktree == tree.at("p/.piko/worktrees/feat"))

    // A repository of its own that only lies there is none of it.
    try tree.repository("p/.piko/worktrees/feat/tmp/demo")
    try tree.expect("p/.piko/worktrees/feat/tmp/demo", root: "p/.piko/worktrees/feat/tmp/demo")
  }

  @Test func findsTheCheckoutOfASeparateGitDirectory() throws {
    let tree = try Tree()
    try tree.repository("p", "--separate-git-dir", tree.at("elsewhere").string)
    try tree.expect("p", root: "p")
    try tree.git("worktree", "add", "-q", ".piko/worktrees/e", in: "p")
    try tree.expect("p/.piko/worktrees/e", root: "p", environment: "e")
    try tree.git("worktree", "add", "-q", "../mine", in: "p")
    let failure = #expect(throws: Failure.self) { try ProjectRoot.locate(from: tree.at("mine")) }
    #expect(failure?.status == .cannotStart)
    try tree.git("config", "core.worktree", tree.at("p").string, in: "p")
    try tree.expect("mine", root: "p")
  }

  @Test func resolvesSymbolicLinks() throws {
    let tree = try Tree()
    try tree.repository("p")
    tree.makeDirectory("p/src")
    try #require(symlink("p/src", tree.at("link").string) == 0)
    try #require(symlink("p/.git", tree.at("dot").string) == 0)
    try tree.expect("link", root: "p")
    try tree.repository("q", "--separate-git-dir", tree.at("store").string)
    unlink(tree.at("q/.git").string)
    try #require(symlink("../store", tree.at("q/.git").string) == 0)
    try tree.expect("q", root: "q")
  }

  @Test func saysWhatGitSaysWhereThereIsNoRepository() throws {
    let tree = try Tree()
    func message(_ inner: String) throws -> String? {
      let failure = #expect(throws: Failure.self) { try ProjectRoot.locate(from: tree.at(inner)) }
      #expect(failure?.status == .cannotStart)
      #expect(try tree.git("rev-parse", "--git-dir", in: inner) == nil)
      return failure?.message
    }
    #expect(try message("") == "not a git repository (or any of the parent directories): .git")
    // Neither an empty .git directory nor one half made is a repository.
    tree.makeDirectory("half/.git/objects")
    tree.makeDirectory("half/.git/refs")
    #expect(try message("half") == "not a git repository (or any of the parent directories): .git")
    tree.makeDirectory("broken")
    try tree.write("gitdir: /nowhere/at/all\n", to: "broken/.git")
    #expect(try message("broken") == "not a git repository: /nowhere/at/all")
    try tree.write("nonsense", to: "broken/.git")
    #expect(try message("broken")?.hasPrefix("invalid gitfile format: ") == true)
    try tree.write("gitdir: .git\n", to: "broken/.git")
    #expect(try message("broken") == "not a git repository: .git")
  }

  @Test func endsInLoopsAndDirectoriesThatAreGone() throws {
    let tree = try Tree()
    try #require(symlink("b", tree.at("a").string) == 0)
    try #require(symlink("a", tree.at("b").string) == 0)
    #expect(throws: Failure.self) { try ProjectRoot.locate(from: tree.at("a")) }
    #expect(throws: Failure.self) { try ProjectRoot.locate(from: tree.at("none")) }
    // A common directory that names itself, and one that names a directory without a repository.
    try tree.repository("p")
    try tree.write(".\n", to: "p/.git/commondir")
    #expect(try ProjectRoot.locate(from: tree.at("p")).root == tree.at("p"))
    try tree.write("../..\n", to: "p/.git/commondir")
    #expect(throws: Failure.self) { try ProjectRoot.locate(from: tree.at("p")) }
  }
}
