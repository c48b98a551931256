import FoundationEssentials
import Support
import SystemPackage
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The ignored files that a create brings along: `copy:`, `link:` and `.worktreeinclude`.
@Suite struct CreateFilesTests {
  let sandbox: Sandbox

  init() throws { sandbox = try Sandbox() }

  private func listing(_ directory: FilePath) throws -> String {
    try sandbox.output(
      "sh",
      ["-c", "find . -path ./.git -prune -o -printf '%P %y %m %l\\n' | sort"], in: directory)
  }

  @Test func copiesWithModeAndLinks() throws {
    let project = try sandbox.project(
      configured: "copy: [.env, secrets/, 'conf dir/*.local', run.sh]",
      files: [".gitignore": ".env\nsecrets\n*.local\nrun.sh\n"])
    try sandbox.write("A=1\n", to: "project/.env", mode: 0o600)
    try sandbox.write("key\n", to: "project/secrets/key", mode: 0o640)
    try sandbox.write("l\n", to: "project/conf dir/x.local")
    try sandbox.write("o\n", to: "project/conf dir/other")
    try sandbox.write("#!/bin/sh\n", to: "project/run.sh", mode: 0o755)
    try sandbox.output("ln", ["-s", "key", "secrets/link"], in: project)
    try sandbox.output("ln", ["-s", "/nowhere", "secrets/broken"], in: project)
    try sandbox.output("chmod", ["711", "secrets"], in: project)
    let said = try sandbox.piko("create", "x", in: project)
    #expect(
      said.stderr == """
        ✓ Created worktree at .piko/worktrees/x (branch: x)
        ✓ Copied 6 ignored files
        ✓ Created session piko/project/x

        """)
    let worktree = project.pushing(".piko/worktrees/x")
    #expect(try sandbox.read(worktree.appending(".env")) == "A=1\n")
    let files = try listing(worktree)
    for line in [
      ".env f 600 ", "secrets d 711 ", "secrets/key f 640 ", "secrets/link l 777 key",
      "secrets/broken l 777 /nowhere", "conf dir/x.local f 644 ", "run.sh f 755 ",
    ] { #expect(files.contains(line + "\n") || files.hasSuffix(line), "\(line)\n\(files)") }
    #expect(!files.contains("conf dir/other"))
    #expect(try sandbox.git("status", "--porcelain", in: worktree) == "")
  }

