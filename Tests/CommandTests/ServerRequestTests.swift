import PikoCore
import Support
import SystemPackage
import Testing

/// Requests that could mean two things, or nothing: the server does neither.
@Suite struct ServerRequestTests {
  private let server: ServerScene
  private let one = "/api/environments/feature-one"

  init() throws {
    let sandbox = try Sandbox()
    let project = try sandbox.repository("shop", files: [".piko.yml": "ports: {web: 3000}\n"])
    let made = try sandbox.piko("create", "feature/one", "--yes", in: project)
    try #require(made.status == 0, "\(made)")
    server = try ServerScene(in: sandbox)
  }

  private func expectKept() throws {
    #expect(try server.sandbox.piko("list", "--all", "-q").stdout == "feature-one\n")
  }

  @Test func aParameterIsGivenOnceAndUnderstood() throws {
    for (query, message) in [
      ("?dryRun=1&dryRun=0", "the parameter 'dryRun' is given twice"),
      ("?dryRun=1&force=0&dryRun=1", "the parameter 'dryRun' is given twice"),
      ("?dryrun=1", "unknown parameter 'dryrun'"), ("?dryRun=no", "is 1 or 0, not 'no'"),
      ("?project=shop&project=other", "the parameter 'project' is given twice"),
    ] {
      let answer = try server.ask("DELETE", one + query)
      #expect(answer.status == 400, "\(query)")
      #expect(answer.json["error"]?["message"]?.string?.contains(message) == true, "\(answer)")
    }
    let both = try server.ask("DELETE", "\(one)?dryRun=1", body: #"{"dryRun":false}"#)
    #expect(both.status == 400, "\(both)")
    for path in ["?stats=1&stats=0", "?colour=1", "/logs?follow=perhaps", "/approval?x"] {
      #expect(try server.ask("GET", one + path).status == 400, "\(path)")
    }
    try expectKept()
    #expect(try server.ask("DELETE", "\(one)?dryRun").status == 200)
    #expect(try server.ask("DELETE", "\(one)?dryRun=true&force=0&project=shop").status == 200)
    try expectKept()
  }

  @Test func aMemberOfABodyIsOfItsType() throws {
    for (body, message) in [
      (#"{"name":"x","project":5}"#, "the value of 'project' has the wrong type"),
      (#"{"name":["x"]}"#, "the value of 'name' has the wrong type"),
      (#"{"name":"x","projects":"shop"}"#, "unknown key 'projects'"),
    ] {
      let answer = try server.ask("POST", "/api/environments", body: body)
      #expect(answer.status == 400, "\(body)")
      #expect(answer.json["error"]?["message"]?.string == message)
    }
    let two = try server.ask(
      "POST", "/api/environments?project=other", body: #"{"name":"x","project":"shop"}"#)
    #expect(two.status == 400, "\(two)")
    #expect(try server.ask("POST", "\(one)/up", body: #"{"project":"shop"}"#).status == 400)
    try expectKept()
  }

  @Test func aKeyStandsInABodyOnce() throws {
    for (body, key) in [
      (#"{"name":"x","name":"y"}"#, "name"), (#"{"name":"x","\u006eame" : "y"}"#, "name"),
      (#"{"name":"x","shared":[{"a":"}","b":1},{"a":1,"a":"\""}]}"#, "a"),
    ] {
      let answer = try server.ask("POST", "/api/environments", body: body)
      #expect(answer.status == 400, "\(body)")
      #expect(answer.json["error"]?["message"]?.string == "the key '\(key)' is given twice")
    }
    let twice = #"{"dryRun":true,"dryRun":false}"#
    #expect(try server.ask("DELETE", one, body: twice).status == 400)
    try expectKept()
    // One that is a value too is not.
    let plan = try server.ask(
      "POST", "/api/environments", body: #"{"name":"dryRun","dryRun":true,"branch":"name"}"#)
    #expect(plan.status == 200, "\(plan)")
  }

  @Test func aServiceThatIsNotThereIsNotFound() throws {
    let logs = try server.ask("GET", "\(one)/logs?service=nope")
    #expect(logs.status == 404, "\(logs)")
    #expect(
      logs.json["error"]?["message"]?.string == "environment 'feature-one' has no service 'nope'")
    #expect(
      try server.ask("POST", "\(one)/restart", body: #"{"service":"nope"}"#).status == 404)
  }

  @Test(arguments: [
    "Feature-one", "feature.one", "feature-one%00", "feature-one%0a", "feature_one",
    "FEATURE%2FONE",
    "feature-one%e2%80%8b", "feature%20one",
  ])
  func aNameIsMeantToTheByte(name: String) throws {
    for (method, path) in [
      ("DELETE", ""), ("DELETE", "?project=shop"), ("GET", ""), ("POST", "/down"),
    ] {
      let answer = try server.ask(method, "/api/environments/\(name)\(path)")
      #expect(answer.status == 404, "\(method) \(name)\(path) \(answer)")
    }
    try expectKept()
  }

  @Test func aNameThatIsNoTextIsRefused() throws {
    for method in ["GET", "DELETE"] {
      #expect(try server.ask(method, "/api/environments/feature-one%ff").status == 400)
    }
    try expectKept()
  }

  private func raw(_ lines: String...) throws -> String {
    let connection = try HTTPConnection(port: server.port)
    try connection.send(lines.map { "\($0)\r\n" }.joined() + "Connection: close\r\n\r\n")
    let answer = try connection.read(within: .seconds(30)) { $0.contains("\r\n\r\n") }
    return String(try #require(answer).prefix { $0 != "\r\n" })
  }

  @Test func thereIsOneHost() throws {
    let (own, port) = ("Host: 127.0.0.1:\(server.port)", server.port)
    let token = "Authorization: Bearer \(server.token)"
    let path = "/api/environments"
    #expect(try raw("GET \(path) HTTP/1.1", own, token).contains(" 200 "))
    #expect(try raw("GET \(path) HTTP/1.1", own, "Host: evil", token).contains(" 400 "))
    #expect(try raw("GET \(path) HTTP/1.1", own, own, token).contains(" 400 "))
    #expect(try raw("GET / HTTP/1.1", own, "Host: evil").contains(" 400 "))
    // A target that is a whole address.
    #expect(try raw("GET http://127.0.0.1:\(port)\(path) HTTP/1.1", own, token).contains(" 200 "))
    for host in [
      "evil", "evil:\(port)", "127.0.0.1", "127.0.0.1:\(port)@evil", "localhost:\(port)",
    ] {
      let target = "GET http://\(host)\(path) HTTP/1.1"
      #expect(try raw(target, own, token).contains(" 400 "), "\(host)")
    }
    #expect(try raw("GET https://evil/ HTTP/1.1", own).contains(" 400 "))
    #expect(try raw("GET http://evil/ HTTP/1.1", "Host: evil", token).contains(" 403 "))
  }

  /// A caller that sends all before it reads still learns why.
  @Test(arguments: ["close", "keep-alive"]) func aLargeBodyIsAnswered(connection: String) throws {
    let body = String(repeating: "x", count: 30_000_000)
    let fields = ["Connection": connection]
    let answer = try HTTPExchange(
      "POST", "/api/environments", port: server.port, headers: fields, body: body,
      within: .seconds(60), untilEnd: connection == "close")
    #expect(answer.status == 401)
    #expect(answer.json["error"]?["message"]?.string == "no token")
  }
}
