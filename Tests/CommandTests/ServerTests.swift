import PikoCore
import Support
import SystemPackage
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// `piko server`: what it answers and whom it refuses. What a browser makes of it is in
/// ServerPageTests.
@Suite struct ServerTests {
  /// A project without containers with one environment, and a server.
  private func scene(
    _ configuration: String = "ports: {web: 3000}\n"
  ) throws -> (ServerScene, FilePath) {
    let sandbox = try Sandbox()
    let project = try sandbox.repository("shop", files: [".piko.yml": configuration])
    #expect(try sandbox.piko("create", "feature/one", "--yes", in: project).status == 0)
    return (try ServerScene(in: sandbox), project)
  }

  private static let requests = [
    ("GET", "/api/environments"), ("GET", "/api/environments/feature-one"),
    ("GET", "/api/environments/feature-one/logs"), ("GET", "/api/events"),
    ("GET", "/api/environments/feature-one/approval"),
    ("GET", "/api/projects"), ("GET", "/api/actions"), ("POST", "/api/environments"),
    ("POST", "/api/environments/feature-one/up"), ("POST", "/api/environments/feature-one/down"),
    ("POST", "/api/environments/feature-one/restart"),
    ("POST", "/api/environments/feature-one/open"), ("DELETE", "/api/environments/feature-one"),
    ("GET", "/api/nothing"), ("OPTIONS", "/api/environments"), ("GET", "/other"),
  ]

  @Test func servesOnePageThatRunsNothingButItself() throws {
    let (server, _) = try scene()
    let page = try HTTPExchange("GET", "/", port: server.port)
    #expect(page.status == 200)
    #expect(page.body.hasPrefix("<!doctype html>"))
    // Nothing is fetched: no address of another place is in it, but the namespace of its icon.
    let addresses = page.body.split(separator: "http").dropFirst().filter {
      !$0.hasPrefix("://www.w3.org/2000/svg") && !$0.hasPrefix("-")
    }
    #expect(addresses.allSatisfy { !$0.hasPrefix("://") && !$0.hasPrefix("s://") })
    #expect(!page.body.contains("innerHTML") && !page.body.contains(" onclick="))
    for rule in [
      "default-src 'none'", "connect-src 'self'", "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
    ] { #expect(page.head.contains(rule)) }
    #expect(!page.head.contains("unsafe"))
    #expect(try HTTPExchange("HEAD", "/", port: server.port).status == 200)
  }

  @Test func refusesWhoLacksTheToken() throws {
    let (server, _) = try scene()
    let wrong = String(repeating: "0", count: 64)
    for (method, path) in Self.requests {
      for field in [[:], ["Authorization": "Bearer \(wrong)"], ["Authorization": server.token]] {
        let answer = try HTTPExchange(method, path, port: server.port, headers: field)
        #expect(answer.status == 401, "\(method) \(path)")
        #expect(answer.json["error"]?["message"]?.string?.hasSuffix("token") == true)
      }
    }
    try server.waitForNarration("warning: refused DELETE '/api/environments/feature-one': no token")
    try server.waitForNarration("wrong token")
    #expect(try server.sandbox.piko("list", "--all", "-q").stdout == "feature-one\n")
  }

  @Test func refusesForeignHostsAndOriginsWhateverTheyCarry() throws {
    let (server, _) = try scene()
    let foreign = [
      ["Host": "evil.example"], ["Host": "evil.example:\(server.port)"], ["Host": "localhost"],
      ["Host": "127.0.0.1:1"], ["Host": "localhost.evil.example:\(server.port)"], ["Host": ""],
      ["Origin": "http://evil.example"], ["Origin": "null"], ["Origin": "http://localhost:3000"],
      ["Origin": "https://127.0.0.1:\(server.port)"],
    ]
    for fields in foreign {
      for (method, path) in Self.requests + [("GET", "/")] {
        let answer = try server.ask(method, path, headers: fields)
        #expect(answer.status == 403 || answer.status == 400, "\(method) \(path) \(fields)")
        #expect(!answer.body.contains("feature"))
        #expect(!answer.head.lowercased().contains("access-control"))
      }
    }
    try server.waitForNarration("foreign host 'evil.example'")
    try server.waitForNarration("foreign origin 'null'")
    #expect(try server.sandbox.piko("list", "--all", "-q").stdout == "feature-one\n")
    let own = ["Host": "LOCALHOST:\(server.port)", "Origin": "http://localhost:\(server.port)"]
    #expect(try server.ask("GET", "/api/environments", headers: own).status == 200)
    #expect(
      try HTTPExchange(
        "GET", "/api/projects", port: server.port, address: "::1",
        headers: ["Host": "[::1]:\(server.port)", "Authorization": "Bearer \(server.token)"]
      ).status == 200)
  }

