import Support
import SystemPackage
import Testing

/// What a create finds out before it makes anything, and what `--dry-run` and `--reuse` say then.
@Suite struct CreateEarlyChecksTests {
  let sandbox: Sandbox

  init() throws { sandbox = try Sandbox() }

  private static let web = "services:\n  web:\n    image: web\n    ports: ['80:80']\n"

  @Test(arguments: [
    (
      "compose: [nosuch.yaml]",
      "error: cannot find compose file 'nosuch.yaml', named by '.piko.yml'"
    ),
    ("env: {A: '${NOSUCH}'}", ":1:10: the variable 'A' names an unknown one, 'NOSUCH'"),
    ("env: {A: '${PIKO_ENVNAME}'}", "hint: the most similar variable is 'PIKO_ENV_NAME'"),
    ("env: {A: '${PIKO_NOSUCH_PORT}'}\nports: {web: 1}", "an unknown one, 'PIKO_NOSUCH_PORT'"),
    ("open: wep\nports: {web: 1}", ":1:1: 'open' names an unknown service, 'wep'"),
  ])
  func aNameThatNothingHas(configuration: String, message: String) throws {
    let project = try sandbox.project(configured: configuration)
    let said = try sandbox.piko("create", "x", "--yes", in: project)
    #expect(said.stderr.contains(message), "\(said)")
    #expect(said.status == 1 || said.status == 128)
    #expect(!sandbox.exists("project/.piko"))
  }

  @Test(arguments: ["open: wep", "env: {A: '${PIKO_WEP_PORT}'}"])
  func aServiceThatTheComposeFileHasNot(configuration: String) throws {
    let project = try sandbox.project(
      configured: configuration, files: ["compose.yaml": Self.web])
    let before = try Traces(of: project, in: sandbox)
    let said = try sandbox.piko("create", "x", "--yes", "--no-start", in: project)
    #expect(said.stderr.lowercased().contains("wep"), "\(said)")
    #expect(said.status == 128)
    #expect(try Traces(of: project, in: sandbox) == before)
  }

  @Test func aComposeFileThatComesLaterIsNoMistake() throws {
    let project = try sandbox.project(
      configured: "compose: [made.yaml]\nscripts: {prepare: 'cp web.yaml made.yaml'}",
      files: ["web.yaml": Self.web, ".gitignore": "made.yaml\n"])
    try sandbox.create("x", "--yes", "--no-start", in: project)
    let copied = try sandbox.project(
      "copied", configured: "compose: [own.yaml]\ncopy: [own.yaml]",
      files: [".gitignore": "own.yaml\n"])
    try sandbox.write(Self.web, to: "copied/own.yaml")
    try sandbox.create("x", "--no-start", in: copied)
  }

  @Test func theComposeFilesOfDotEnvNeedAnEngineToo() throws {
    let project = try sandbox.project(
      files: [".env": "COMPOSE_FILE=base.yml\n", "base.yml": Self.web])
    let said = try sandbox.piko("create", "x", in: project)
    #expect(said.stderr.hasPrefix("error: the container engine is not running"), "\(said)")
    #expect(!sandbox.exists("project/.piko"))
  }

  // MARK: - The override

  @Test func anOverrideThatIsTracked() throws {
    let project = try sandbox.project(files: ["docker-compose.piko.yml": "services: {}\n"])
    #expect(
      try sandbox.piko("create", "x", in: project).text == """
        2| error: cannot create environment 'x': branch 'x' has a file 'docker-compose.piko.yml', \
        which piko would write over
        2| hint: to give it another name, run 'git mv docker-compose.piko.yml \
        docker-compose.own.yml'
        status 1
        """)
    #expect(!sandbox.exists("project/.piko"))
  }

  @Test(arguments: ["echo mine > docker-compose.piko.yml", "ln -s web docker-compose.piko.yml"])
  func anOverrideThatPikoDidNotWriteIsNotReplaced(script: String) throws {
    let project = try sandbox.project(
      configured: "scripts: {prepare: '\(script)'}", files: ["compose.yaml": Self.web])
    let said = try sandbox.piko("create", "x", "--yes", "--no-start", in: project)
    #expect(said.stderr.contains("': a file that piko did not write is there\n"), "\(said)")
    #expect(said.status == 1)
  }

  // MARK: - What git is told to leave out

  @Test func aPikoFolderThatIsALinkIsNotShown() throws {
    let project = try sandbox.project()
    try sandbox.output("mkdir", ["aside"])
    try sandbox.output("ln", ["-s", "../aside", ".piko"], in: project)
    try sandbox.write("mine\n/.piko/\n", to: "project/.git/info/exclude")
    try sandbox.create("x", in: project)
    #expect(try sandbox.git("status", "--porcelain", in: project) == "")
    #expect(
      try sandbox.read("project/.git/info/exclude") == "mine\n/.piko\ndocker-compose.piko.yml\n")
  }

  @Test func anExcludeFileElsewhereIsNamed() throws {
    let project = try sandbox.project()
    try sandbox.write("mine\n", to: "dotfiles/exclude")
    try sandbox.output(
      "ln", ["-sf", "../../../dotfiles/exclude", ".git/info/exclude"], in: project)
    let said = try sandbox.piko("create", "x", in: project)
    #expect(
      said.stderr.contains(
        "note: wrote '/.piko' and 'docker-compose.piko.yml' into '<root>/dotfiles/exclude', where "),
      "\(said)")
    #expect(try sandbox.read("dotfiles/exclude").hasPrefix("mine\n/.piko\n"))
    #expect(
      try sandbox.output("readlink", [".git/info/exclude"], in: project)
        == "../../../dotfiles/exclude")
  }

  // MARK: - Dry run and reuse

  @Test func aDryRunNeedsNoEngineAndNamesTheApproval() throws {
    let project = try sandbox.project(
      configured: "scripts: {prepare: 'true'}", files: ["compose.yaml": Self.web])
    let said = try sandbox.piko("create", "x", "--dry-run", in: project)
    #expect(said.status == 0, "\(said)")
    #expect(
      said.stdout.hasSuffix("script       prepare\napproval     needed: 'piko trust'\n"))
    #expect(!sandbox.exists("project/.piko"))
  }

  @Test func reuseChecksWhereItWouldBegin() throws {
    let project = try sandbox.project()
    try sandbox.create("x", "--from", "main", in: project)
    try sandbox.create("x", "--from", "main", "--reuse", in: project)
    let said = try sandbox.piko("create", "x", "--from", "nosuch", "--reuse", in: project)
    #expect(said.stderr.hasPrefix("error: unknown revision 'nosuch'\n"), "\(said)")
    #expect(said.status == 1)
  }

  @Test func reuseWithoutAnEngineSaysHowToHaveThePath() throws {
    let project = try sandbox.project(files: ["compose.yaml": Self.web])
    try sandbox.create("x", "--no-start", in: project)
    try sandbox.create("x", "--no-start", "--reuse", in: project)
    let said = try sandbox.piko("create", "x", "--reuse", in: project)
    #expect(said.stderr.contains("error: the container engine is not running"), "\(said)")
    #expect(
      said.stderr.hasSuffix(
        "hint: to use its worktree without containers, run 'piko path x'\n"), "\(said)")
    #expect(said.status == 128)
  }
}
