import FoundationEssentials
import Support
import SystemPackage
import Testing

/// `piko env`: every value survives whoever reads it, and a command runs with all of them.
@Suite struct EnvTests {
  let sandbox: Sandbox

  init() throws { sandbox = try Sandbox() }

  /// Values that readers are known to spoil.
  private static let nasty = [
    "SPACES": "a  b   c", "EDGES": "  padded  ", "QUOTES": "it's \"quoted\" `ls`",
    "DOLLAR": "$HOME ${HOME} $$ $(id) $1", "BACKSLASH": "a\\b\\\\c\\n\\",
    "MULTILINE": "one\ntwo\n\nend",
    "HASH": "a #b \\#c #", "UNICODE": "größe 日本 😀", "PERCENT": "100%% %s %PATH%",
    "BANG": "hi!! !x", "GLOB": "* ? [a-z] ~", "TAB": "a\tb", "EMPTY": "", "EQUALS": "a=b=c",
    "SEMICOLON": "a; echo b & c | d", "COMMA": "a,b(c){d}", "CARRIAGE": "a\rb",
    "ENDLINE": "ends\n", "SINGLE": "'", "DOUBLE": "\"",
    "MIXED": "it's $HOME \"\\n\n${X-y} `x` \\$Y #z ",
    "ENDDEF": "a\nendef\nb",
    "RETURN": "ends\r", "FEED": "a\r\nb\u{2028}c",
  ]

  /// A project of the name `p` whose `env:` are the nasty values, with the environment `x`.
  private func nastyProject() throws -> FilePath {
    var lines = "ports: {web: 3000}\nenv:\n"
    for (name, value) in Self.nasty.sorted(by: { $0.key < $1.key }) {
      // JSON's strings are YAML's, and a dollar of its own is doubled.
      let doubled = value.split(separator: "$", omittingEmptySubsequences: false)
        .joined(separator: "$$")
      let json = String(decoding: try JSONEncoder().encode(doubled), as: UTF8.self)
      lines += "  \(name): \(json.replacing("\\/", with: "/"))\n"
    }
    let project = try sandbox.project(configured: lines)
    try sandbox.create("x", "--yes", in: project)
    return project
  }

  /// A script that prints `NAME=value` of each nasty variable, each ended by a NUL.
  private static let printer =
    nasty.keys.sorted().map { "printf '%s=%s\\0' \($0) \"$\($0)\"" }.joined(separator: "\n")

  private func check(_ output: String, sourceLocation: SourceLocation = #_sourceLocation) {
    var found: [String: String] = [:]
    for entry in output.split(separator: "\0") {
      let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      found[String(parts[0])] = parts.count == 2 ? String(parts[1]) : nil
    }
    for (name, value) in Self.nasty.sorted(by: { $0.key < $1.key }) {
      #expect(found[name] == value, "\(name)", sourceLocation: sourceLocation)
    }
  }

  // MARK: - Readers

  @Test(arguments: ["sh", "dash", "bash", "zsh", "busybox"])
  func everyValueSurvivesEval(shell: String) throws {
    let project = try nastyProject()
    let words = shell == "busybox" ? ["sh", "-c"] : ["-c"]
    check(
      try sandbox.output(
        shell, words + ["set -eu; eval \"$(piko env x)\"\n\(Self.printer)"], in: project))
  }

  @Test(arguments: ["sh", "dash", "bash", "zsh"])
  func aBareEvalKeepsWhatHasNoBlanksNorGlobs(shell: String) throws {
    let project = try sandbox.project(
      configured: """
        ports: {web: 3000}
        env:
          URL: "http://u:p'w@localhost:${PIKO_WEB_PORT}/db$$x#y"
          WORDS: one two
        """)
    try sandbox.create("x", "--yes", in: project)
    let told = try sandbox.output(
      shell,
      ["-c", "eval $(piko env x)\nprintf '%s|' \"$URL\" \"$WORDS\" \"$PIKO_WEB_PORT\""], in: project
    )
    let port = try #require(try sandbox.ports(of: "x", in: project)["web"])
    #expect(told == "http://u:p'w@localhost:\(port)/db$x#y|one two|\(port)|")
  }

  @Test func everyValueSurvivesFish() throws {
    let project = try nastyProject()
    try sandbox.write(Self.printer, to: "print.sh")
    check(
      try sandbox.output(
        "fish", ["-c", "piko env x --format fish | source; and sh ../print.sh"], in: project))
  }

