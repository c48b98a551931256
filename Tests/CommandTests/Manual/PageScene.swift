import PikoCore
import Support
import SystemPackage
import Testing

/// The project that the pages' examples are about, with what they count on beside piko: a remote, a
/// makefile, an editor, a browser, the programs in its containers.
struct PageScene {
  private let sandbox: Sandbox
  private let project: FilePath

  init(_ sandbox: Sandbox) throws {
    self.sandbox = sandbox
    _ = try Newcomer.installation(in: sandbox)
    for program in ["code", "firefox"] {
      try sandbox.write(
        "#!/bin/sh\necho \"\(program) $*\" >>\"$HOME/opened\"\n",
        to: FilePath("prefix/bin/\(program)"), mode: 0o755)
    }
    try sandbox.write("browser: firefox\n", to: "home/.config/piko/config.yml")
    project = try sandbox.repository("shop", files: Self.files)
    try shell(
      """
      chmod +x programs/*
      git commit -q -a -m "Make the programs executable"
      git tag v2.1.3
      git switch -q -c feature/auth
      sed -i 's/runs$/runs with auth/' .piko.yml
      git commit -q -a -m "Run with auth"
      git switch -q main
      git clone -q --bare . ../remote.git
      git remote add origin "$(cd ../remote.git && pwd)"
      git branch -q -D feature/auth
      piko trust --yes -q
      """)
    _ = try sandbox.repository("fresh", files: Self.freshFiles)
    try shell(
      """
      cd ../fresh
      chmod +x bin/migrate
      git commit -q -a -m Migrate
      echo PLACE=here >.env.local
      """)
  }

  private static let files = [
    "compose.yaml": """
    services:
      web:
        image: \(TestImage.tag)
        init: true
        stop_grace_period: 1s
        command: sh -c 'echo serving; exec httpd -f -p 3000 -h /site'
        ports: ["8080:3000"]
        volumes: ["./site:/site", "./programs:/usr/local/bin:ro"]
        depends_on: {db: {condition: service_healthy}}
      db:
        image: \(TestImage.tag)
        init: true
        stop_grace_period: 1s
        command: sh -c 'echo an ERROR of old; exec sleep 1000'
        ports: ["5432:5432"]
        volumes: ["data:/data", "./programs:/usr/local/bin:ro"]
        healthcheck: {test: ["CMD", "true"], interval: 1s}
    volumes:
      data:

    """,
    ".piko.yml": """
    scripts:
      setup: echo made the database
      run: echo runs
    open: web
    windows:
      - {name: frontend, command: echo serving the frontend; exec sleep 1000}

    """,
    "Makefile": """
    tools:
    \t@while ! test -e .piko/worktrees/ci; do sleep 0.1; done; echo made the tools
    test:
    \t@echo tested $(PIKO_ENV_NAME), database at $(DB_PORT)

    """,
    "site/index.html": "the page\n", "site/health": "well\n",
    "check.sh": "echo checked by $0\n",
    ".gitignore": "*.log\n*.mk\ndump.sql\ncompose.override.yaml\n",
    // What the containers have besides.
    "programs/pg_dump": "#!/bin/sh\necho dumped \"$@\"\n",
    "programs/psql": "#!/bin/sh\nread -r first; echo loaded what was $first\n",
    "programs/npm": "#!/bin/sh\necho npm \"$@\"\n",
  ]

  /// A second one, which nobody has configured yet.
  private static let freshFiles = [
    "compose.yaml": """
    services:
      web:
        image: \(TestImage.tag)
        init: true
        stop_grace_period: 1s
        command: sleep 1000
        working_dir: /app
        volumes: [".:/app"]
        env_file: .env.local
      db:
        image: \(TestImage.tag)
        init: true
        stop_grace_period: 1s
        command: sleep 1000
        ports: ["5432:5432"]

    """,
    "bin/migrate": "#!/bin/sh\necho migrated in $PLACE\n",
    ".gitignore": ".env.local\n",
  ]

  /// Does what a page takes for granted.
  private func shell(_ lines: String) throws {
    let done = try sandbox.run(
      "bash", ["-e", "-c", lines], in: project,
      environment: [
        // A person's surroundings have none of the tests' own directories.
        "PIKO_STATE_HOME": nil, "XDG_STATE_HOME": nil, "XDG_CONFIG_HOME": nil,
        "PATH": "\(sandbox.root)/prefix/bin:\(sandbox.variables["PATH"] ?? "")",
      ])
    try #require(done.status == 0, "\(lines)\n\(done)")
  }

  private func newcomer(at place: String) throws -> Newcomer {
    try Newcomer(
      sandbox, in: sandbox.root.pushing(FilePath(place)),
      before: "unset PIKO_STATE_HOME XDG_STATE_HOME XDG_CONFIG_HOME")
  }

  /// Types a page's examples.
  func follow(_ visit: PageVisit) throws {
    for line in visit.before { try shell(line) }
    let page = try Page(FilePath("man/\(visit.page)"))
    let examples = page.examples
    let texts = page.texts(in: "EXAMPLES")
    try #require(examples.count == visit.answers.count, "\(visit.page): \(examples)")
    try #require(texts.count == visit.texts.count, "\(visit.page): \(texts)")
    let person = try newcomer(at: visit.place)
    var others: [Newcomer] = []
    for (example, answer) in zip(examples, visit.answers) {
      let command = visit.changes.reduce(example.command) { $0.replacing($1.key, with: $1.value) }
      if answer.stays {
        others.append(try newcomer(at: visit.place))
        try others.last?.start(command, until: answer.sees)
      } else {
        let seen = try person.type(command, steps: answer.steps)
        judge(seen, by: answer, of: command, on: visit.page)
        for line in example.shown {
          #expect(
            Newcomer.saw(line, in: seen), "\(visit.page): $ \(command)\nnot: \(line)\n\(seen)")
        }
      }
      if let proof = answer.proof { try look(proof.command, proof.sees, person, visit.page) }
    }
    for (text, use) in zip(texts, visit.texts) {
      let lines = text.split(separator: "\n").map { use.indent + $0 }
      try sandbox.write(
        use.start + lines.joined(separator: "\n") + "\n" + use.end,
        to: FilePath(visit.place).pushing(FilePath(use.file)))
      for (command, sees) in use.shows { try look(command, sees, person, visit.page) }
    }
    for other in others { try other.interrupt() }
    for line in visit.after { try shell(line) }
  }

  private func judge(
    _ seen: [String], by answer: PageVisit.Answer, of command: String, on page: String
  ) {
    let text = seen.joined(separator: "\n")
    for part in answer.sees {
      #expect(text.contains(part), "\(page): $ \(command)\ndid not say '\(part)' but\n\(text)")
    }
    if answer.sees.isEmpty { #expect(text == "", "\(page): $ \(command)") }
    #expect(
      !seen.contains { $0.hasPrefix("error:") || $0.hasPrefix("bash:") || $0.hasPrefix("jq:") },
      "\(page): $ \(command)\n\(text)")
  }

  private func look(_ command: String, _ sees: String?, _ person: Newcomer, _ page: String) throws {
    let text = try person.type(command).joined(separator: "\n")
    if let sees {
      #expect(text.contains(sees), "\(page): % \(command)\ndid not say '\(sees)' but\n\(text)")
    } else {
      #expect(text == "", "\(page): % \(command)")
    }
  }
}
