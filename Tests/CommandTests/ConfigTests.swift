import PikoCore
import Support
import SystemPackage
import Testing

/// What is configured, who said it, and what is wrong with it.
@Suite struct ConfigTests {
  let sandbox: Sandbox

  init() throws { sandbox = try Sandbox() }

  private func settings(
    _ arguments: String..., in directory: FilePath
  ) throws -> [String: JSONValue] {
    let told = try sandbox.piko(["config", "--json"] + arguments, in: directory)
    #expect(told.status == 0 && told.stderr.isEmpty, "\(told)")
    let answer = try JSONValue(parsing: Array(told.stdout.utf8))
    #expect(answer["version"]?.integer == 1)
    let list = try #require(answer["settings"]?.array)
    return Dictionary(uniqueKeysWithValues: list.map { ($0["key"]?.string ?? "", $0) })
  }

  /// Every key of a project's file, each with the word in it.
  private func full(_ word: String, _ port: Int) -> String {
    """
    name: \(word)
    compose: [\(word).yaml]
    profiles: [\(word)]
    scripts: {prepare: \(word), setup: \(word), run: \(word), destroy: \(word)}
    copy: [\(word)]
    link: [\(word)]
    env: {V: \(word), W: {value: \(word), containers: [\(word)]}}
    shared: [\(word)]
    shells: {db: \(word)}
    ignore: [\(word)]
    windows: [{name: w, command: \(word), service: \(word)}]
    ports: {p: \(port)}
    isolation:
      volumes: {v: \(word == "root" ? "private" : "shared")}
      binds: {b: \(word == "root" ? "private" : "shared")}
      networks: {\(word): shared}
    open: \(word)

    """
  }

  private static let user = """
    session_prefix: mine/
    default_shell: zsh
    editor: code --wait
    default_windows: [{name: top, command: top}]
    subnet_pool: 10.77.0.0/16
    browser: firefox

    """

  /// SPEC part 8: which of the two files of a project says what; the user's keys are the user's.
  @Test func eachKeyComesFromTheFileThatDecidesIt() throws {
    let project = try sandbox.repository(files: ["README": "x\n"])
    let worktree = try sandbox.create("x", "--no-start", in: project)
    try sandbox.write(full("root", 1), to: project.appending(".piko.yml"))
    try sandbox.write("\n" + full("own", 2), to: worktree.appending(".piko.yml"))
    try sandbox.write(Self.user, to: "config/piko/config.yml")
    let all = try settings("x", in: project)
    var keys: Set<String> = []
    func expect(
      _ key: String, _ value: String, _ source: String, _ line: Int,
      sourceLocation: SourceLocation = #_sourceLocation
    ) {
      keys.insert(key)
      let path =
        ["root": project, "worktree": worktree][source]?.appending(".piko.yml")
        ?? sandbox.root.pushing("config/piko/config.yml")
      let setting = all[key]
      let text = setting?["value"].map { "\($0)" } ?? "absent"
      #expect(text.contains(value), "\(key): \(text)", sourceLocation: sourceLocation)
      #expect(setting?["source"]?.string == source, "\(key)", sourceLocation: sourceLocation)
      #expect(
        setting?["file"]?.string == sandbox.normalized(path.string), "\(key)",
        sourceLocation: sourceLocation)
      #expect(setting?["line"]?.integer == line, "\(key)", sourceLocation: sourceLocation)
    }
    // The root's, for all worktrees.
    expect("name", "root", "root", 1)
    expect("compose", "root.yaml", "root", 2)
    expect("copy", "root", "root", 5)
    expect("link", "root", "root", 6)
    expect("shared", "root", "root", 8)
    expect("isolation.volumes.v", "private", "root", 14)
    expect("isolation.binds.b", "private", "root", 15)
    expect("isolation.networks.root", "shared", "root", 16)
    // The worktree's own.
    expect("profiles", "own", "worktree", 4)
    for script in ["prepare", "setup", "run", "destroy"] {
      expect("scripts.\(script)", "own", "worktree", 5)
    }
    expect("env.V", "own", "worktree", 8)
    expect("env.W", "own", "worktree", 8)
    expect("shells.db", "own", "worktree", 10)
    expect("ignore", "own", "worktree", 11)
    expect("windows.w", "own", "worktree", 12)
    expect("ports.p", "2", "worktree", 13)
    expect("open", "own", "worktree", 18)
    // The user's.
    expect("session_prefix", "mine/", "user", 1)
    expect("default_shell", "zsh", "user", 2)
    expect("editor", "code --wait", "user", 3)
    expect("default_windows.top", "top", "user", 4)
    expect("subnet_pool", "10.77.0.0/16", "user", 5)
    expect("browser", "firefox", "user", 6)
    #expect(Set(all.keys) == keys)