  @Test func everyValueSurvivesMake() throws {
    let project = try nastyProject()
    try sandbox.write(
      "include ../vars.mk\nall:\n\t@sh ../print.sh\n", to: project.appending("Makefile"))
    try sandbox.write(Self.printer, to: "print.sh")
    try sandbox.output(
      "sh", ["-c", "piko env x --format make > ../vars.mk"], in: project)
    check(try sandbox.output("make", ["-s"], in: project))
  }

  @Test func everyValueSurvivesCompose() throws {
    let project = try nastyProject()
    let lines = Self.nasty.keys.sorted().map { "      \($0): \"${\($0)-unset}\"\n" }.joined()
    try sandbox.write(
      "services:\n  web:\n    image: web\n    environment:\n\(lines)", to: "model.yaml")
    try sandbox.output("sh", ["-c", "piko env x --format dotenv > ../vars.env"], in: project)
    let text = try sandbox.output(
      "docker",
      [
        "compose", "--project-name", "p", "--env-file", "vars.env", "-f", "model.yaml", "config",
        "--format", "json",
      ])
    let model = try JSONDecoder().decode(Model.self, from: Data(text.utf8))
    let values = model.services["web"]?.environment ?? [:]
    for (name, value) in Self.nasty.sorted(by: { $0.key < $1.key }) {
      // In its answer Compose doubles every dollar, so that it could read it again.
      let doubled = value.split(separator: "$", omittingEmptySubsequences: false)
        .joined(separator: "$$")
      #expect(values[name] == doubled, "\(name)")
    }
  }

  private struct Model: Decodable {
    let services: [String: Service]
    struct Service: Decodable { let environment: [String: String] }
  }

  @Test(arguments: [["--json"], ["--format", "json"]])
  func everyValueSurvivesJSON(options: [String]) throws {
    let project = try nastyProject()
    let text = try sandbox.output("piko", ["env", "x"] + options, in: project)
    let answer = try JSONDecoder().decode(Answer.self, from: Data(text.utf8))
    #expect(answer.version == 1)
    #expect(answer.environment == "x")
    for (name, value) in Self.nasty { #expect(answer.variables[name] == value, "\(name)") }
    let port = try #require(try sandbox.ports(of: "x", in: project)["web"])
    #expect(answer.variables["PIKO_WEB_PORT_3000"] == "\(port)")
  }

  private struct Answer: Decodable {
    let version: Int
    let environment: String
    let variables: [String: String]
  }

  // MARK: - The variables

  @Test func printsPikosOwnInOrder() throws {
    let project = try sandbox.project(configured: "ports: {web-app: 3000, api: 8080}")
    try sandbox.create("feature/x", in: project)
    let told = try sandbox.piko("env", "feature/x", in: project)
    #expect(
      try sandbox.text(told, namingPortsOf: "feature-x", in: project) == """
        1| export PIKO_ROOT='<root>/project';
        1| export PIKO_ENV_NAME='feature-x';
        1| export PIKO_ENV_PATH='<root>/project/.piko/worktrees/feature-x';
        1| export PIKO_PROJECT='piko-project-feature-x';
        1| export PIKO_BRANCH='feature/x';
        1| export PIKO_API_PORT='<api>';
        1| export PIKO_API_PORT_8080='<api>';
        1| export PIKO_WEB_APP_PORT='<web-app>';
        1| export PIKO_WEB_APP_PORT_3000='<web-app>';
        status 0
        """)
  }

  @Test func pointsComposeAtTheEnvironment() throws {
    let project = try sandbox.repository(
      files: ["compose.yaml": "services:\n  web:\n    image: web\n    ports: ['80:80']\n"])
    let worktree = try sandbox.create("x", "--no-start", in: project)
    let told = try sandbox.piko("env", "x", in: project)
    #expect(told.stdout.contains("export COMPOSE_PROJECT_NAME='piko-project-x';\n"))
    let text = try sandbox.output(
      "sh", ["-c", "eval \"$(piko env x)\"; cd /; docker compose config --format json"],
      in: project)
    let port = try #require(try sandbox.ports(of: "x", in: project)["web"])
    #expect(text.contains("\"published\": \"\(port)\""))
    #expect(text.contains("\"name\": \"piko-project-x\""))
    #expect(try sandbox.git("status", "--porcelain", in: worktree) == "")
  }

