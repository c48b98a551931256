import FoundationEssentials
import Support
import SystemPackage
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What `piko create` refuses: one error line that names the thing, and nothing left.
@Suite struct CreateBadInputTests {
  let sandbox: Sandbox

  init() throws { sandbox = try Sandbox() }

  /// Runs a create that must change nothing in the project.
  private func refused(
    _ arguments: String..., in project: FilePath, environment: [String: String?] = [:],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> String {
    let before = try Traces(of: project, in: sandbox)
    let said = try sandbox.piko(["create"] + arguments, in: project, environment: environment)
    let after = try Traces(of: project, in: sandbox)
    #expect(after == before, sourceLocation: sourceLocation)
    return said.text
  }

  // MARK: - The repository

  @Test func outsideARepository() throws {
    #expect(
      try sandbox.piko("create", "x").text == """
        2| error: not a git repository (or any of the parent directories): .git
        2| hint: go to one, or make one: 'git init'
        status 128
        """)
  }

  @Test func beforeTheFirstCommit() throws {
    try sandbox.git("init", "-q", "empty")
    #expect(
      try sandbox.piko("create", "x", in: sandbox.root.appending("empty")).text == """
        2| error: no commit yet: there is nothing to begin 'x' from
        2| hint: to make one, run 'git commit --allow-empty --message=begin'
        status 128
        """)
    #expect(!sandbox.exists("empty/.piko"))
  }

  @Test func servicesWhereThereAreNone() throws {
    let project = try sandbox.project()
    #expect(
      try refused("x", "--shared", "db", in: project) == """
        2| error: cannot share 'db': branch 'x' has no compose file
        2| hint: leave out '--shared db'
        status 1
        """)
    #expect(
      try refused("x", "--isolate", "a b", "--dry-run", in: project) == """
        2| error: cannot isolate 'a b': branch 'x' has no compose file
        2| hint: leave out '--isolate 'a b''
        status 1
        """)
  }

  @Test func onADetachedHeadBeginsThere() throws {
    let project = try sandbox.project()
    try sandbox.git("commit", "-q", "--allow-empty", "-m", "Second", in: project)
    try sandbox.git("checkout", "-q", "--detach", "HEAD~1", in: project)
    let worktree = try sandbox.create("x", in: project)
    #expect(try sandbox.git("log", "-1", "--format=%s", in: worktree) == "Begin")
    #expect(try sandbox.git("branch", "--show-current", in: worktree) == "x")
  }

  @Test(arguments: ["nonsense", "v 1", "HEAD~9", ""])
  func unknownFrom(revision: String) throws {
    let project = try sandbox.project()
    #expect(
      try refused("x", "--from", revision, in: project) == """
        2| error: unknown revision '\(revision)'
        2| hint: to see what there is, run 'git branch --all' or 'git tag'
        status 1
        """)
  }

  @Test func aNameInUse() throws {
    let project = try sandbox.project()
    try sandbox.create("x", in: project)
    #expect(
      try refused("x", in: project) == """
        2| error: environment 'x' already exists
        2| hint: to bring it up, run 'piko up x'
        status 1
        """)
    #expect(
      try refused("x", "--branch", "y", in: project) == """
        2| error: environment 'x' already exists, for branch 'x'
        2| hint: to name this one, run 'piko create x-2 --branch y'
        2| hint: to bring that one up, run 'piko up x'
        status 1
        """)
  }

  @Test func aBranchThatIsCheckedOutElsewhere() throws {
    let project = try sandbox.project()
    #expect(
      try refused("main", in: project) == """
        2| error: branch 'main' is already checked out at '<root>/project'
        2| hint: to begin another branch from it, run 'piko create NAME --from main'
        status 1
        """)
    try sandbox.git("worktree", "add", "-q", "-b", "mine", "../mine", in: project)
    #expect(try refused("mine", in: project).contains("checked out at '<root>/mine'\n"))
    try sandbox.create("theirs", in: project)
    #expect(
      try refused("x", "--branch", "theirs", in: project).hasSuffix(
        "hint: to bring up environment 'theirs' with it, run 'piko up theirs'\nstatus 1"))
  }

  @Test func fromWithABranchThatExists() throws {
    let project = try sandbox.project()
    try sandbox.git("branch", "old", in: project)
    #expect(
      try refused("old", "--from", "main", in: project) == """
        2| error: a branch named 'old' already exists
        2| hint: to use it as it is, run 'piko create old'
        status 1
        """)
  }

  @Test func aDirectoryInTheWay() throws {
    let project = try sandbox.project()
    try sandbox.create("first", in: project)
    try sandbox.write("precious\n", to: "project/.piko/worktrees/x/file")
    #expect(
      try refused("x", in: project) == """
        2| error: cannot create environment 'x': '<root>/project/.piko/worktrees/x' already exists
        2| hint: to move it away, run 'mv <root>/project/.piko/worktrees/x \
        <root>/project/.piko/worktrees/x.old'
        status 1
        """)
    #expect(try sandbox.read("project/.piko/worktrees/x/file") == "precious\n")
  }

  // MARK: - Compose

  private func composeProject(_ text: String, _ name: String = "project") throws -> FilePath {
    try sandbox.repository(name, files: ["compose.yaml": text, ".gitignore": ".env.local\n"])
  }

  private static let web = "services:\n  web:\n    image: web\n    ports: ['80:80']\n"

  @Test func anInvalidComposeFile() throws {
    let project = try composeProject("services: {web: [}\n")
    #expect(
      try refused("x", "--no-start", in: project) == """
        2| ✓ Created worktree at .piko/worktrees/x (branch: x)
        2| undid all that was made for x
        2| error: cannot read compose file 'compose.yaml': yaml: did not find expected node content
        status 1
        """)
  }

  @Test func aMissingEnvFile() throws {
    let project = try composeProject(Self.web + "    env_file: .env.local\n")
    #expect(
      try refused("x", "--no-start", in: project) == """
        2| ✓ Created worktree at .piko/worktrees/x (branch: x)
        2| undid all that was made for x
        2| error: cannot read the compose files: env file '.env.local' is missing in the worktree, and in the main checkout too
        2| hint: to begin with an empty one there, run 'touch <root>/project/.env.local'
        2| hint: to copy it into every worktree, add to '.piko.yml': copy: [".env.local"]
        status 1
        """)
    try sandbox.write("A=1\n", to: "project/.env.local")
    #expect(
      try refused("x", "--no-start", in: project) == """
        2| ✓ Created worktree at .piko/worktrees/x (branch: x)
        2| undid all that was made for x
        2| error: cannot read the compose files: env file '.env.local' is missing in the worktree
        2| hint: to copy it into every worktree, add to '.piko.yml': copy: [".env.local"]
        status 1
        """)
    try sandbox.write("copy: [\".env.local\"]\n", to: "project/.piko.yml")
    let worktree = try sandbox.create("x", "--no-start", in: project)
    #expect(try sandbox.read(worktree.appending(".env.local")) == "A=1\n")
  }

  @Test func aRequiredVariableThatTheMainCheckoutsDotEnvMayHave() throws {
    let project = try composeProject(Self.web + "    environment: {T: \"${TOKEN:?set it}\"}\n")
    try sandbox.write(".env\n", to: "project/.git/info/exclude")
    let hint = "hint: to copy it into every worktree, add to '.piko.yml': copy: [\".env\"]"
    #expect(try !refused("x", "--no-start", in: project).contains("hint:"))
    try sandbox.write("TOKEN=1\n", to: "project/.env")
    #expect(try refused("x", "--no-start", in: project).contains(hint))
    try sandbox.write("copy: [\".env\"]\n", to: "project/.piko.yml")
    try sandbox.create("x", "--no-start", in: project)
  }

  @Test func aComposeThatIsTooOld() throws {
    let project = try composeProject(Self.web)
    // A fake: its Compose is of another version; all else is the real one's.
    try sandbox.write(
      """
      #!/bin/sh
      case "$*" in
        *"compose version"*) echo 2.23.3 ;;
        *) exec /usr/bin/docker "$@" ;;
      esac

      """, to: "fake-old-docker/docker", mode: 0o755)
    let path = "\(sandbox.root)/fake-old-docker:\(sandbox.variables["PATH"] ?? "")"
    let said = try refused("x", "--no-start", in: project, environment: ["PATH": path])
    #expect(
      said == """
        2| error: cannot use Docker Compose 2.23.3: piko needs 2.24.4 or later
        2| hint: update it; to see what is used, run 'docker compose version'
        status 128
        """)
    #expect(!sandbox.exists("project/.piko"))
  }

  @Test func anEngineThatIsDown() throws {
    let project = try composeProject(Self.web)
    #expect(
      try refused("x", in: project) == """
        2| error: the container engine is not running: nothing answers at '<root>/no-engine.sock'
        2| hint: DOCKER_HOST names it; to use the one of this machine instead, run 'unset DOCKER_HOST'
        2| hint: to create it without containers for now, run 'piko create --no-start x'
        status 128
        """)
    #expect(!sandbox.exists("project/.piko"))
    try sandbox.create("x", "--no-start", in: project)
    let listed = try Environments(of: sandbox.piko("list", "--json", in: project)).environments
    #expect(listed.flatMap(\.ports).map(\.service) == ["web"])
    #expect(listed.map(\.state) == [nil])
  }

  @Test func aColonInTheRootWithCompose() throws {
    let project = try composeProject(Self.web, "a:b")
    #expect(
      try refused("x", "--no-start", in: project) == """
        2| error: cannot create environment 'x': the engine's mounts do not allow the ':' in \
        '<root>/a:b'
        2| hint: to move the project, run 'mv <root>/a:b <root>/a-b'
        status 1
        """)
    let plain = try sandbox.project("c:d")
    try sandbox.create("x", in: plain)
  }

  // MARK: - The disk

  @Test func aRootThatIsReadOnly() throws {
    let project = try sandbox.project()
    // Root is held to the modes, too, without its capabilities.
    let prefix = getuid() == 0 ? ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] : []
    try sandbox.output("chmod", ["a-w", project.string])
    let command = prefix + [BuiltPrograms.path(of: "piko").string, "create", "x"]
    let said = try sandbox.run(command[0], Array(command.dropFirst()), in: project)
    #expect(
      said.text == """
        2| error: cannot write in '<root>/project': Permission denied
        status 1
        """)
    #expect(!sandbox.exists("project/.piko"))
    #expect(
      try sandbox.output("ls", [project.appending(".git").string]).contains("worktrees") == false)
  }

  @Test(.enabled(if: getuid() == 0, "left out: only root can mount a small file system"))
  func aDiskThatIsFull() throws {
    let disk = sandbox.root.appending("disk")
    try sandbox.output("mkdir", [disk.string])
    try sandbox.output("mount", ["-t", "tmpfs", "-o", "size=44m", "tmpfs", disk.string])
    sandbox.whenDone { try $0.output("umount", [$0.root.appending("disk").string], in: "/") }
    let project = try sandbox.project("disk/project")
    try sandbox.output(
      "dd", ["if=/dev/zero", "of=\(project.appending("big"))", "bs=1M", "count=24", "status=none"])
    try sandbox.git("add", "big", in: project)
    try sandbox.git("commit", "-q", "-m", "Big", in: project)
    // Enough to begin, and not enough to end: the checkout fails half-way.
    let half = try refused("x", in: project)
    #expect(half.contains("No space left on device") || half.contains("no space left"), "\(half)")
    #expect(half.hasSuffix("\nstatus 1"), "\(half)")
    try sandbox.output(
      "dd", ["if=/dev/zero", "of=\(disk.appending("fill"))", "bs=1M", "count=8", "status=none"])
    let none = try refused("x", in: project)
    #expect(
      none.hasPrefix("2| error: no space left for a worktree in '<root>/disk/project': "), "\(none)"
    )
    #expect(
      none.hasSuffix(
        " MiB free\n2| hint: to see environments that can go, run 'piko list'\nstatus 1"))
  }

  // MARK: - The configuration

  @Test func anUnknownKey() throws {
    let project = try sandbox.project(configured: "portz: {web: 3000}")
    #expect(
      try refused("x", in: project) == """
        2| error: <root>/project/.piko.yml:1:1: unknown key 'portz'
        2| hint: the most similar key is 'ports'
        2| hint: to see all mistakes, run 'piko config --check'
        status 128
        """)
  }

  @Test func aWrongType() throws {
    let project = try sandbox.project(configured: "name: fine\nports: [3000]")
    #expect(
      try refused("x", in: project) == """
        2| error: <root>/project/.piko.yml:2:8: 'ports' must be a mapping, not a list
        2| hint: for example: 'ports: {web: 3000}'
        2| hint: to see all mistakes, run 'piko config --check'
        status 128
        """)
  }

  @Test func anUnknownKeyOfTheBranchsOwnFile() throws {
    let project = try sandbox.project()
    try sandbox.git("checkout", "-q", "-b", "broken", in: project)
    try sandbox.commit("scripts: {setpu: 'true'}\n", to: ".piko.yml", in: project)
    try sandbox.git("checkout", "-q", "main", in: project)
    let expected = """
      :1:11: unknown key 'setpu' in 'scripts'
      2| hint: the most similar key is 'setup'
      status 128
      """
    for arguments in [["broken"], ["x", "--from", "broken"]] {
      let before = try Traces(of: project, in: sandbox)
      let said = try sandbox.piko(["create"] + arguments, in: project)
      #expect(said.text.hasSuffix(expected), "\(said.text)")
      #expect(try Traces(of: project, in: sandbox) == before)
    }
  }

  // MARK: - Usage

  @Test(arguments: [
    ([], "no name or branch given"), (["--frob", "x"], "unknown option '--frob'"),
    (["x", "y"], "unexpected argument 'y'"),
    (["x", "--from"], "missing value for '--from FROM'"),
  ])
  func wrongUsage(arguments: [String], message: String) throws {
    let project = try sandbox.project()
    let said = try sandbox.piko(["create"] + arguments, in: project)
    #expect(said.stdout.isEmpty)
    #expect(said.stderr.hasPrefix("error: \(message)"), "\(said.stderr)")
    #expect(said.stderr.hasSuffix("\nusage: piko create [OPTIONS] NAME\n"))
    #expect(said.status == 129)
  }
}