  /// They belong to a running program: what would be there in their place is none of them.
  @Test func saysWhatIsNoFile() throws {
    let project = try sandbox.project(
      configured: "copy: [run/, /own.fifo]\nlink: [./linked.fifo]",
      files: [".gitignore": "run\n*.fifo\n"])
    try sandbox.write("1\n", to: "project/run/pid")
    try sandbox.output(
      "mkfifo", ["run/a b", "own.fifo", "linked.fifo", "unnamed.fifo"], in: project)
    let said = try sandbox.piko("create", "x", "--no-start", in: project)
    #expect(said.status == 0)
    let warnings = said.stderr.split(separator: "\n").filter { $0.hasPrefix("warning: ") }
    #expect(
      warnings.sorted() == [
        "warning: 'linked.fifo' was left out: it is a named pipe",
        "warning: 'own.fifo' was left out: it is a named pipe",
        "warning: 'run/a b' was left out: it is a named pipe",
      ])
    #expect(try sandbox.read("project/.piko/worktrees/x/run/pid") == "1\n")
    #expect(!sandbox.exists("project/.piko/worktrees/x/run/a b"))
  }

  @Test func saysWhichNamesItCannotWrite() throws {
    let project = try sandbox.project(
      configured: "copy: ['*.local']", files: [".gitignore": "*.local\n"])
    try sandbox.output(
      "sh", ["-c", "echo l > \"$(printf 'a\\377.local')\"; echo l > b.local"], in: project)
    let said = try sandbox.piko("create", "x", in: project)
    #expect(said.status == 0)
    #expect(
      said.stderr.contains(
        "warning: 'a\u{FFFD}.local' was left out: its name is not UTF-8\n"), "\(said)")
    #expect(said.stderr.contains("✓ Copied 1 ignored file\n"))
  }

  @Test func leavesOutWhatGitDoesNotIgnore() throws {
    let project = try sandbox.project(
      configured: "copy: [notes, '*.local']", files: [".gitignore": "*.local\n"])
    try sandbox.write("n\n", to: "project/notes")
    try sandbox.write("l\n", to: "project/x.local")
    #expect(
      try sandbox.piko("create", "x", in: project).text == """
        1| <root>/project/.piko/worktrees/x
        2| ✓ Created worktree at .piko/worktrees/x (branch: x)
        2| warning: 'notes' of 'copy:' was left out: git does not ignore it, so it would show as \
        untracked
        2| ✓ Copied 1 ignored file
        2| ✓ Created session piko/project/x
        status 0
        """)
    #expect(!sandbox.exists("project/.piko/worktrees/x/notes"))
  }

  @Test func aFolderOfMatchesAloneIsNotWarnedOf() throws {
    let project = try sandbox.project(
      configured: "copy: ['conf/*.local']", files: [".gitignore": "*.local\n"])
    try sandbox.write("l\n", to: "project/conf/x.local")
    let said = try sandbox.piko("create", "x", in: project)
    #expect(!said.stderr.contains("warning"), "\(said)")
    #expect(sandbox.exists("project/.piko/worktrees/x/conf/x.local"))
  }

  /// As in gitignore: a slash at the beginning stands for the root.
  @Test(arguments: ["copy", "link"])
  func aSlashAtTheBeginningStandsForTheRoot(key: String) throws {
    let project = try sandbox.project(
      configured: "\(key): [/.env, './build/', '!/build/keep', data/*.db, /none]",
      files: [".gitignore": ".env\nbuild\n*.db\nnone\n"])
    for file in [".env", "sub/.env", "build/a", "sub/build/a", "data/x.db", "sub/data/x.db"] {
      try sandbox.write("x\n", to: project.pushing(FilePath(file)))
    }
    try sandbox.create("x", in: project)
    let brought = try sandbox.output(
      "sh", ["-c", "find -L . -path ./.git -prune -o -type f -print | sort"],
      in: project.pushing(".piko/worktrees/x"))
    #expect(
      brought.split(separator: "\n") == [
        "./.env", "./.gitignore", "./.piko.yml", "./README", "./build/a", "./data/x.db",
      ])
  }

  @Test func copiesWhatWorktreeincludeNames() throws {
    let project = try sandbox.project(
      files: [
        ".gitignore": "*.local\nbuild/\n", ".worktreeinclude": "# wanted\n*.local\n!no.local\n",
      ])
    for file in ["a.local", "no.local", "deep/b.local", "build/out"] {
      try sandbox.write("x\n", to: project.pushing(FilePath(file)))
    }
    let worktree = try sandbox.create("x", in: project)
    #expect(sandbox.exists(worktree.pushing("a.local")))
    #expect(sandbox.exists(worktree.pushing("deep/b.local")))
    #expect(!sandbox.exists(worktree.pushing("no.local")))
    #expect(!sandbox.exists(worktree.pushing("build")))
    #expect(try sandbox.git("status", "--porcelain", in: worktree) == "")
  }

  @Test func linksAFolderThatIsIgnoredAsOne() throws {
    let project = try sandbox.project(
      configured: "link: [node_modules, 'big dir/']",
      files: [".gitignore": "node_modules/\nbig dir/\n"])
    try sandbox.write("x\n", to: "project/node_modules/pkg/index.js")
    try sandbox.write("x\n", to: "project/big dir/data")
    let worktree = try sandbox.create("x", in: project)
    #expect(
      try sandbox.output("readlink", [worktree.appending("node_modules").string])
        == "../../../node_modules")
    #expect(try sandbox.read(worktree.pushing("big dir/data")) == "x\n")
    #expect(try sandbox.git("status", "--porcelain", in: worktree) == "")
    #expect(try sandbox.git("status", "--porcelain", in: project) == "")
    try sandbox.output("piko", ["destroy", "x"], in: project)
    #expect(sandbox.exists("project/node_modules/pkg/index.js"))
  }

  @Test func aLinkHoldsWhereWorktreesLieElsewhere() throws {
    let project = try sandbox.project(
      configured: "link: [node_modules]", files: [".gitignore": "node_modules/\n"])
    try sandbox.write("x\n", to: "project/node_modules/it")
    try sandbox.output("mkdir", ["-p", "project/.piko", "disk/of/its/own"], in: sandbox.root)
    try sandbox.output(
      "ln", ["-s", "\(sandbox.root)/disk/of/its/own", "project/.piko/worktrees"], in: sandbox.root)
    let worktree = try sandbox.create("x", in: project)
    #expect(try sandbox.read(worktree.pushing("node_modules/it")) == "x\n")
    #expect(try sandbox.piko("destroy", "x", in: project).status == 0)
    #expect(sandbox.exists("project/node_modules/it"))
  }

  @Test func aLinkWinsOverWhatIsToBeCopiedFromBelowIt() throws {
    let project = try sandbox.project(
      configured: "copy: [.env, whole]\nlink: [node_modules, whole/part]",
      files: [".gitignore": ".env\nnode_modules/\nwhole/\n"])
    for file in [".env", "node_modules/dotenv/.env", "whole/part/x", "whole/more"] {
      try sandbox.write("x\n", to: project.pushing(FilePath(file)))
    }
    let said = try sandbox.piko("create", "x", in: project)
    #expect(said.status == 0, "\(said)")
    let worktree = project.pushing(".piko/worktrees/x")
    #expect(
      try sandbox.output("readlink", [worktree.appending("node_modules").string])
        == "../../../node_modules")
    #expect(try sandbox.read(worktree.appending(".env")) == "x\n")
    // Where the link has no place, that is said.
    #expect(
      said.stderr.contains(
        "warning: 'whole/part' of 'link:' was left out: the worktree has a 'whole/part' already\n"),
      "\(said)")
    #expect(try sandbox.git("status", "--porcelain", in: worktree) == "")
  }

  @Test func whatTheBranchHasStays() throws {
    let project = try sandbox.project(
      configured: "copy: [.env]", files: [".gitignore": ".env\n"])
    try sandbox.git("checkout", "-q", "-b", "tracked", in: project)
    try sandbox.write("tracked\n", to: "project/.env")
    try sandbox.git("add", "-f", ".env", in: project)
    try sandbox.git("commit", "-q", "-m", "Track", in: project)
    try sandbox.git("checkout", "-q", "main", in: project)
    try sandbox.write("ignored\n", to: "project/.env")
    let worktree = try sandbox.create("tracked", in: project)
    #expect(try sandbox.read(worktree.appending(".env")) == "tracked\n")
  }

  @Test(arguments: [("copy", "copied"), ("link", "linked")])
  func whatTheBranchHasAsALinkIsNotWrittenThrough(key: String, verb: String) throws {
    let project = try sandbox.project(
      configured: "\(key): [config/x, whole/, one/deep/y]",
      files: [".gitignore": "config/x\nwhole/\none/deep/y\n"])
    for file in ["config/x", "whole/w", "one/deep/y"] {
      try sandbox.write("new\n", to: project.pushing(FilePath(file)))
    }
    try sandbox.git("checkout", "-q", "-b", "links", in: project)
    try sandbox.output("mkdir", ["-m", "755", "-p", "elsewhere"])
    try sandbox.output(
      "sh",
      [
        "-c",
        """
        mv config config.away; mv whole whole.away; mv one one.away
        ln -s "$1" config; ln -s "$1" whole; mkdir one; ln -s "$1" one/deep
        git add -f config whole one/deep; git commit -q -m Links; git checkout -q main
        rmdir one 2>/dev/null; mv config.away config; mv whole.away whole; mv one.away one
        chmod 700 whole
        """, "sh", sandbox.root.appending("elsewhere").string,
      ], in: project)
    let said = try sandbox.piko("create", "links", in: project)
    #expect(said.status == 0, "\(said)")
    #expect(
      said.stderr.contains(
        "warning: 'config/x' of '\(key):' was left out: 'config' is no folder in this branch\n"),
      "\(said)")
    #expect(said.stderr.contains("'one/deep/y' of '\(key):' was left out: 'one/deep' is no folder"))
    #expect(!said.stderr.contains(verb), "\(said)")
    #expect(try listing(sandbox.root.appending("elsewhere")) == " d 755 ")
    let worktree = project.pushing(".piko/worktrees/links")
    #expect(try sandbox.git("status", "--porcelain", in: worktree) == "")
  }

  @Test func aFolderOfTheBranchKeepsItsMode() throws {
    let project = try sandbox.project(
      configured: "copy: [conf/]", files: [".gitignore": "conf/*.local\n", "conf/kept": "k\n"])
    try sandbox.git("checkout", "-q", "-b", "tracked", in: project)
    try sandbox.git("checkout", "-q", "main", in: project)
    try sandbox.write("conf/\n", to: "project/.git/info/exclude")
    try sandbox.git("rm", "-q", "-r", "conf", in: project)
    try sandbox.git("commit", "-q", "-m", "Ignore it", in: project)
    try sandbox.write("l\n", to: "project/conf/x.local")
    try sandbox.output("chmod", ["700", "conf"], in: project)
    let worktree = try sandbox.create("tracked", in: project)
    #expect(try listing(worktree).contains("conf d 755 "))
    #expect(try sandbox.read(worktree.pushing("conf/x.local")) == "l\n")
  }

  @Test func countsLinksByThemselves() throws {
    let project = try sandbox.project(
      configured: "copy: [a.local]\nlink: [b.local, c.local]",
      files: [".gitignore": "*.local\n"])
    for file in ["a", "b", "c"] { try sandbox.write("x\n", to: project.appending("\(file).local")) }
    let said = try sandbox.piko("create", "x", in: project)
    #expect(said.stderr.contains("\n✓ Copied 1 ignored file, linked 2\n"), "\(said)")
  }

  @Test func nothingOfPikosOwnIsMatched() throws {
    let project = try sandbox.project(
      configured: "copy: ['*.local']", files: [".gitignore": "*.local\n"])
    try sandbox.write("x\n", to: "project/a.local")
    let one = try sandbox.create("one", in: project)
    try sandbox.write("x\n", to: one.appending("only-in-one.local"))
    try sandbox.write("x\n", to: project.pushing(".piko/own.local"))
    let two = try sandbox.create("two", in: project)
    #expect(
      try listing(two).split(separator: "\n").map { $0.prefix { $0 != " " } }.sorted() == [
        "", ".gitignore", ".piko.yml", "README", "a.local",
      ])
    let refused = try sandbox.project("bad", configured: "copy: [.piko]")
    #expect(
      try sandbox.piko("create", "x", in: refused).stderr.hasPrefix(
        "error: <root>/bad/.piko.yml:1:8: the pattern '.piko' names what git or piko keep there\n"))
  }

  @Test func aLargeFolderIsCopiedAsAWhole() throws {
    let project = try sandbox.project(
      configured: "copy: [vendor/]", files: [".gitignore": "vendor/\n"])
    try sandbox.output(
      "sh",
      [
        "-c",
        """
        for d in $(seq 40); do
          mkdir -p vendor/$d; for f in $(seq 50); do echo $d $f > vendor/$d/$f; done
        done
        """,
      ], in: project)
    let said = try sandbox.piko("create", "x", in: project)
    #expect(said.stderr.contains("\n✓ Copied 2000 ignored files\n"), "\(said)")
    let worktree = project.pushing(".piko/worktrees/x")
    #expect(
      try sandbox.run("diff", "-r", "vendor", worktree.appending("vendor").string, in: project)
        .text == "status 0")
  }

  @Test func aLargeCopySaysHowFarItIs() throws {
    let project = try sandbox.project(
      configured: "copy: [vendor/]", files: [".gitignore": "vendor/\n"])
    try sandbox.output(
      "sh", ["-c", "mkdir vendor; seq -f 'vendor/%.0f' 15000 | xargs touch"], in: project)
    let said = try sandbox.run(
      "script", ["-qec", "piko create --no-start x", "/dev/null"], in: project,
      environment: ["TERM": "xterm"], timeout: .seconds(120))
    #expect(said.stdout.contains("Copied 15000 ignored files"), "\(said.stdout.suffix(500))")
    let counts = said.stdout.matches(of: /Copying ignored files: (\d+) \(\d+s\)/)
      .compactMap { Int($0.output.1) }
    #expect(!counts.isEmpty && counts == counts.sorted())
    #expect(counts.allSatisfy { 1...15000 ~= $0 })
  }

  private static let canMakeFilesystem =
    geteuid() == 0 && access("/usr/sbin/mkfs.btrfs", X_OK) == 0
    && ((try? String(contentsOfFile: "/proc/filesystems", encoding: .utf8)) ?? "").contains("btrfs")

  /// In a mount namespace of its own, whose end unmounts it.
  @Test(
    .enabled(
      if: canMakeFilesystem, "a filesystem that shares blocks takes root and btrfs-progs"))
  func whereTheFilesystemSharesBlocksACopyTakesNone() throws {
    let project = try sandbox.project(
      configured: "copy: [large]", files: [".gitignore": "large\n"])
    try sandbox.output(
      "sh", ["-c", "head -c 4000000 /dev/urandom >large"], in: project)
    let extents = try sandbox.run(
      "unshare",
      [
        "--mount", "sh", "-ec",
        """
        truncate -s 128M image && /usr/sbin/mkfs.btrfs -q image >/dev/null 2>&1
        mkdir disk && mount -o loop image disk
        cp -R project disk/project && cd disk/project
        piko create --no-start x >/dev/null
        cmp large .piko/worktrees/x/large
        /usr/sbin/filefrag -sv .piko/worktrees/x/large
        """,
      ], in: sandbox.root)
    #expect(extents.status == 0 && extents.stdout.contains("shared"), "\(extents)")
  }
}
