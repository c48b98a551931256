import Glibc
import PikoCore
import PikoGit
import SystemPackage
import Testing

/// A worktree of piko's cannot be told from one of `git worktree add`'s.
@Suite struct LikenessTests {
  /// A repository with a bit of everything that is plain.
  static let plain = """
    git init -q -b main repo; cd repo
    mkdir -p src/deep/er bin 'a folder' a-b; echo x > src/deep/er/file; printf '' > empty
    printf '#!/bin/sh\\n' > bin/run; chmod 755 bin/run; echo 1 > 'a folder/with space'
    ln -s /outside/nowhere escape; ln -s src/deep link; printf 'no newline' > tail
    printf 'crlf\\r\\nlf\\n' > mixed; printf '\\000\\001\\377' > binary; echo y > a.b; echo z > a-b/c
    printf 'n' > "$(printf 'new\\nline')"; echo ü > ünïcödé; printf l > "$(printf 'latin\\351')"
    echo '*.log' > .gitignore; printf '* text=auto\\n*.png -text -diff\\n' > .gitattributes
    git add -A; git commit -q -m first; git tag v1; echo more > more; git add -A
    git commit -q -m second; git tag -a -m tag v2; git branch existing v1
    """

  @Test func aNewBranch() throws {
    let scene = try Scene()
    try Likeness(scene, Self.plain).check(git: ["-b", "new", "PATH"], branch: "new")
  }

  @Test func anExistingBranch() throws {
    let scene = try Scene()
    try Likeness(scene, Self.plain).check(git: ["PATH", "existing"], branch: "existing")
  }

  @Test(arguments: ["v1", "v2", "HEAD~1", "existing"])
  func aNewBranchFromARevision(_ revision: String) throws {
    let scene = try Scene()
    try Likeness(scene, Self.plain)
      .check(git: ["-b", "new", "PATH", revision], branch: "new", from: revision)
  }

  @Test func aBranchWithASlashInAPlaceWithOddNames() throws {
    let scene = try Scene()
    var likeness = try Likeness(scene, Self.plain)
    likeness.place = "deep er/ünï cö\nde ~x..lock.lock"
    try likeness.check(git: ["-b", "feature/auth", "PATH"], branch: "feature/auth")
  }

  @Test func aConfiguredIdentityInTheReflogs() throws {
    let scene = try Scene()
    let build = Self.plain + "\ngit config user.name ' J. Doe, '; git config user.email j@d"
    try Likeness(scene, build).check(git: ["-b", "new", "PATH"], branch: "new")
  }

  @Test func noReflogsWhereTheyAreTurnedOff() throws {
    let scene = try Scene()
    let build = Self.plain + "\ngit config core.logAllRefUpdates false"
    try Likeness(scene, build).check(git: ["-b", "new", "PATH"], branch: "new", byGit: true)
  }

