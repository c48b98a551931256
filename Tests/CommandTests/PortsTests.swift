import FoundationEssentials
import Support
import SystemPackage
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// `piko ports`: the table and its other forms, and how long a port lasts.
@Suite struct PortsTests {
  let sandbox: Sandbox
  let project: FilePath

  init() throws {
    sandbox = try Sandbox()
    project = try sandbox.project(configured: "ports: {web: 3000, api-two: 8080}")
    try sandbox.create("x", in: project)
  }

  private func ports(_ name: String = "x") throws -> [String: Int] {
    try sandbox.ports(of: name, in: project)
  }

  private func shown(_ options: String...) throws -> String {
    try sandbox.text(
      sandbox.piko(["ports", "x"] + options, in: project), namingPortsOf: "x", in: project)
  }

  // MARK: - Forms

  @Test func printsATable() throws {
    // The last column is not padded, so the placeholders' lengths change nothing.
    #expect(
      try shown() == """
        1| SERVICE  CONTAINER PORT  HOST PORT
        1| api-two  8080            <api-two>
        1| web      3000            <web>
        status 0
        """)
  }

  @Test func printsVariables() throws {
    #expect(
      try shown("--env") == """
        1| API_TWO_PORT=<api-two>
        1| API_TWO_PORT_8080=<api-two>
        1| WEB_PORT=<web>
        1| WEB_PORT_3000=<web>
        status 0
        """)
    #expect(
      try shown("--export") == """
        1| export API_TWO_PORT=<api-two>
        1| export API_TWO_PORT_8080=<api-two>
        1| export WEB_PORT=<web>
        1| export WEB_PORT_3000=<web>
        status 0
        """)
    #expect(try shown("--env", "--export") == shown("--export"))
    let seen = try sandbox.output(
      "sh", ["-c", "eval $(piko ports x --export); sh -c 'echo $WEB_PORT'"], in: project)
    #expect(try seen == ports()["web"].map(String.init))
  }

  @Test func printsNumbersAlone() throws {
    #expect(try shown("-q") == "1| <api-two>\n1| <web>\nstatus 0")
  }

  @Test(arguments: [
    ["--env", "--json"], ["--export", "--json"], ["--json", "-q"], ["--env", "-q"],
  ])
  func printsOneFormAlone(forms: [String]) throws {
    let refused = try sandbox.piko(["ports", "x"] + forms, in: project)
    #expect(refused.status == 129 && refused.stdout.isEmpty)
    #expect(
      refused.stderr == """
        error: options '\(forms[0])' and '\(forms[1])' cannot be used together
        usage: piko ports [--env | --export | --json | -q] [--reassign] [NAME]

        """)
  }

  @Test func printsJSON() throws {
    #expect(
      try shown("--json") == """
        1| {"environment":"x","ports":[\
        {"address":"","port":<api-two>,"protocol":"tcp","service":"api-two","shared":false,\
        "target":8080},\
        {"address":"","port":<web>,"protocol":"tcp","service":"web","shared":false,\
        "target":3000}],"version":1}
        status 0
        """)
  }

  @Test func printsNothingWhereThereIsNone() throws {
    let plain = try sandbox.project("plain", configured: "name: plain")
    try sandbox.create("x", in: plain)
    #expect(try sandbox.piko("ports", "x", in: plain).text == "status 0")
    #expect(
      try sandbox.piko("ports", "x", "--json", in: plain).text == """
        1| {"environment":"x","ports":[],"version":1}
        status 0
        """)
  }

  @Test func isAboutTheCurrentEnvironment() throws {
    let inside = project.pushing(".piko/worktrees/x")
    #expect(
      try sandbox.piko("ports", in: inside).text == sandbox.piko("ports", "x", in: project).text)
    #expect(try sandbox.piko("ports", in: project).status == 129)
    #expect(
      try sandbox.piko("ports", "y", in: project).text == """
        2| error: no environment 'y' in '<root>/project'
        2| hint: to see those there are, run 'piko list'
        status 1
        """)
  }

  // MARK: - Leases

  @Test func liesInTheEnvironmentsBlockByItsTarget() throws {
    let (web, api) = try (#require(try ports()["web"]), #require(try ports()["api-two"]))
    #expect(web / 100 == api / 100)
    #expect((101...654).contains(web / 100))
    #expect(web != api)
    // Where nothing of the machine's is in the way, that is the target's last two digits.
    for (port, target) in [(web, 3000), (api, 8080)] where !isHeld(port / 100 * 100 + target % 100)
    {
      #expect(port % 100 == target % 100)
    }
  }

  @Test func staysWhenSiblingsComeAndGo() throws {
    let before = try ports()
    let other = try sandbox.create("other", in: project)
    #expect(Set(try ports("other").values).isDisjoint(with: before.values))
    try sandbox.output("piko", ["destroy", "other"], in: project)
    #expect(!sandbox.exists(other))
    try sandbox.create("third", in: project)
    #expect(try ports() == before)
    #expect(Set(try ports("third").values).isDisjoint(with: before.values))
  }

  @Test func staysWhenAPortIsAdded() throws {
    let before = try ports()
    // 8000 comes before both, and would like a place of its own.
    let worktree = project.pushing(".piko/worktrees/x")
    try sandbox.commit(
      "ports: {aaa: 8000, web: 3000, api-two: 8080}\n", to: ".piko.yml", in: worktree)
    try sandbox.create("--reuse", "x", in: project)
    let after = try ports()
    #expect(Set(after.keys) == ["aaa", "web", "api-two"])
    #expect(after.filter { $0.key != "aaa" } == before)
    #expect(Set(after.values).count == 3)
  }

  @Test func oneThatIsTakenOutIsRememberedAndNotShown() throws {
    // Targets whose ports no other test listens on.
    let whole = "ports: {web: 3041, api-two: 8067}\n"
    let project = try sandbox.project("other", configured: whole)
    func ports() throws -> [String: Int] { try sandbox.ports(of: "y", in: project) }
    let file = try sandbox.create("y", in: project).appending(".piko.yml")
    let before = try ports()
    try sandbox.write("ports: {web: 3041}\n", to: file)
    #expect(try sandbox.piko("up", "y", in: project).status == 0)
    #expect(try ports() == before.filter { $0.key == "web" })
    for words in [["ports", "y", "--env"], ["env", "y"], ["list"], ["status", "y"]] {
      let shown = try sandbox.piko(words, in: project).stdout
      #expect(!shown.lowercased().contains("api"), "\(shown)")
    }
    // A newcomer that would like its number does not get it.
    try sandbox.write("ports: {web: 3041, aaa: 8067}\n", to: file)
    #expect(try sandbox.piko("up", "y", in: project).status == 0)
    let newcomer = try #require(try ports()["aaa"])
    #expect(!before.values.contains(newcomer))
    try sandbox.write(whole, to: file)
    #expect(try sandbox.piko("up", "y", in: project).status == 0)
    #expect(try ports() == before)
  }

  @Test func comesBackWithTheName() throws {
    // Targets that no other test has: what listens elsewhere meanwhile must not be in the way.
    let project = try sandbox.project("quiet", configured: "ports: {web: 3043, api-two: 8059}")
    let ports = { try sandbox.ports(of: $0, in: project) }
    try sandbox.create("x", in: project)
    try sandbox.create("second", in: project)
    let before = try ports("second")
    try sandbox.output("piko", ["destroy", "x"], in: project)
    try sandbox.output("piko", ["destroy", "second"], in: project)
    // The lowest free block is x's; the former one of the name is preferred.
    try sandbox.create("second", in: project)
    #expect(try ports("second") == before)
    let other = try sandbox.project("elsewhere")
    try sandbox.create("x", in: other)
    #expect(
      Set(try sandbox.ports(of: "x", in: other).values).isDisjoint(with: before.values))
  }

  @Test func skipsWhatAnswersOnTheMachine() throws {
    // The first block is free again; a listener takes the place that would be preferred in it.
    let wanted = try #require(try ports()["web"])
    try sandbox.output("piko", ["destroy", "x"], in: project)
    // Another test's probe may hold it for a moment; what holds it for longer will do as well.
    var listener = try? Listener(on: wanted)
    for _ in 0..<100 where listener == nil {
      usleep(20_000)
      listener = try? Listener(on: wanted)
    }
    try sandbox.create("x", in: project)
    let found = try #require(try ports()["web"])
    #expect(found != wanted)
    #expect(found / 100 == wanted / 100)
    withExtendedLifetime(listener) {}
  }

  private func isHeld(_ port: Int) -> Bool {
    (try? Listener(on: port)) == nil
  }
}
