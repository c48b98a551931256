import PikoCore
import SystemPackage
import Testing

@testable import PikoConfig

@Suite struct ProjectConfigurationTests {
  private func read(_ text: String) throws -> ProjectConfiguration {
    try ProjectConfiguration(parsing: Array(text.utf8), from: ".piko.yml")
  }

  @Test func anEmptyFileSaysNothing() throws {
    #expect(try read("") == ProjectConfiguration())
    #expect(try read("# later\n") == ProjectConfiguration())
    #expect(try read("---\n...\n") == ProjectConfiguration())
    #expect(try read("{}") == ProjectConfiguration())
  }

  @Test func readsEveryKey() throws {
    let read = try read(
      """
      name: Shop 2
      compose: [compose.yaml, deploy/dev.yaml]
      profiles: [debug, "*"]
      scripts:
        prepare: make env
        setup: |
          make migrate
          make seed
        run: npm start
        destroy: make clean
      copy: [.env, config/*.local]
      link: [node_modules]
      env:
        DATABASE_URL: postgres://u:p@localhost:${PIKO_DB_PORT}/db
        API: {value: "http://localhost:${PIKO_WEB_PORT}", containers: [web, worker]}
      shared: [redis]
      shells: {db: psql -U app, redis: redis-cli}
      ignore: [mailer]
      windows:
        - {name: front, command: npm run dev, local: true}
        - {name: sql, service: db, command: psql}
        - name: top
      ports: {web: 3000, api: 8080}
      isolation:
        volumes: {data: private, cache: shared}
        binds: {../uploads: private, /srv/models: shared}
        networks: {backbone: shared}
      open: web

      """)
    #expect(read.name == "Shop 2")
    #expect(read.compose == ["compose.yaml", "deploy/dev.yaml"])
    #expect(read.profiles == ["debug", "*"])
    #expect(
      read.scripts == [
        .prepare: "make env", .setup: "make migrate\nmake seed\n", .run: "npm start",
        .destroy: "make clean",
      ])
    #expect(read.copy == [".env", "config/*.local"])
    #expect(read.link == ["node_modules"])
    #expect(read.environment.map(\.name) == ["DATABASE_URL", "API"])
    #expect(
      read.environment.map(\.template.text) == [
        "postgres://u:p@localhost:${PIKO_DB_PORT}/db", "http://localhost:${PIKO_WEB_PORT}",
      ])
    #expect(read.environment.map(\.containers) == [[], ["web", "worker"]])
    #expect(read.shared == ["redis"])
    #expect(read.shells == ["db": "psql -U app", "redis": "redis-cli"])
    #expect(read.ignore == ["mailer"])
    #expect(read.windows.map(\.name) == ["front", "sql", "top"])
    #expect(read.windows.map(\.command) == ["npm run dev", "psql", nil])
    #expect(read.windows.map(\.service) == [nil, "db", nil])
    #expect(
      read.ports == [HostPort(name: "web", target: 3000), HostPort(name: "api", target: 8080)])
    #expect(read.isolation.volumes == ["data": .private, "cache": .shared])
    #expect(read.isolation.binds == ["../uploads": .private, "/srv/models": .shared])
    #expect(read.isolation.networks == ["backbone"])
    #expect(read.open == "web")
    #expect(Set(read.origins.keys) == Set(ProjectConfiguration.Key.allCases))
    #expect(read.origins[.open]?.display == ".piko.yml:28:1")
    #expect(read.windows[1].origin.position == .init(line: 21, column: 5))
  }

  @Test func oneTextStandsForAListOfOne() throws {
    let read = try read(
      "compose: dev.yaml\nprofiles: debug\ncopy: .env\nlink: lib\nshared: redis\nignore: mail\n"
        + "env: {A: {value: b, containers: web}}\n")
    #expect(read.compose == ["dev.yaml"])
    #expect(read.profiles == ["debug"])
    #expect(read.copy == [".env"])
    #expect(read.link == ["lib"])
    #expect(read.shared == ["redis"])
    #expect(read.ignore == ["mail"])
    #expect(read.environment[0].containers == ["web"])
  }

  @Test func aKeyWithNothingAfterItIsNotGiven() throws {
    let text = ProjectConfiguration.Key.allCases.map { "\($0.rawValue):\n" }.joined()
    var read = try read(text)
    #expect(read.origins.count == ProjectConfiguration.Key.allCases.count)
    read.origins = [:]
    #expect(read == ProjectConfiguration())
    #expect(try self.read("scripts:\n  setup:\n  run: make\n").scripts == [.run: "make"])
  }

  @Test func textIsTakenAsItIsWritten() throws {
    let read = try read("name: 2048\nscripts: {run: true}\nenv: {PORT: 8080, A: true, B: 1.50}\n")
    #expect(read.name == "2048")
    #expect(read.scripts[.run] == "true")
    #expect(read.environment.map(\.template.text) == ["8080", "true", "1.50"])
    #expect(try self.read("env: {E: ''}\n").environment[0].template.text == "")
  }

  @Test func aByteOrderMarkAndCarriageReturnsAreRead() throws {
    let read = try read("\u{FEFF}name: shop\r\nscripts:\r\n  run: |\r\n    a\r\n    b\r\n")
    #expect(read.name == "shop")
    #expect(read.scripts[.run] == "a\nb\n")
  }

  @Test(arguments: ProjectConfiguration.Key.allCases)
  func theExampleInAHintIsRight(_ key: ProjectConfiguration.Key) throws {
    #expect(Array(try read(key.example).origins.keys) == [key])
  }

  @Test(arguments: UserConfiguration.Key.allCases)
  func theExampleInAHintIsRightForTheUser(_ key: UserConfiguration.Key) throws {
    let read = try UserConfiguration(parsing: Array(key.example.utf8), from: "config.yml")
    #expect(Array(read.origins.keys) == [key])
  }

  @Test func readsEveryKeyOfTheUser() throws {
    let text = """
      session_prefix: "dev:"
      default_shell: bash
      editor: code --wait
      default_windows:
        - {name: shell, local: true}
        - {name: logs, command: "docker compose -p ${PROJECT} logs -f"}
      subnet_pool: 172.31.0.0/20
      browser: firefox

      """
    let read = try UserConfiguration(parsing: Array(text.utf8), from: "config.yml")
    #expect(read.sessionPrefix == "dev:")
    #expect(read.defaultShell == "bash")
    #expect(read.editor == "code --wait")
    #expect(read.defaultWindows.map(\.name) == ["shell", "logs"])
    #expect(read.defaultWindows.map(\.command) == [nil, "docker compose -p ${PROJECT} logs -f"])
    #expect(read.subnetPool == "172.31.0.0/20")
    #expect(read.browser == "firefox")
    #expect(Set(read.origins.keys) == Set(UserConfiguration.Key.allCases))
    let empty = try UserConfiguration(parsing: Array("session_prefix: ''\n".utf8), from: "c.yml")
    #expect(empty.sessionPrefix == "")
  }
}