  @Test func derivedOnesNeedApproval() throws {
    let project = try sandbox.project()
    try sandbox.create("x", in: project)
    let worktree = project.pushing(".piko/worktrees/x")
    try sandbox.write(
      "ports: {web: 3000}\nenv: {LD_PRELOAD: /tmp/evil.so}\n", to: worktree.appending(".piko.yml"))
    for words in [["env", "x"], ["env", "x", "--", "true"]] {
      let refused = try sandbox.piko(words, in: project)
      #expect(
        refused.text == """
          2| error: the scripts and variables of '<root>/project' are not approved
          2| hint: to see and allow them, run 'piko trust x'
          status 128
          """)
    }
    try sandbox.create("--reuse", "--yes", "x", in: project)
    #expect(
      try sandbox.piko("env", "x", in: project).stdout.hasSuffix(
        "export LD_PRELOAD='/tmp/evil.so';\n"))
  }

  @Test func aDerivedOneThatNamesNothingIsRefusedByPlace() throws {
    let project = try sandbox.project(configured: "ports: {web: 3000}")
    let worktree = try sandbox.create("x", in: project)
    try sandbox.write(
      "ports: {web: 3000}\nenv: {URL: '${PIKO_WEP_PORT}'}\n", to: worktree.appending(".piko.yml"))
    try sandbox.output("piko", ["trust", "x"], in: project)
    #expect(
      try sandbox.piko("env", "x", in: project).text == """
        2| error: <root>/project/.piko/worktrees/x/.piko.yml:2:12: the variable 'URL' names an \
        unknown one, 'PIKO_WEP_PORT'
        2| hint: the most similar variable is 'PIKO_WEB_PORT'
        status 128
        """)
  }

  @Test func aPortThatCameLaterIsLeasedByUp() throws {
    let project = try sandbox.project(configured: "ports: {web: 3000}")
    let worktree = try sandbox.create("x", in: project)
    try sandbox.write(
      "ports: {web: 3000, docs: 8000}\nenv: {URL: 'http://localhost:${PIKO_DOCS_PORT}'}\n",
      to: worktree.appending(".piko.yml"))
    try sandbox.output("piko", ["trust", "x"], in: project)
    #expect(
      try sandbox.piko("env", "x", in: project).text == """
        2| error: <root>/project/.piko/worktrees/x/.piko.yml:2:12: the variable 'URL' names an \
        unknown one, 'PIKO_DOCS_PORT'
        2| hint: to lease the ports that the file has now, run 'piko up x'
        status 128
        """)
    #expect(try sandbox.piko("up", "x", "-q", in: project).text == "status 0")
    let told = try sandbox.output(
      "piko", ["env", "x", "--", "sh", "-c", "echo $URL of $PIKO_DOCS_PORT"], in: project)
    let port = try #require(told.split(separator: " ").last)
    #expect(told == "http://localhost:\(port) of \(port)")
  }

  // MARK: - In make

  /// What the pages show, in the real make.
  @Test(arguments: ["piko-env.1", "piko-makefiles.7"])
  func aMakefileReadsThoseOfTheEnvironmentThatItIsGiven(page: String) throws {
    let project = try sandbox.project(configured: "ports: {web: 3000}")
    try sandbox.create("one", in: project)
    try sandbox.create("two", in: project)
    let text = try SourceTree.text(of: FilePath("man/\(page)"))
    let start = try #require(text.firstRange(of: "\\&.DELETE_ON_ERROR:")).lowerBound
    let end = try #require(text[start...].firstRange(of: ".Ed\n")).lowerBound
    let shown = text[start..<end].replacing("\\&", with: "")
    try sandbox.write("\(shown)port: ; @echo $(PIKO_WEB_PORT)\n", to: project.appending("Makefile"))
    let make = ["-s", "port"]
    for name in ["one", "two", "one"] {
      let port = try #require(try sandbox.ports(of: name, in: project)["web"])
      let made = try sandbox.run("make", make + ["NAME=\(name)"], in: project)
      #expect(made.stdout == "\(port)\n", "\(made)")
    }
    // What failed leaves nothing behind that would be taken for an answer.
    let failed = try sandbox.run("make", make + ["NAME=three"], in: project)
    #expect(failed.status == 2)
    #expect(failed.stderr.contains("error: no environment 'three'"), "\(failed)")
    #expect(!sandbox.exists(project.appending("environment-three.mk")))
    try sandbox.create("three", in: project)
    #expect(try sandbox.run("make", make + ["NAME=three"], in: project).status == 0)
  }

  // MARK: - A command

  @Test func whatCannotBeRunHasTheStatusOfShells() throws {
    let project = try sandbox.project()
    try sandbox.create("x", in: project)
    try sandbox.write("no program\n", to: "tools/refused", mode: 0o644)
    let path: [String: String?] = [
      "PATH": "\(sandbox.root)/tools:\(sandbox.variables["PATH"] ?? "")"
    ]
    for command in ["/etc/passwd", "/etc", "refused"] {
      #expect(
        try sandbox.piko("env", "x", "--", command, in: project, environment: path).text == """
          2| error: cannot run '\(command)': Permission denied
          status 126
          """)
    }
    for command in ["/no/such/file", "no-such-program"] {
      #expect(
        try sandbox.piko("env", "x", "--", command, in: project, environment: path).text == """
          2| error: cannot run '\(command)': not found
          status 127
          """)
    }
  }

  @Test func becomesTheCommand() throws {
    let project = try sandbox.project()
    try sandbox.create("x", in: project)
    let same = try sandbox.run(
      "sh", ["-c", "piko env x -- sh -c 'echo $$' > inner & wait $!; test $! = $(cat inner)"],
      in: project)
    #expect(same.text == "status 0")
    let arguments = try sandbox.piko(
      "env", "x", "--", "printf", "[%s]", "a b", "--json", "", "*", in: project)
    #expect(arguments.stdout == "[a b][--json][][*]")
    #expect(
      try sandbox.piko("env", "x", "--", "sh", "-c", "cat; exit 7", in: project, input: "in\n")
        .text == "1| in\nstatus 7")
    #expect(try sandbox.piko("env", "x", "--", "sh", "-c", "kill -9 $$", in: project).status == 137)
    let trapped = try sandbox.run(
      "sh",
      [
        "-c",
        """
        piko env x -- sh -c 'trap "echo got it; exit 5" TERM; echo > ready; sleep 9 & wait' &
        while ! test -e ready; do sleep 0.02; done; kill $!; wait $!; echo $?
        """,
      ], in: project)
    #expect(trapped.stdout == "got it\n5\n")
  }

  @Test func saysWhyACommandCannotRun() throws {
    let project = try sandbox.project()
    try sandbox.create("x", in: project)
    #expect(
      try sandbox.piko("env", "x", "--", "no-such-program", in: project).text == """
        2| error: cannot run 'no-such-program': not found
        status 127
        """)
    #expect(try sandbox.piko("env", "x", "--", "/etc", in: project).status == 126)
  }

  @Test func nothingOfAnotherPlaceReachesTheCommand() throws {
    let project = try sandbox.project()
    let worktree = try sandbox.create("x", in: project)
    let told = try sandbox.piko(
      "env", "x", "--", "env", in: project,
      environment: [
        "GIT_DIR": "\(project)/.git", "GIT_WORK_TREE": "/", "GIT_INDEX_FILE": "/i",
        "COMPOSE_FILE": "/other.yaml", "COMPOSE_PROJECT_NAME": "other", "PIKO_DB_PORT": "1",
        "MINE": "kept",
      ])
    let names = told.stdout.split(separator: "\n").map { String($0.prefix { $0 != "=" }) }
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "COMPOSE_FILE", "PIKO_DB_PORT"] {
      #expect(!names.contains(name), "\(name)")
    }
    #expect(!names.contains("COMPOSE_PROJECT_NAME"))
    #expect(told.stdout.contains("MINE=kept\n"))
    let hook = try sandbox.piko(
      "env", "x", "--", "git", "rev-parse", "--show-toplevel", in: worktree,
      environment: ["GIT_DIR": "\(project)/.git"])
    #expect(hook.stdout == "<root>/project/.piko/worktrees/x\n", "\(hook)")
  }

  @Test func wrongUsage() throws {
    let project = try sandbox.project()
    try sandbox.create("x", in: project)
    let format = try sandbox.piko("env", "x", "--format", "toml", in: project)
    #expect(
      format.stderr.hasPrefix("error: the value 'toml' is invalid for '--format FORMAT', it must"))
    #expect(format.stderr.contains("\nusage: piko env ["))
    #expect(format.status == 129)
  }
}
