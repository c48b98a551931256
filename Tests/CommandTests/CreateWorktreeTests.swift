import Support
import SystemPackage
import Testing

/// The worktree of a create is the one that `git worktree add` makes. The adapter's own tests
/// compare every byte; here it is the verb that makes it.
@Suite struct CreateWorktreeTests {
  let sandbox: Sandbox

  init() throws { sandbox = try Sandbox() }

  /// Makes the same worktree by git and by piko and compares what can be seen of both.
  private func compare(
    _ project: FilePath, git arguments: [String], piko words: [String],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let theirs = sandbox.root.appending("theirs")
    let typed = words.first ?? ""
    // git first, then away with it and its branch: a branch is checked out only once.
    let hadBranch = try sandbox.git("branch", "--list", typed, in: project) != ""
    try sandbox.output("git", ["worktree", "add", "-q"] + arguments, in: project)
    let expected = try facts(of: theirs, branch: typed, in: project)
    try sandbox.git("worktree", "remove", "--force", theirs.string, in: project)
    if !hadBranch { try sandbox.git("branch", "-q", "-D", typed, in: project) }
    let text = try sandbox.output("piko", ["create"] + words, in: project)
    let found = try facts(of: FilePath(text), branch: typed, in: project)
    for (name, value) in expected.sorted(by: { $0.key < $1.key }) {
      #expect(found[name] == value, "\(name)", sourceLocation: sourceLocation)
    }
    #expect(found["status"] == "", sourceLocation: sourceLocation)
  }

  private func facts(
    of worktree: FilePath, branch: String, in project: FilePath
  ) throws -> [String: String] {
    let shell = { try sandbox.output("sh", ["-c", $0], in: worktree) }
    return [
      "files": try shell(
        "find . -path ./.git -prune -o -printf '%P %y %m %l\\0' | sort -z | tr '\\0' '\\n'"),
      "content": try shell(
        "find . -path ./.git -prune -o -type f -print0 | sort -z | xargs -0r sha1sum"),
      "status": try sandbox.git("status", "--porcelain", "--ignored", in: worktree),
      "head": try sandbox.git("rev-parse", "--symbolic-full-name", "HEAD", in: worktree),
      "commit": try sandbox.git("rev-parse", "HEAD", in: worktree),
      "upstream": try sandbox.run(
        "git", "config", "--get-regexp", "^branch\\.\(branch)\\.", in: project
      ).stdout,
      "index": try sandbox.git("ls-files", "--stage", "-t", "-v", in: worktree),
    ]
  }

  @Test func ofANewBranch() throws {
    let project = try sandbox.project(
      files: ["bin/run": "#!/bin/sh\n", "a b/c\nd": "x\n", "ü/日本": "y\n"])
    try sandbox.output("chmod", ["755", "bin/run"], in: project)
    try sandbox.output("ln", ["-s", "bin/run", "link"], in: project)
    try sandbox.git("add", "-A", in: project)
    try sandbox.git("commit", "-q", "-m", "Modes", in: project)
    try compare(project, git: ["-b", "new", "../theirs"], piko: ["new"])
  }

  @Test func ofAnExistingBranch() throws {
    let project = try sandbox.project()
    try sandbox.git("branch", "old", in: project)
    try sandbox.commit("later\n", to: "later", in: project)
    try compare(project, git: ["../theirs", "old"], piko: ["old"])
    #expect(!sandbox.exists("project/.piko/worktrees/old/later"))
  }