  @Test func showsThatItHasTheToken() throws {
    let (server, _) = try scene()
    let nonce = String(repeating: "5a", count: 32)
    // That it is the right one, the browsers of ServerPageTests find.
    let proof = try HTTPExchange("GET", "/api/proof?nonce=\(nonce)", port: server.port)
    #expect(proof.json["proof"]?.string?.count == 64 && !proof.body.contains(server.token))
    for query in ["", "?nonce=\(nonce)0", "?nonce=\(nonce.dropLast())%20"] {
      #expect(try HTTPExchange("GET", "/api/proof\(query)", port: server.port).status == 400)
    }
  }

  @Test func listensOnThisMachineOnly() throws {
    let (server, _) = try scene()
    let table = try Program("cat").output(["/proc/net/tcp", "/proc/net/tcp6"], failing: "no table")
    let hex = String(server.port, radix: 16, uppercase: true)
    let digits = String(repeating: "0", count: 4 - hex.count) + hex
    let addresses = table.split(separator: "\n").compactMap { line -> Substring? in
      let columns = line.split(separator: " ")
      guard columns.count > 3, columns[3] == "0A", columns[1].hasSuffix(":\(digits)") else {
        return nil
      }
      return columns[1].prefix { $0 != ":" }
    }
    #expect(
      Set(addresses) == ["0100007F", "00000000000000000000000001000000"], "\(addresses)")
  }

  @Test func theTokenIsThisUsersAndStays() throws {
    let sandbox = try Sandbox()
    let first = try ServerScene(in: sandbox)
    let file = "state/piko/server.token"
    #expect(try sandbox.output("stat", ["-c", "%a", "\(sandbox.root)/\(file)"]) == "600")
    #expect(try sandbox.read(FilePath(file)) == first.token + "\n")
    #expect(first.token.count == 64)
    first.interrupt()
    #expect(try first.status() == 0)
    #expect(try ServerScene(in: sandbox).token == first.token)
    // One that another could have read is no secret any more.
    try sandbox.output("chmod", ["644", "\(sandbox.root)/\(file)"])
    #expect(try ServerScene(in: sandbox).token != first.token)
    #expect(try sandbox.output("stat", ["-c", "%a", "\(sandbox.root)/\(file)"]) == "600")
  }

  @Test func answersAsTheVerbsPrint() throws {
    let (server, project) = try scene()
    let listed = try printed(["list", "--all", "--json"], server, project)
    var mine = try #require(
      try server.ask("GET", "/api/environments").json["environments"]?.array?.first)
    #expect(mine["services"] == .array([]))
    var theirs = try #require(listed["environments"]?.array?.first?.object)
    theirs["services"] = .array([])
    #expect(mine.object == theirs)
    for name in ["feature-one", "feature%2Fone"] {
      mine = try server.ask("GET", "/api/environments/\(name)").json
      #expect(try mine == printed(["status", "feature-one", "--json"], server, project))
    }
    let unknown = try server.ask("GET", "/api/environments/nothing")
    #expect(unknown.status == 404)
    #expect(unknown.json["error"]?["message"]?.string == "no environment 'nothing'")
    #expect(try server.ask("GET", "/api/environments/nothing?project=shop").status == 404)
  }

  /// What a verb prints as JSON, with its paths as they are.
  private func printed(
    _ arguments: [String], _ server: ServerScene, _ project: FilePath
  ) throws -> JSONValue {
    try JSONValue(
      parsing: Array(server.sandbox.output("piko", arguments, in: project).utf8))
  }

  @Test func createsAndDestroysAsTheVerbsDo() throws {
    let (server, project) = try scene()
    let dry = try server.ask("POST", "/api/environments", body: #"{"name":"two","dryRun":true}"#)
    #expect(dry.status == 200)
    let dryRun = ["create", "two", "--dry-run", "--json"]
    #expect(try dry.json["plan"] == printed(dryRun, server, project))
    #expect(try server.sandbox.piko("list", "--all", "-q").stdout == "feature-one\n")

    let made = try server.ask("POST", "/api/environments", body: #"{"name":"two"}"#)
    #expect(made.status == 201, "\(made.body)")
    #expect(made.json["action"]?["state"] == .string("done"))
    #expect(try server.sandbox.piko("list", "--all", "-q").stdout == "feature-one\ntwo\n")

    let again = try server.ask("POST", "/api/environments", body: #"{"name":"two"}"#)
    #expect(again.status == 409)
    let refused = try server.sandbox.piko("create", "two", in: project)
    let message = try #require(again.json["error"]?["message"]?.string)
    #expect(refused.stderr.hasPrefix("error: \(message)\n"), "\(refused)")
    let hints = again.json["error"]?["hints"]?.array?.compactMap(\.string) ?? []
    #expect(refused.stderr.hasSuffix(hints.map { "hint: \($0)\n" }.joined()))

    try server.sandbox.write("work", to: project.pushing(".piko/worktrees/two/file"))
    let kept = try server.ask("DELETE", "/api/environments/two")
    #expect(kept.status == 409)
    #expect(server.sandbox.exists(project.pushing(".piko/worktrees/two/file")))
    #expect(try server.ask("DELETE", "/api/environments/two?force=1").status == 200)
    #expect(try server.sandbox.piko("list", "--all", "-q").stdout == "feature-one\n")
  }

  @Test func takesWhatToShareAsAList() throws {
    // Its script might make a compose file.
    let (server, project) = try scene("scripts: {prepare: 'true'}\n")
    let asked = #"{"name":"two","dryRun":true,"shared":["db","mq"],"isolate":["web"]}"#
    let dry = try server.ask("POST", "/api/environments", body: asked)
    let words = ["two", "--dry-run", "--shared", "db", "--shared", "mq", "--isolate", "web"]
    let plan = try server.sandbox.output("piko", ["create"] + words, in: project)
    #expect(plan.contains("shared       db\nshared       mq\nisolated     web"), "\(plan)")
    #expect(dry.json["plan"]?["shared"]?.array?.compactMap(\.string) == ["db", "mq"], "\(dry)")
    #expect(dry.json["plan"]?["isolated"]?.array?.compactMap(\.string) == ["web"], "\(dry)")
    let wrong = try server.ask("POST", "/api/environments", body: #"{"name":"two","shared":"db"}"#)
    #expect(wrong.status == 400)
  }

  @Test func refusesWhatItDoesNotUnderstand() throws {
    let (server, _) = try scene()
    for (body, message) in [
      ("{", "the request is no JSON object"), ("[]", "the request is no JSON object"),
      ("{}", "no name or branch given"),
      (#"{"name":"x","colour":1}"#, "unknown key 'colour'"),
      (#"{"name":"x","from":true}"#, "the value of 'from' has the wrong type"),
      (#"{"name":"x","strict":"yes"}"#, "the value of 'strict' has the wrong type"),
    ] {
      let answer = try server.ask("POST", "/api/environments", body: body)
      #expect(answer.status == 400, "\(body)")
      #expect(answer.json["error"]?["message"]?.string == message)
    }
    // The system would take what is before it for the whole.
    let cut = try server.ask("POST", "/api/environments", body: #"{"name":"a\u0000b"}"#)
    #expect(cut.status == 400, "\(cut.body)")
    let service = try server.ask("GET", "/api/environments/feature-one/logs?service=a%00b")
    #expect(service.status == 400, "\(service.body)")
    // A name is never an option, whatever it looks like.
    let odd = try server.ask("POST", "/api/environments", body: #"{"name":"--help"}"#)
    #expect(odd.status >= 400, "\(odd.body)")
    #expect(try server.sandbox.piko("list", "--all", "-q").stdout == "feature-one\n")
    let large = String(repeating: "x", count: 100_000)
    #expect(try server.ask("POST", "/api/environments", body: large).status == 413)
  }

  @Test func approvesNothingButWhatItShowed() throws {
    let (server, project) = try scene("scripts: {prepare: 'touch ../first'}\n")
    try server.sandbox.commit(
      "scripts: {prepare: 'touch ../second'}\n", to: ".piko.yml", in: project)
    let refused = try server.ask("POST", "/api/environments", body: #"{"name":"two"}"#)
    #expect(refused.status == 503)
    #expect(refused.json["error"]?["detail"]?.string == "script prepare: touch ../second")
    let asked = try server.ask("POST", "/api/environments", body: #"{"name":"two","dryRun":true}"#)
    let approval = asked.json["plan"]?["approval"]
    #expect(approval?["isNeeded"] == .bool(true))
    #expect(approval?["runs"] == .array([.string("script prepare: touch ../second")]))
    let digest = try #require(approval?["digest"]?.string)
    let body = #"{"name":"two","approve":"\#(digest)"}"#
    // It changes between the question and the answer.
    try server.sandbox.commit(
      "scripts: {prepare: 'touch ../third'}\n", to: ".piko.yml", in: project)
    let late = try server.ask("POST", "/api/environments", body: body)
    #expect(late.status == 503)
    #expect(late.json["error"]?["detail"]?.string == "script prepare: touch ../third")
    try server.sandbox.commit(
      "scripts: {prepare: 'touch ../second'}\n", to: ".piko.yml", in: project)
    #expect(try server.ask("POST", "/api/environments", body: body).status == 201)
    let places = [("first", true), ("second", true), ("third", false)]
    for (file, ran) in places {
      let made = project.pushing(".piko/worktrees").appending(file)
      #expect(server.sandbox.exists(made) == ran, "\(file)")
    }
  }

  @Test func tellsWhatAStartWouldRun() throws {
    let (server, project) = try scene("scripts: {setup: 'touch ../first'}\n")
    let path = "/api/environments/feature-one"
    let before = try server.ask("GET", "\(path)/approval").json["approval"]
    #expect(before?["isNeeded"] == .bool(false))
    let file = project.pushing(".piko/worktrees/feature-one/.piko.yml")
    try server.sandbox.write("scripts: {setup: 'touch ../second'}\n", to: file)
    let after = try server.ask("GET", "\(path)/approval").json["approval"]
    #expect(after?["isNeeded"] == .bool(true))
    #expect(after?["runs"] == .array([.string("script setup: touch ../second")]))
    let refused = try server.ask("POST", "\(path)/up")
    #expect(refused.status == 503, "\(refused)")
    let digest = try #require(after?["digest"]?.string)
    let up = try server.ask("POST", "\(path)/up", body: #"{"approve":"\#(digest)"}"#)
    #expect(up.status == 200, "\(up)")
    try server.sandbox.write("ports: {web: 3000}\n", to: file)
    try server.sandbox.commit("ports: {web: 3000}\n", to: ".piko.yml", in: project)
    #expect(try server.ask("GET", "\(path)/approval").json["approval"] == nil)
    #expect(try server.ask("GET", "/api/environments/none/approval").status == 404)
  }

  @Test func drivesABareRepositoryThatNothingAroundItLeadsTo() throws {
    let sandbox = try Sandbox()
    let origin = try sandbox.repository("shop", files: [".piko.yml": "ports: {web: 3000}\n"])
    try sandbox.git("clone", "-q", "--bare", origin.string, "holder/shop.git")
    let bare = sandbox.root.pushing("holder/shop.git")
    #expect(try sandbox.piko("create", "one", in: bare).status == 0)
    let server = try ServerScene(in: sandbox)
    let made = try server.ask(
      "POST", "/api/environments", body: #"{"name":"two","project":"holder"}"#)
    #expect(made.status == 201, "\(made)")
    let gone = try server.ask("DELETE", "/api/environments/one")
    #expect(gone.status == 200, "\(gone)")
    #expect(try sandbox.piko("list", "--all", "-q").text == "1| two\nstatus 0")
    #expect(try sandbox.piko("list", "-q", in: bare).text == "1| two\nstatus 0")
    let known: [String: String?] = [
      "PIKO_ROOT": sandbox.root.appending("holder").string, "PIKO_ENV_NAME": "two",
    ]
    #expect(
      try sandbox.piko("path", environment: known).text
        == "1| <root>/holder/.piko/worktrees/two\nstatus 0")
    #expect(try sandbox.piko("doctor").status == 0)
  }

  @Test func keepsNoConnectionForWhoSaysNothing() throws {
    let (server, _) = try scene()
    let page = try server.listen()
    let halves = ["", "GET / HTTP/1.1\r\nHost: ", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"]
    let connections = try halves.map { half in
      let connection = try HTTPConnection(port: server.port)
      try connection.send(half)
      return connection
    }
    for connection in connections {
      #expect(try connection.read(within: .seconds(60)) { _ in false } != nil)
    }
    // Who listens to events says nothing either.
    #expect(
      try server.ask("POST", "/api/environments", body: #"{"name":"two"}"#).status == 201)
    #expect(try page.read(within: .seconds(60)) { $0.contains(#""name":"two""#) } != nil)
  }

  @Test func tellsTwentyPagesAtOnceWhatChanges() throws {
    let (server, project) = try scene()
    let pages = try (1...20).map { _ in try server.listen() }
    #expect(try server.sandbox.piko("create", "elsewhere", in: project).status == 0)
    for page in pages {
      let told = try page.read(within: .seconds(20)) {
        $0.contains("event: environment") && $0.contains(#""name":"elsewhere""#)
      }
      #expect(told != nil)
    }
    #expect(try server.sandbox.piko("destroy", "elsewhere", in: project).status == 0)
    for page in pages {
      #expect(try page.read(within: .seconds(20)) { $0.contains("event: gone") } != nil)
    }
    // A changed file shows too, without anybody asking.
    try server.sandbox.write("x", to: project.pushing(".piko/worktrees/feature-one/new"))
    #expect(
      try pages[0].read(within: .seconds(40)) { $0.contains(#""changed":1"#) } != nil)
  }

  @Test func aRequestNeedNotWaitForItsVerb() throws {
    let (server, _) = try scene()
    let page = try server.listen()
    let begun = try server.ask(
      "POST", "/api/environments", body: #"{"name":"later"}"#,
      headers: ["Prefer": "respond-async"])
    #expect(begun.status == 202)
    let id = try #require(begun.json["action"]?["id"]?.integer)
    let told = try page.read(within: .seconds(60)) {
      $0.contains("event: action") && $0.contains(#""state":"done""#)
    }
    #expect(told?.contains("event: progress\ndata: {\"id\":\(id),\"line\":\"✓ Created") == true)
    #expect(
      try server.ask("GET", "/api/actions/\(id)").json["action"]?["state"] == .string("done"))
    #expect(try server.sandbox.piko("list", "--all", "-q").stdout.contains("later\n"))
  }

  @Test func itsPagesExamplesWork() throws {
    let (server, _) = try scene()
    #expect(
      try server.sandbox.run("curl", "--version").status == 0, "the examples need curl")
    let state = server.sandbox.root.pushing("home/.local/state/piko")
    try server.sandbox.write(server.token, to: state.appending("server.token"))
    let lines = try SourceTree.text(of: "man/piko-server.1").split(separator: "\n")
      .filter { $0.hasPrefix("$ ") && !$0.contains("--open") }.map { $0.dropFirst(2) }
    #expect(lines.count >= 8)
    let script = lines.joined(separator: "\n").replacing("19876", with: "\(server.port)")
    let run = try server.sandbox.run("sh", "-ec", script)
    #expect(run.status == 0, "\(run)")
    #expect(run.stdout.split(separator: "\n").count == 5)
    #expect(try server.sandbox.piko("list", "--all", "-q").stdout == "feature-one\n")
  }
}