  @Test func aCommandTypedInAnotherWorktreeAndAFolderOfIt() throws {
    let scene = try Scene()
    var likeness = try Likeness(
      scene, Self.plain + "\ngit worktree add -q --detach ../other v1; mkdir ../other/sub")
    likeness.typedIn = "other/sub"
    try likeness.check(git: ["-b", "new", "PATH"], branch: "new")
    #expect(
      try scene.git("two/wt", "rev-parse", "HEAD") == scene.git("two/repo", "rev-parse", "v1"))
  }

  @Test func aDetachedHead() throws {
    let scene = try Scene()
    try Likeness(scene, Self.plain + "\ngit checkout -q --detach v1")
      .check(git: ["-b", "new", "PATH"], branch: "new")
  }

  static let cloned = """
    (\(plain)
    git checkout -q -b feature; echo f > f; git add f; git commit -q -m f; git checkout -q main)
    mv repo origin; git clone -q origin repo; cd repo; git remote set-url origin ../origin
    """

  @Test func aBranchOfARemote() throws {
    let scene = try Scene()
    try Likeness(scene, Self.cloned).check(git: ["PATH", "feature"], branch: "feature")
  }

  @Test func aNewBranchFromOneOfARemote() throws {
    let scene = try Scene()
    try Likeness(scene, Self.cloned)
      .check(git: ["-b", "mine", "PATH", "origin/feature"], branch: "mine", from: "origin/feature")
  }

  @Test(arguments: ["false", "always", "inherit", "simple"])
  func whatAutoSetupMergeSays(_ value: String) throws {
    for from in ["origin/feature", "main"] {
      let scene = try Scene()
      let build = Self.cloned + "\ngit config branch.autoSetupMerge \(value)"
      try Likeness(scene, build)
        .check(git: ["-b", "mine", "PATH", from], branch: "mine", from: from)
    }
  }

  @Test func automaticRebase() throws {
    let scene = try Scene()
    try Likeness(scene, Self.cloned + "\ngit config branch.autoSetupRebase always")
      .check(git: ["PATH", "feature"], branch: "feature")
  }

  @Test func aBareClonedMain() throws {
    let scene = try Scene()
    var likeness = try Likeness(
      scene,
      "(\(Self.plain))\ngit clone -q --bare repo bare.git; git -C bare.git remote remove origin")
    likeness.typedIn = "bare.git"
    likeness.common = "bare.git"
    try likeness.check(git: ["-b", "new", "PATH"], branch: "new")
  }

  @Test func theBranchThatABareMainIsOn() throws {
    let scene = try Scene()
    var likeness = try Likeness(
      scene,
      "(\(Self.plain))\ngit clone -q --bare repo bare.git; git -C bare.git remote remove origin")
    likeness.typedIn = "bare.git"
    likeness.common = "bare.git"
    try likeness.check(git: ["PATH", "main"], branch: "main")
  }

  @Test func submodules() throws {
    let scene = try Scene()
    let build = """
      (git init -q -b main lib; cd lib; echo l > l; git add l; git commit -q -m l)
      (\(Self.plain))
      cd repo; git -c protocol.file.allow=always submodule --quiet add ../lib vendor/lib
      git config -f .gitmodules submodule.vendor/lib.url ../lib
      git add -A; git commit -q -m sub; git config submodule.vendor/lib.url ../lib
      git -C vendor/lib remote set-url origin ../lib
      git config -f .git/modules/vendor/lib/config remote.origin.url ../lib
      """
    try Likeness(scene, build).check(git: ["-b", "new", "PATH"], branch: "new")
  }

  @Test func aWideTreeWrittenByThreads() throws {
    let scene = try Scene()
    let build =
      Self.plain + """

        for d in 1 2 3 4 5 6 7 8 9 10 11 12; do mkdir -p "w/$d"
        for f in $(seq 1 150); do echo "$d $f" > "w/$d/$f"; done; done
        git add -A; git commit -q -m wide
        """
    try Likeness(scene, build).check(git: ["-b", "new", "PATH"], branch: "new")
  }

  @Test func theEmptyTree() throws {
    let scene = try Scene()
    let build = "git init -q -b main repo; cd repo; git commit -q --allow-empty -m empty"
    try Likeness(scene, build).check(git: ["-b", "new", "PATH"], branch: "new")
  }

  // MARK: - What is left to git

  static let attributes =
    plain + """

      printf '*.bat eol=crlf\\n*.id ident\\n*.up filter=upper\\n*.u16 working-tree-encoding=UTF-16\\n' >> .gitattributes
      printf 'a\\nb\\n' > x.bat; echo '$Id$' > x.id; echo text > x.up
      git add -A; git commit -q -m attributes
      """

  @Test func lineEndingsAndIdent() throws {
    let scene = try Scene()
    try Likeness(scene, Self.attributes).check(
      git: ["-b", "new", "PATH"], branch: "new", byGit: true)
    #expect(scene.read("two/wt/x.bat") == "a\r\nb\r\n")
    #expect(scene.read("two/wt/x.id")?.hasPrefix("$Id: ") == true)
  }

  @Test(arguments: [".gitattributes", ".git/info/attributes", "core.attributesFile", "home"])
  func aFilterDriver(_ place: String) throws {
    let scene = try Scene()
    let file =
      switch place {
      case "core.attributesFile": "../../attributes"
      case "home": "../../home/.config/git/attributes"
      default: place
      }
    let build =
      Self.plain + """

        git config filter.upper.smudge 'tr a-z A-Z'; git config filter.upper.clean 'tr A-Z a-z'
        mkdir -p ../../home/.config/git; echo '*.up filter=upper' >> \(file)
        \(place == "core.attributesFile" ? "git config core.attributesFile $PWD/\(file)" : "")
        echo text > x.up; git add -A; git commit -q -m filter
        """
    let likeness = try Likeness(scene, build)
    if place == "core.attributesFile" {
      try scene.git("two/repo", "config", "core.attributesFile", scene.path("attributes").string)
      try scene.git("one/repo", "config", "core.attributesFile", scene.path("attributes").string)
    }
    try likeness.check(git: ["-b", "new", "PATH"], branch: "new", byGit: true)
    #expect(scene.read("two/wt/x.up") == "TEXT\n")
  }

  @Test func aFilterThatIsNotConfiguredChangesNothing() throws {
    let scene = try Scene()
    let build =
      Self.plain + """

        echo '*.up filter=upper' >> .gitattributes; echo text > x.up; git add -A; git commit -q -m x
        """
    try Likeness(scene, build).check(git: ["-b", "new", "PATH"], branch: "new")
  }

  @Test(arguments: [
    "core.autocrlf=true", "core.eol=crlf", "index.version=4", "core.splitIndex=true",
    "core.sharedRepository=group", "core.symlinks=false",
  ])
  func aSettingThatChangesWhatIsWritten(_ setting: String) throws {
    let scene = try Scene()
    let parts = setting.split(separator: "=")
    try Likeness(scene, Self.plain + "\ngit config \(parts[0]) \(parts[1])").check(
      git: ["-b", "new", "PATH"], branch: "new", byGit: true)
  }

  @Test(arguments: ["--cone", "--no-cone"])
  func aSparseCheckout(_ mode: String) throws {
    let scene = try Scene()
    let build = Self.plain + "\ngit sparse-checkout set \(mode) src"
    try Likeness(scene, build).check(git: ["-b", "new", "PATH"], branch: "new", byGit: true)
    #expect(!scene.exists("two/wt/bin"))
    #expect(try scene.git("two/wt", "ls-files", "-t").contains("S bin/run"))
  }

  @Test func aRepositoryOfSHA256() throws {
    let scene = try Scene()
    let build = Self.plain.replacing("git init -q", with: "git init -q --object-format=sha256")
    try Likeness(scene, build).check(git: ["-b", "new", "PATH"], branch: "new", byGit: true)
  }

  @Test func aReplacedObject() throws {
    let scene = try Scene()
    let build =
      Self.plain + """

        git replace $(git rev-parse HEAD:tail) $(git rev-parse HEAD:more)
        """
    try Likeness(scene, build).check(git: ["-b", "new", "PATH"], branch: "new", byGit: true)
    #expect(scene.read("two/wt/tail") == "more\n")
  }

  // MARK: - Hooks

  static let hook = """
    #!/bin/sh
    { pwd; echo "$@"; env | grep -E '^(GIT_|PATH=)' | sort; readlink /proc/self/fd/0; } > hook.out
    echo said; exit 3
    """

  @Test(arguments: [".git/hooks", "../myhooks", "tracked"])
  func thePostCheckoutHook(_ folder: String) throws {
    let scene = try Scene()
    let build =
      Self.plain + """

        mkdir -p \(folder); cp ../../hook \(folder)/post-checkout; chmod 755 \(folder)/post-checkout
        \(folder == ".git/hooks" ? ":" : "git config core.hooksPath \(folder)"); echo hook.out >> .git/info/exclude
        \(folder == "tracked" ? "git add -A; git commit -q -m hook" : "")
        """
    try scene.write("hook", Self.hook)
    let likeness = try Likeness(scene, build)
    let one = try Program("git").run(
      ["worktree", "add", "-b", "new", scene.path("one/wt").string], in: scene.path("one/repo"),
      environment: scene.environment)
    #expect(one.status == 3)
    let added = try scene.add("new", at: "two/wt", in: "two/repo")
    #expect(added.hook == HookOutcome(status: 3, output: "said\n"))
    let outputs = ["one", "two"].map { scene.read("\($0)/wt/hook.out") ?? "" }
    #expect(outputs[0].replacing("/one/", with: "/two/") == outputs[1])
    try scene.shell(".", "rm one/wt/hook.out two/wt/hook.out")
    try likeness.compare()
  }

  // MARK: - Umask

  @Test func aNarrowUmask() async throws {
    let scene = try Scene()
    let likeness = try Likeness(scene, Self.plain)
    let one = scene.path("one/wt").string
    try scene.shell("one/repo", "umask 077; git worktree add -q -b new '\(one)'")
    // The umask belongs to the whole process, so the worktree is made in one of its own.
    let directory = scene.directory.string
    await #expect(processExitsWith: .success) { [directory = directory as String] in
      umask(0o077)
      let scene = Scene(at: FilePath(directory))
      let added = try scene.add("new", at: "two/wt", in: "two/repo")
      #expect(!added.isMadeByGit)
    }
    try likeness.compare()
    #expect(try scene.shell("two/wt", "stat -c %a . bin/run tail") == "700\n700\n600\n")
  }
}