    // Without a file of its own the worktree has the root's whole.
    try sandbox.output("rm", [".piko.yml"], in: worktree)
    for (key, setting) in try settings(in: worktree) where setting["source"]?.string != "user" {
      #expect(setting["source"]?.string == "root", "\(key)")
    }
    // With one that says nothing, it has nothing of what would be its own.
    try sandbox.write("# nothing\n", to: worktree.appending(".piko.yml"))
    let rest = try settings(in: worktree)
    #expect(rest["scripts.run"] == nil && rest["open"] == nil && rest["name"] != nil)
    // The main checkout's own view.
    #expect(try settings(in: project)["open"]?["source"]?.string == "root")
  }

  @Test func withoutFilesTheDefaultsHold() throws {
    let project = try sandbox.repository("shop", files: ["README": "x\n"])
    #expect(
      try sandbox.piko("config", in: project).text == """
        1| KEY             FROM     VALUE
        1| name            default  shop
        1| session_prefix  default  piko/
        1| default_shell   default  sh
        1| subnet_pool     default  10.213.0.0/16
        status 0
        """)
  }

  @Test func showsKeyFileLineAndValue() throws {
    let project = try sandbox.repository(
      "shop",
      files: [
        ".piko.yml": """
        # first
        copy: [.env, "*.local"]
        scripts:
          setup: |
            make migrate
            make seed
        env:
          URL:
            value: "http://localhost:${PIKO_WEB_PORT}"
            containers: [web]
        windows:
          - name: console
            service: web
            command: bin/console

        """
      ])
    // The columns are as wide as the paths of this run.
    let table = try sandbox.piko("config", in: project).text.replacing(#/ {2,}/#, with: "  ")
    #expect(
      table == """
        1| KEY  FROM  VALUE
        1| name  default  shop
        1| scripts.setup  <root>/shop/.piko.yml:4  make migrate …
        1| copy  <root>/shop/.piko.yml:2  .env, *.local
        1| env.URL  <root>/shop/.piko.yml:8  http://localhost:${PIKO_WEB_PORT} (containers: web)
        1| windows.console  <root>/shop/.piko.yml:12  bin/console (service: web)
        1| session_prefix  default  piko/
        1| default_shell  default  sh
        1| subnet_pool  default  10.213.0.0/16
        status 0
        """)
    let setup = try settings(in: project)["scripts.setup"]
    #expect(setup?["value"] == .string("make migrate\nmake seed\n"))
  }

  @Test func aBrokenFileIsAnErrorWithItsPlace() throws {
    let project = try sandbox.repository(files: [".piko.yml": "naem: x\n"])
    #expect(
      try sandbox.piko("config", in: project).text == """
        2| error: <root>/project/.piko.yml:1:1: unknown key 'naem'
        2| hint: the most similar key is 'name'
        status 128
        """)
  }

  // MARK: - Checking

  @Test func nothingWrongIsNothingSaid() throws {
    let project = try sandbox.repository(
      files: [".piko.yml": "env: {A: '${PIKO_ANY_PORT}${PIKO_ROOT}${B}', B: x}\n"])
    #expect(try sandbox.piko("config", "--check", in: project).text == "status 0")
    #expect(
      try sandbox.piko("config", "--check", "--json", in: project).text
        == #"1| {"errors":[],"version":1}"# + "\nstatus 0")
    let bare = try sandbox.repository("bare", files: ["README": ""])
    #expect(try sandbox.piko("config", "--check", in: bare).text == "status 0")
  }

  @Test func aServiceThatComposeDoesNotKnowIsAMistake() throws {
    let project = try sandbox.repository(files: [
      "compose.yaml": "services: {web: {image: x}, db: {image: x, profiles: [data]}}\n",
      ".piko.yml": """
      shared: dv
      shells: {web: sh, we: sh}
      ignore: [db, mailer]
      windows: [{name: a, service: wed}, {name: b, service: db}]
      ports: {api: 80}
      env:
        A: {value: x, containers: [web, dbb]}
      open: apu

      """,
    ])
    let place = "1| <root>/project/.piko.yml:"
    let told = try sandbox.piko("config", "--check", in: project)
    #expect(
      told.text == """
        \(place)1:1: error: 'shared' names an unknown service, 'dv' (the most similar service is 'db')
        \(place)2:19: error: 'shells' names an unknown service, 'we' (the most similar service is 'web')
        \(place)3:14: error: 'ignore' names an unknown service, 'mailer' (the services are 'db', 'web')
        \(place)4:21: error: 'windows' names an unknown service, 'wed' (the most similar service is \
        'web')
        \(place)7:35: error: no service 'dbb' in the compose files (the most similar service is 'db')
        \(place)8:1: error: 'open' names an unknown service, 'apu' (the most similar service is 'api')
        status 1
        """)
    try sandbox.write("open: api\nports: {api: 80}\n", to: project.appending(".piko.yml"))
    #expect(try sandbox.piko("config", "--check", in: project).text == "status 0")
    // What Compose cannot read may still have it.
    try sandbox.write("open: late\n", to: project.appending(".piko.yml"))
    try sandbox.write("services: [late\n", to: project.appending("compose.yaml"))
    let broken = try sandbox.piko("config", "--check", in: project)
    #expect(broken.status == 1 && !broken.stdout.contains(".piko.yml"), "\(broken)")
    #expect(broken.stdout.hasPrefix("<root>/project/compose.yaml:2:1: error: "), "\(broken)")
  }

  @Test func everyMistakeOfEveryFileIsALine() throws {
    let project = try sandbox.repository(files: ["README": "x\n"])
    let worktree = try sandbox.create("x", "--no-start", in: project)
    try sandbox.write("editor: [vi]\nsubnet_pool: 10.0.0.0\n", to: "config/piko/config.yml")
    try sandbox.write(
      """
      naem: shop
      scripts:
        setpu: make
        run: [a]
        setup: make
      copy: [.git, .env, ../x]
      windows:
        - name: [a]
          comand: b
        - command: c
        - {name: d, local: maybe}
      ports: {web: 99999, api: 80, w e b: 1}
      env:
        A: $HOME
        B: ${C}
        C: ${B}
        D: ${NOWHERE}
        E: ${PIKO_ANY_PORT}

      """, to: project.appending(".piko.yml"))
    try sandbox.write(
      "ports: {web: 80}\nenv: {A: '${PIKO_WBE_PORT}', B: '${PIKO_WEB_PORT}'}\n",
      to: worktree.appending(".piko.yml"))
    let told = try sandbox.piko("config", "--check", in: project)
    let root = "1| <root>/project/.piko.yml:"
    let example = "(for example: 'windows: [{name: web, command: npm run dev}]')"
    #expect(
      told.text == """
        1| <root>/config/piko/config.yml:1:9: error: 'editor' must be text, not a list (for example: \
        'editor: code --wait')
        1| <root>/config/piko/config.yml:2:14: error: '10.0.0.0' is no IPv4 network (for example: \
        'subnet_pool: 10.213.0.0/16')
        \(root)1:1: error: unknown key 'naem' (the most similar key is 'name')
        \(root)3:3: error: unknown key 'setpu' in 'scripts' (the most similar key is 'setup')
        \(root)4:8: error: 'scripts.run' must be text, not a list (for example: 'scripts: {run: make}')
        \(root)6:8: error: the pattern '.git' names what git or piko keep there (for example: \
        'copy: [.env.local]')
        \(root)6:20: error: the pattern '../x' leaves the project's root (patterns are relative to \
        the project's root and cannot hold '..')
        \(root)8:11: error: 'windows.name' must be text, not a list \(example)
        \(root)9:5: error: unknown key 'comand' in 'windows' (the most similar key is 'command')
        \(root)10:5: error: a window is missing its 'name' \(example)
        \(root)11:22: error: 'windows.local' must be true or false, not 'maybe' \(example)
        \(root)12:14: error: 'ports.web' must be 1 to 65535, not '99999' (for example: \
        'ports: {web: 3000}')
        \(root)12:30: error: 'w e b' is no name for a port (a port's name is made of letters, \
        digits, '.', '_' and '-')
        \(root)14:6: error: '$HOME' needs braces in the variable 'A' (for a variable's value, write \
        '${HOME}'; for a dollar itself, '$$')
        \(root)15:6: error: the variable 'B' depends on itself through 'C' (for a dollar itself, \
        write '$$')
        \(root)17:6: error: the variable 'D' names an unknown one, 'NOWHERE' (the known ones are \
        'B', 'COMPOSE_FILE', 'COMPOSE_PATH_SEPARATOR', 'COMPOSE_PROFILES', 'COMPOSE_PROJECT_NAME', \
        'PIKO_ANY_PORT', 'PIKO_BRANCH', 'PIKO_ENV_NAME', 'PIKO_ENV_PATH', 'PIKO_PROJECT', \
        'PIKO_ROOT', 'C', 'E')
        status 1
        """)
    // In an environment its own file is looked at, too, with the ports that it has.
    try sandbox.write("name: shop\n", to: project.appending(".piko.yml"))
    try sandbox.write("browser: ''\n", to: "config/piko/config.yml")
    try sandbox.write("name: shop\nports: {web: 80}\n", to: worktree.appending(".piko.yml"))
    #expect(try sandbox.piko("up", "x", in: project).status == 0)
    try sandbox.write(
      "ports: {web: 80}\nenv: {A: '${PIKO_WBE_PORT}', B: '${PIKO_WEB_PORT}'}\n",
      to: worktree.appending(".piko.yml"))
    let own = try sandbox.piko("config", "--check", "x", in: project)
    #expect(
      own.text == """
        1| <root>/config/piko/config.yml:1:10: error: 'browser' is empty (for example: \
        'browser: firefox')
        1| <root>/project/.piko/worktrees/x/.piko.yml:2:10: error: the variable 'A' names an \
        unknown one, 'PIKO_WBE_PORT' (the most similar variable is 'PIKO_WEB_PORT')
        status 1
        """)
    #expect(
      try sandbox.piko("config", "--check", "--json", in: worktree).stdout.hasPrefix(
        #"{"errors":[{"column":10,"file":"<root>/config/piko/config.yml","hints":["for example"#))
  }

  @Test func aFileThatIsNoYAMLOrMisnamedIsAMistake() throws {
    let project = try sandbox.repository(files: [".piko.yml": "name: [a\n"])
    let told = try sandbox.piko("config", "--check", in: project)
    #expect(
      told.text == """
        1| <root>/project/.piko.yml:2:1: error: did not find expected ',' or ']' while parsing a \
        flow sequence that begins on line 1 (a list that '[' begins ends with ']', and a ',' stands \
        between its items: [A, B])
        status 1
        """)
    let other = try sandbox.repository("other", files: [".piko.yaml": "name: a\n"])
    let misnamed = try sandbox.piko("config", "--check", in: other)
    #expect(
      misnamed.stdout.hasPrefix(
        "<root>/other/.piko.yaml:1:1: error: '<root>/other/.piko.yaml' is not read: the name is"))
    #expect(misnamed.status == 1)
  }

  @Test func anUnknownEnvironmentIsAnError() throws {
    let project = try sandbox.project()
    for arguments in [["config", "nowhere"], ["config", "--check", "nowhere"]] {
      #expect(try sandbox.piko(arguments, in: project).status == 1)
    }
  }
}
