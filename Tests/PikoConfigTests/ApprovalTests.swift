import PikoConfig
import PikoCore
import SystemPackage
import Testing

@Suite struct ApprovalTests {
  private func approval(_ text: String) throws -> Approval? {
    Approval.needed(for: try ProjectConfiguration(parsing: Array(text.utf8), from: ".piko.yml"))
  }

  @Test func whatRunsNothingNeedsNone() throws {
    #expect(try approval("") == nil)
    #expect(try approval("name: a\ncopy: x\nshared: redis\nports: {web: 1}\nscripts:\n") == nil)
  }

  @Test func theSummaryShowsAllThatWillRun() throws {
    let approval = try #require(
      try approval(
        """
        scripts: {run: npm start, setup: "make\\n  make seed\\n"}
        windows: [{name: web, command: npm run dev}, {name: sql, service: db, command: psql}, {name: s}]
        shells: {redis: redis-cli, db: psql}
        env: {B: "x${PIKO_ROOT}", A: {value: '', containers: [web, api]}}
        """))
    #expect(
      approval.summary == [
        "script setup:", "  make", "    make seed", "script run: npm start",
        "window web (on host): npm run dev", "window sql (in service db): psql",
        "window s (on host): a shell", "shell db: psql", "shell redis: redis-cli",
        "env A (also in api, web): empty", "env B: x${PIKO_ROOT}",
      ])
  }

  @Test func nothingInTheSummaryCanHide() throws {
    let approval = try #require(
      try approval(#"scripts: {run: "ls\e[2K\r; rm \u202Ex\u200B\u2028y\tz", setup: "a\n\rb"}"#))
    #expect(
      approval.summary == [
        "script setup:", "  a", #"  \rb"#,
        #"script run: ls?[2K\r; rm <U+202E>x<U+200B><U+2028>y\tz"#,
      ])
  }

  @Test func theDigestIsOfTheContentAlone() throws {
    let digest = try approval("scripts: {run: a, setup: b}\nenv: {A: x, B: y}\n")?.digest
    let same = "# hello\nname: other\nenv:\n  B: 'y'\n  A: x\nscripts:\n  setup: b\n  run: \"a\"\n"
    #expect(try approval(same)?.digest == digest)
    // Fixed: users would be asked again for what they have approved.
    #expect(digest == "a3551573e042eee6f9c92eba277415399f3e6e6e057bd0d54e53e25ccfe09af2")
  }

  @Test(arguments: [
    "scripts: {run: a b}", "scripts: {setup: a}", "scripts: {run: a, setup: ''''}",
    "shells: {run: a}", "env: {run: a}", "windows: [{name: run, command: a}]",
    "windows: [{name: run, command: a, service: a}]", "env: {run: {value: a, containers: web}}",
    "windows: [{name: run}]", "windows: [{name: run, service: run}]", "env: {run: ''}",
    "windows: [{name: run, command: a}, {name: b}]",
    "windows: [{name: b}, {name: run, command: a}]",
  ])
  func anotherContentHasAnotherDigest(_ text: String) throws {
    let all = [
      "scripts: {run: a}", "scripts: {run: a b}", "scripts: {setup: a}", "shells: {run: a}",
      "scripts: {run: a, setup: ''''}", "env: {run: a}", "windows: [{name: run, command: a}]",
      "windows: [{name: run, command: a, service: a}]", "windows: [{name: run}]", "env: {run: ''}",
      "env: {run: {value: a, containers: web}}", "windows: [{name: run, service: run}]",
      "windows: [{name: run, command: a}, {name: b}]",
      "windows: [{name: b}, {name: run, command: a}]",
    ]
    let own = try #require(try approval(text)).digest
    #expect(own.count == 64)
    for other in all where other != text {
      #expect(try approval(other)?.digest != own)
    }
  }
}
