import Support
import SystemPackage
import Testing

/// What `piko create` makes of a name: the environment, the branch, the project it belongs to.
@Suite struct CreateNamesTests {
  let sandbox: Sandbox

  init() throws { sandbox = try Sandbox() }

  @Test func normalisesABranchToAName() throws {
    let project = try sandbox.project()
    #expect(
      try sandbox.piko("create", "feature/auth", in: project).text == """
        1| <root>/project/.piko/worktrees/feature-auth
        2| ✓ Created worktree at .piko/worktrees/feature-auth (branch: feature/auth)
        2| ✓ Created session piko/project/feature-auth
        status 0
        """)
    let worktree = project.pushing(".piko/worktrees/feature-auth")
    #expect(try sandbox.git("branch", "--show-current", in: worktree) == "feature/auth")
    #expect(try sandbox.git("status", "--porcelain", in: worktree) == "")
    #expect(try sandbox.git("status", "--porcelain", in: project) == "")
    #expect(try sandbox.output("piko", ["path", "feature/auth"], in: project) == worktree.string)
    #expect(try sandbox.output("piko", ["path", "feature-auth"], in: project) == worktree.string)
  }

  @Test(arguments: [
    ("Fix_Issue#12", "fix-issue-12"), ("release/2.1", "release-2-1"), ("x--y", "x-y"),
    ("naïve/Größe", "na-ve-gr-e"),
  ])
  func takesWhatGitTakes(branch: String, name: String) throws {
    let project = try sandbox.project()
    let worktree = try sandbox.create(branch, in: project)
    #expect(worktree == project.pushing(".piko/worktrees").appending(name))
    #expect(try sandbox.git("branch", "--show-current", in: worktree) == branch)
  }

  @Test func refusesTwoBranchesThatNormaliseAlike() throws {
    let project = try sandbox.project()
    try sandbox.create("feature/auth", in: project)
    for arguments in [["feature_auth"], ["feature_auth", "--reuse"]] {
      let before = try Traces(of: project, in: sandbox)
      #expect(
        try sandbox.piko(["create"] + arguments, in: project).text == """
          2| error: environment 'feature-auth' already exists, for branch 'feature/auth'
          2| hint: to name this one, run 'piko create feature-auth-2 --branch feature_auth'
          status 1
          """)
      #expect(try Traces(of: project, in: sandbox) == before)
    }
    let other = try sandbox.create("auth2", "--branch", "feature_auth", in: project)
    #expect(try sandbox.git("branch", "--show-current", in: other) == "feature_auth")
  }

  /// What was typed is its name, but the branch of that name is another one.
  @Test func refusesTheNameOfOneThatIsForAnotherBranch() throws {
    let project = try sandbox.project()
    try sandbox.create("Feat", in: project)
    // No branch is called so: nothing but the environment can be meant.
    try sandbox.create("feat", "--reuse", in: project)
    try sandbox.git("branch", "feat", in: project)
    for arguments in [["feat"], ["feat", "--reuse"]] {
      #expect(
        try sandbox.piko(["create"] + arguments, in: project).text == """
          2| error: environment 'feat' already exists, for branch 'Feat'
          2| hint: to name this one, run 'piko create feat-2 --branch feat'
          2| hint: to bring that one up, run 'piko up feat'
          status 1
          """)
    }
    let worktree = try sandbox.create("Feat", "--reuse", in: project)
    // The branch that it has checked out now is meant as well.
    try sandbox.git("switch", "-q", "feat", in: worktree)
    try sandbox.create("feat", "--reuse", in: project)
    #expect(try sandbox.output("piko", ["list", "-q"], in: project) == "feat")
  }

  @Test func cutsLongNamesAndTellsThemApart() throws {
    let project = try sandbox.project()
    let long = String(repeating: "a", count: 60)
    let one = try sandbox.create("\(long)1", in: project)
    let two = try sandbox.create("\(long)2", in: project)
    let names = [one, two].compactMap { $0.lastComponent?.string }
    #expect(names.allSatisfy { $0.count == 48 && $0.hasPrefix(long.prefix(41) + "-") })
    #expect(names[0] != names[1])
    #expect(try sandbox.output("piko", ["path", "\(long)2"], in: project) == two.string)
    let whole = String(repeating: "b", count: 48)
    #expect(try sandbox.create(whole, in: project).lastComponent?.string == whole)
  }

  @Test(arguments: ["-lead", "../x", "a..b", "a b", "a\tb", "x\u{1B}[2J", "a\nerror: b", "x.lock"])
  func refusesWhatIsNoBranch(name: String) throws {
    let project = try sandbox.project()
    let shown = name.replacing("\t", with: "\\t").replacing("\n", with: "\\n")
      .replacing("\u{1B}", with: "?")
    let before = try Traces(of: project, in: sandbox)
    #expect(
      try sandbox.piko("create", "--", name, in: project).text == """
        2| error: '\(shown)' is not a valid branch name
        2| hint: to read the rules, run 'git help check-ref-format'
        status 1
        """)
    #expect(try Traces(of: project, in: sandbox) == before)
    #expect(!sandbox.exists("project/.piko"))
  }

  @Test(arguments: ["", "日本語", "///"])
  func refusesWhatLeavesNoName(name: String) throws {
    let project = try sandbox.project()
    #expect(
      try sandbox.piko("create", name, in: project).text == """
        2| error: cannot make an environment name of '\(name)': it has no letter or digit
        2| hint: name it yourself: 'piko create NAME --branch BRANCH'
        status 129
        """)
    #expect(!sandbox.exists("project/.piko"))
  }

  @Test func makesABranchOfAnyScriptWithANameOfItsOwn() throws {
    let project = try sandbox.project()
    let worktree = try sandbox.create("japanese", "--branch", "日本語", in: project)
    #expect(try sandbox.git("branch", "--show-current", in: worktree) == "日本語")
    #expect(try sandbox.output("piko", ["path", "日本語"], in: project) == worktree.string)
  }

  @Test func keepsTheNameOfTheSharedServices() throws {
    let project = try sandbox.project()
    let before = try Traces(of: project, in: sandbox)
    #expect(
      try sandbox.piko("create", "shared", in: project).text == """
        2| error: cannot create environment 'shared': the name is kept for the project's shared services
        2| hint: give it another name: 'piko create NAME --branch BRANCH'
        status 1
        """)
    #expect(try Traces(of: project, in: sandbox) == before)
  }

  @Test func refusesTwoThatWouldBeOneComposeProject() throws {
    let one = try sandbox.project("one", configured: "name: a-b")
    let two = try sandbox.project("two", configured: "name: a")
    try sandbox.create("c", in: one)
    let before = try Traces(of: two, in: sandbox)
    #expect(
      try sandbox.piko("create", "b-c", in: two).text == """
        2| error: cannot create environment 'b-c': its Compose project 'piko-a-b-c' is that of \
        environment 'c' of project 'a-b'
        2| hint: give it another name: 'piko create NAME --branch BRANCH'
        status 1
        """)
    #expect(try Traces(of: two, in: sandbox) == before)
    try sandbox.create("d", "--branch", "b-c", in: two)
  }

  @Test func givesTwoProjectsTheSameName() throws {
    let one = try sandbox.project("one")
    let two = try sandbox.project("two")
    let worktrees = try [one, two].map { try sandbox.create("fix", in: $0) }
    #expect(worktrees == [one, two].map { $0.pushing(".piko/worktrees/fix") })
    let listed = try Environments(of: sandbox.piko("list", "--all", "--json")).environments
    #expect(listed.map(\.composeProject) == ["piko-one-fix", "piko-two-fix"])
    #expect(Set(listed.flatMap(\.ports).map(\.port)).count == 4)
  }

  @Test func tellsTwoRootsOfOneNameApart() throws {
    let one = try sandbox.project("here/shop")
    let two = try sandbox.project("there/shop")
    for root in [one, two, one] {
      let number = try sandbox.git("worktree", "list", in: root).split(separator: "\n").count
      try sandbox.create("fix-\(number)", in: root)
    }
    let listed = try Environments(of: sandbox.piko("list", "--all", "--json")).environments
    #expect(
      listed.map(\.composeProject).sorted() == [
        "piko-shop-2-fix-1", "piko-shop-fix-1", "piko-shop-fix-2",
      ])
  }

  @Test func takesTheProjectsNameFromItsFile() throws {
    let project = try sandbox.project(configured: "name: Web Shop")
    try sandbox.create("fix", in: project)
    let listed = try Environments(of: sandbox.piko("list", "--json", in: project)).environments
    #expect(listed.map(\.composeProject) == ["piko-web-shop-fix"])
    #expect(listed.map(\.project) == ["web-shop"])
  }

  @Test func asksForANameWhereTheDirectoryHasNone() throws {
    let project = try sandbox.project("日本")
    #expect(
      try sandbox.piko("create", "fix", in: project).text == """
        2| error: cannot make a project name of '日本': it has no letter or digit
        2| hint: name it in '.piko.yml': 'name: NAME'
        status 128
        """)
    try sandbox.write("name: japan\n", to: project.appending(".piko.yml"))
    try sandbox.create("fix", in: project)
  }

  // MARK: - Where it is typed

  @Test func typedInsideAnEnvironmentBelongsToTheProject() throws {
    let project = try sandbox.project(files: ["sub/file": "x\n"])
    let outer = try sandbox.create("outer", in: project)
    try sandbox.git("commit", "-q", "--allow-empty", "-m", "On outer", in: outer)
    let inner = try sandbox.create("inner", in: outer.appending("sub"))
    #expect(inner == project.pushing(".piko/worktrees/inner"))
    #expect(try sandbox.git("log", "-1", "--format=%s", in: inner) == "On outer")
    #expect(
      try sandbox.piko("list", "-q", in: outer).text == """
        1| inner
        1| outer
        status 0
        """)
  }

  @Test func typedInAWorktreeOfTheUsersBeginsAtItsHead() throws {
    let project = try sandbox.project()
    try sandbox.git("worktree", "add", "-q", "-b", "mine", "../mine", in: project)
    let mine = sandbox.root.appending("mine")
    try sandbox.git("commit", "-q", "--allow-empty", "-m", "On mine", in: mine)
    let worktree = try sandbox.create("next", in: mine)
    #expect(worktree == project.pushing(".piko/worktrees/next"))
    #expect(try sandbox.git("log", "-1", "--format=%s", in: worktree) == "On mine")
  }

  @Test func aBareRepositorysRootIsTheDirectoryThatHoldsIt() throws {
    let origin = try sandbox.project()
    try sandbox.git("clone", "-q", "--bare", origin.string, "holder/.git")
    let holder = sandbox.root.appending("holder")
    #expect(try sandbox.create("x", in: holder) == holder.pushing(".piko/worktrees/x"))
    try sandbox.git("worktree", "add", "-q", "main", "main", in: holder)
    let main = holder.appending("main")
    let second = try sandbox.create("y", in: main)
    #expect(second == holder.pushing(".piko/worktrees/y"))
    #expect(try sandbox.git("status", "--porcelain", in: main) == "")
    #expect(try sandbox.git("status", "--porcelain", in: second) == "")
    let listed = try Environments(of: sandbox.piko("list", "--json", in: main)).environments
    #expect(listed.map(\.composeProject) == ["piko-holder-x", "piko-holder-y"])
  }
}
