import PikoCore
import Support
import Synchronization
import SystemPackage
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A server that runs for one test, and requests of it.
final class ServerScene {
  let sandbox: Sandbox
  private let server: RunningProgram
  private let said = Said()
  let port: Int
  let token: String

  /// The address that it printed.
  var address: String { "http://127.0.0.1:\(port)/#\(token)" }

  /// Starts `piko server` on any free port and waits until it says its address. It is ended with the
  /// sandbox.
  init(
    in sandbox: Sandbox, _ options: [String] = [], port: Int = 0, directory: FilePath? = nil,
    environment: [String: String?] = [:]
  ) throws {
    self.sandbox = sandbox
    let server = try RunningProgram(
      Program(BuiltPrograms.path(of: "piko-server").string), ["--port=\(port)"] + options,
      in: directory ?? sandbox.root, environment: sandbox.environment(environment))
    self.server = server
    let said = said
    Background.start {
      let status = server.follow { said.add($1, isError: $0 == .errors) }
      said.end(status)
    }
    sandbox.whenDone { _ in
      server.terminate()
      _ = try said.status(within: .seconds(60))
    }
    let line = try said.wait { $0.output.first }
    let parts = line.split(separator: "#")
    let number = parts[0].split(separator: ":").last?.prefix { $0.isNumber }
    self.port = try #require(number.flatMap { Int($0) }, "\(line)")
    token = try #require(parts.last.map(String.init))
  }

  /// A request with the token.
  func ask(
    _ method: String, _ path: String, body: String = "", headers: [String: String] = [:]
  ) throws -> HTTPExchange {
    try HTTPExchange(
      method, path, port: port,
      headers: ["Authorization": "Bearer \(token)"].merging(headers) { _, new in new }, body: body)
  }

  /// The event stream, after its snapshot.
  func listen() throws -> HTTPConnection {
    let connection = try HTTPConnection(port: port)
    try connection.send(
      "GET /api/events HTTP/1.1\r\nHost: localhost:\(port)\r\nAuthorization: Bearer \(token)\r\n\r\n"
    )
    _ = try #require(
      try connection.read(within: .seconds(30)) { $0.contains("event: snapshot\ndata: {") })
    return connection
  }

  /// The lines of standard error so far.
  var narration: [String] { said.narration }

  func waitForNarration(_ text: String) throws {
    try said.wait { $0.narration.contains { $0.contains(text) } ? true : nil }
  }

  func interrupt() { server.send(SIGINT) }

  /// The exit status, once it has ended.
  func status(within limit: Duration = .seconds(60)) throws -> Int32 {
    try said.status(within: limit)
  }

  /// What the server has said, kept by the thread that reads it.
  private final class Said: Sendable {
    struct Text {
      var output: [String] = []
      var narration: [String] = []
      var status: Int32?
    }

    private let text = Mutex(Text())

    var narration: [String] { text.withLock { $0.narration } }

    func add(_ line: String, isError: Bool) {
      text.withLock { if isError { $0.narration.append(line) } else { $0.output.append(line) } }
    }

    func end(_ status: Int32) { text.withLock { $0.status = status } }

    @discardableResult
    func wait<Value: Sendable>(
      within limit: Duration = .seconds(60), for look: (Text) -> Value?
    ) throws -> Value {
      let end = ContinuousClock.now + limit
      while true {
        let now = text.withLock { $0 }
        if let value = look(now) { return value }
        guard ContinuousClock.now < end, now.status == nil else {
          throw Failure("the server did not: \(now)")
        }
        usleep(20_000)
      }
    }

    func status(within limit: Duration) throws -> Int32 {
      let end = ContinuousClock.now + limit
      while ContinuousClock.now < end {
        if let status = text.withLock({ $0.status }) { return status }
        usleep(20_000)
      }
      throw Failure("the server did not end: \(text.withLock { $0 })")
    }
  }
}