  @Test func ofARemoteBranch() throws {
    let origin = try sandbox.project("origin")
    try sandbox.git("checkout", "-q", "-b", "topic", in: origin)
    try sandbox.commit("topic\n", to: "topic", in: origin)
    try sandbox.git("checkout", "-q", "main", in: origin)
    try sandbox.git("clone", "-q", origin.string, "project")
    let project = sandbox.root.appending("project")
    try compare(
      project, git: ["--track", "-b", "topic", "../theirs", "origin/topic"], piko: ["topic"])
    let worktree = project.pushing(".piko/worktrees/topic")
    #expect(
      try sandbox.git("rev-parse", "--abbrev-ref", "@{upstream}", in: worktree) == "origin/topic")
    #expect(
      try sandbox.piko("create", "origin/topic", in: project).text == """
        2| error: 'origin/topic' is a remote-tracking branch
        2| hint: to work on that branch, run 'piko create topic'
        status 1
        """)
  }

  @Test func fromATag() throws {
    let project = try sandbox.project()
    try sandbox.git("tag", "-a", "-m", "First", "v1", in: project)
    try sandbox.commit("later\n", to: "later", in: project)
    try compare(
      project, git: ["-b", "hotfix", "../theirs", "v1"], piko: ["hotfix", "--from", "v1"])
  }

  @Test func asTheVariablesOfTheCallerConfigureGit() throws {
    let project = try sandbox.project(files: ["text": "a\nb\n"])
    let made = try sandbox.piko(
      "create", "x", in: project,
      environment: [
        "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.autocrlf", "GIT_CONFIG_VALUE_0": "true",
      ])
    #expect(made.status == 0, "\(made)")
    #expect(try sandbox.read("project/.piko/worktrees/x/text") == "a\r\nb\r\n")
  }

  @Test func withASubmodule() throws {
    let library = try sandbox.repository("library")
    let project = try sandbox.project()
    try sandbox.git("submodule", "--quiet", "add", library.string, "vendor/lib", in: project)
    try sandbox.git("commit", "-q", "-m", "Vendor", in: project)
    try compare(project, git: ["-b", "new", "../theirs"], piko: ["new"])
    let worktree = project.pushing(".piko/worktrees/new")
    try sandbox.git("submodule", "--quiet", "update", "--init", in: worktree)
    #expect(try sandbox.read(worktree.pushing("vendor/lib/README")) == "a project\n")
  }

  @Test func withLineEndingsAndAFilter() throws {
    let project = try sandbox.project(
      files: [
        ".gitattributes": "*.bat text eol=crlf\n*.up filter=upper\n", "run.bat": "one\ntwo\n",
      ])
    try sandbox.git("config", "filter.upper.clean", "tr A-Z a-z", in: project)
    try sandbox.git("config", "filter.upper.smudge", "tr a-z A-Z", in: project)
    try sandbox.commit("text\n", to: "shout.up", in: project)
    try compare(project, git: ["-b", "new", "../theirs"], piko: ["new"])
    let worktree = project.pushing(".piko/worktrees/new")
    #expect(try sandbox.read(worktree.appending("shout.up")) == "TEXT\n")
    #expect(try sandbox.read(worktree.appending("run.bat")) == "one\r\ntwo\r\n")
  }

  @Test func ofASparseCheckout() throws {
    let project = try sandbox.project(files: ["in/a": "a\n", "out/b": "b\n"])
    try sandbox.git("sparse-checkout", "set", "in", in: project)
    try compare(project, git: ["-b", "new", "../theirs"], piko: ["new"])
    #expect(!sandbox.exists("project/.piko/worktrees/new/out"))
  }

  @Test(arguments: ["two words", "line\nbreak", "ünï 日本", "quote'\"$x", "a:b"])
  func belowARootOfAnyName(name: String) throws {
    let project = try sandbox.project(name)
    try compare(
      project, git: ["-b", "new", sandbox.root.appending("theirs").string], piko: ["new"])
    #expect(try sandbox.piko("list", "-q", in: project).stdout == "new\n")
    let told = try sandbox.piko(
      "env", "new", "--", "sh", "-c", "printf %s \"$PIKO_ROOT\"", in: project)
    #expect(told.stdout == "<root>/\(name)")
    try sandbox.output("piko", ["destroy", "--delete-branch", "new"], in: project)
    #expect(try sandbox.git("status", "--porcelain", in: project) == "")
  }

  @Test func runsThePostCheckoutHook() throws {
    let project = try sandbox.project()
    try sandbox.write(
      "#!/bin/sh\necho \"hook $3\" >&2\nexit 3\n", to: "project/.git/hooks/post-checkout",
      mode: 0o755)
    let said = try sandbox.piko("create", "new", in: project)
    #expect(
      said.stderr == """
        ✓ Created worktree at .piko/worktrees/new (branch: new)
        hook 1
        warning: the post-checkout hook ended with status 3
        ✓ Created session piko/project/new

        """)
    #expect(said.status == 0)
  }
}
