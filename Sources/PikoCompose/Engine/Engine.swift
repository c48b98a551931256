import FoundationEssentials
package import PikoCore
import SystemPackage

/// The container engine's API, as far as piko reads it: one request on one connection per question.
///
/// Reading over the socket costs a millisecond or two where the docker command line takes twenty.
package struct Engine: Sendable {
  package let endpoint: EngineEndpoint
  /// How long an answer may take.
  package let timeout: Duration

  /// Where an engine does not know this version it names its own, and that one is used.
  private static let version = "1.44"

  package init(_ endpoint: EngineEndpoint = .current(), timeout: Duration = .seconds(20)) {
    self.endpoint = endpoint
    self.timeout = timeout
  }

  /// Asks whether the engine answers.
  ///
  /// - Throws: status 128 where it does not, with the reason.
  package func ping() throws(Failure) {
    let response = try answer(to: "/_ping")
    guard response.status == 200 else { throw unexpected(response) }
  }

  /// The containers that carry all the labels (`name` or `name=value`), stopped ones too.
  package func containers(labels: [String] = []) throws(Failure) -> [EngineContainer] {
    try decode("/containers/json?all=1&\(Engine.filter(labels))")
  }

  /// The networks that carry all the labels.
  package func networks(labels: [String] = []) throws(Failure) -> [EngineNetwork] {
    try decode("/networks?\(Engine.filter(labels))")
  }

  /// The volumes that carry all the labels.
  package func volumes(labels: [String] = []) throws(Failure) -> [EngineVolume] {
    let list: EngineVolume.List = try decode("/volumes?\(Engine.filter(labels))")
    return list.volumes ?? []
  }

  /// The images that carry all the labels.
  package func images(labels: [String] = []) throws(Failure) -> [EngineImage] {
    try decode("/images/json?\(Engine.filter(labels))")
  }

  /// The last lines a container wrote on both its streams, in the order it wrote them.
  package func logs(of container: String, tail: Int = 20) throws(Failure) -> String {
    let response = try versioned(
      "/containers/\(Engine.encoded(container))/logs?stdout=1&stderr=1&tail=\(tail)")
    guard response.status == 200 else { throw unexpected(response) }
    return LogFrames(response.body).text
  }

  /// When a container's process last ended; nil where it never did.
  package func endOfLife(of container: String) throws(Failure) -> EngineMoment? {
    let response = try versioned("/containers/\(Engine.encoded(container))/json")
    guard response.status == 200 else { throw unexpected(response) }
    let answer = try? JSONValue(parsing: response.body)
    return answer?["State"]?["FinishedAt"]?.string.flatMap { EngineMoment($0) }
  }

  // MARK: - Asking

  func decode<Answer: Decodable>(_ path: String) throws(Failure) -> Answer {
    let response = try versioned(path)
    guard response.status == 200 else { throw unexpected(response) }
    do {
      return try JSONDecoder().decode(Answer.self, from: Data(response.body))
    } catch {
      throw Failure("cannot read the container engine's answer to \(path.quoted): \(error)")
    }
  }

  private func versioned(_ path: String) throws(Failure) -> HTTPResponse {
    let response = try answer(to: "/v\(Engine.version)\(path)")
    guard response.status == 400, let own = response.headers["api-version"],
      own != Engine.version
    else { return response }
    let again = try answer(to: "/v\(own)\(path)")
    return again.status == 400 ? response : again
  }

  /// Reads an answer that has no end: `told` is called when it has begun, and for each piece of it.
  ///
  /// - Parameters:
  ///   - path: without a version, which makes it the engine's own latest.
  ///   - isOver: looked at a few times a second; the reading ends where it says so, or where the engine
  ///     closes the connection.
  func stream(_ path: String, until isOver: () -> Bool, told: () -> Void) throws(Failure) {
    guard case .socket(let socketPath) = endpoint else { return }
    try Engine.requireWhole(socketPath)
    do {
      let socket = try UnixSocket(connectingTo: socketPath)
      try socket.send(Engine.request(path), until: .now + timeout)
      var begun: [UInt8] = []
      while !isOver() {
        guard let piece = try socket.receive(within: .milliseconds(200)) else { continue }
        if piece.isEmpty { return }
        if HTTPHead(begun[...]) == nil {
          begun += piece
          guard let head = HTTPHead(begun[...]) else { continue }
          guard head.status == 200 else { return }
        }
        told()
      }
    } catch {
      throw failure(error, socketPath)
    }
  }

  private static func request(_ path: String) -> [UInt8] {
    Array(
      "GET \(path) HTTP/1.1\r\nHost: docker\r\nUser-Agent: piko\r\nConnection: close\r\n\r\n".utf8)
  }

  private func answer(to path: String) throws(Failure) -> HTTPResponse {
    let request = Engine.request(path)
    let bytes: [UInt8]
    switch endpoint {
    case .socket(let path): bytes = try exchange(request, over: path)
    case .commandLine: bytes = try exchangeByCommandLine(request)
    }
    guard let response = HTTPResponse(bytes) else {
      throw Failure("cannot read the container engine's answer: it ends too soon")
    }
    return response
  }

  /// A path that starts here or there, by the directory a program is in, would be one socket to piko
  /// and another to Compose.
  private static func requireWhole(_ path: FilePath) throws(Failure) {
    guard !path.isAbsolute else { return }
    let whole = Paths.argument(try ProcessEnvironment.currentDirectory().pushing(path))
    throw Failure(
      "cannot use the container engine at \("unix://\(path)".masked.quoted): its path is relative",
      hint: path.isEmpty
        ? "to use the one of this machine instead, run 'unset DOCKER_HOST'"
        : "to name it whole, run 'export DOCKER_HOST=unix://\(whole)'",
      status: .cannotStart)
  }

  private func exchange(_ request: [UInt8], over path: FilePath) throws(Failure) -> [UInt8] {
    try Engine.requireWhole(path)
    let deadline = ContinuousClock.now + timeout
    do {
      let socket = try UnixSocket(connectingTo: path)
      try socket.send(request, until: deadline)
      var bytes: [UInt8] = []
      while true {
        let more = try socket.receive(until: deadline)
        if more.isEmpty { return bytes }
        bytes += more
      }
    } catch {
      try Interrupt.check()
      throw failure(error, path)
    }
  }

  private func exchangeByCommandLine(_ request: [UInt8]) throws(Failure) -> [UInt8] {
    // The engine drops the question of a caller whose side of the connection has ended: some of its
    // answers are then empty instead of an error.
    let result = try Program("docker").run(
      ["system", "dial-stdio"], input: request, endingInput: false, timeout: timeout)
    guard result.succeeded || !result.output.isEmpty else {
      throw Failure(
        "cannot reach the container engine",
        hints: [Engine.checkHint] + [EngineEndpoint.choice?.hint].compactMap(\.self),
        detail: result.errors, status: .cannotStart)
    }
    return result.output
  }

  // MARK: - Failures

  /// What starts the engine that listens on a socket, or leads back to this machine's own.
  ///
  /// - Parameter choice: what names it; nil for nothing.
  static func startHint(
    _ socket: FilePath, _ choice: EngineEndpoint.Choice? = EngineEndpoint.choice
  ) -> String {
    if socket.starts(with: "/run/user") {
      return "to start it, run 'systemctl --user start docker'"
    }
    return choice?.hint ?? "to start it, run '\(startCommand)'"
  }

  /// What starts an engine on this machine.
  private static var startCommand: String {
    if FileCopy.isDirectory("/run/systemd/system") { return "sudo systemctl start docker" }
    return FileCopy.exists("/etc/init.d/docker") ? "sudo service docker start" : "sudo dockerd"
  }

  private static let checkHint = "to see what docker says, run 'docker info'"

  private func failure(_ error: Errno, _ path: FilePath) -> Failure {
    let name = Paths.display(path).quoted
    switch error {
    case .timedOut:
      return Failure(
        "the container engine at \(name) does not answer", hint: Engine.checkHint,
        status: .cannotStart)
    case .permissionDenied:
      return Failure(
        "cannot use the container engine at \(name): permission denied",
        hint: "to be allowed to, run 'sudo usermod -aG docker \"$USER\"' and log in again",
        status: .cannotStart)
    case .noSuchFileOrDirectory, .connectionRefused:
      return Failure(
        "the container engine is not running: nothing answers at \(name)",
        hint: Engine.startHint(path), status: .cannotStart)
    default:
      return Failure(
        "cannot use the container engine at \(name): \(error)", hint: Engine.checkHint,
        status: .cannotStart)
    }
  }

  private func unexpected(_ response: HTTPResponse) -> Failure {
    let message = (try? JSONValue(parsing: response.body))?["message"]?.string
    return Failure(
      "the container engine refused a question: \(message?.masked ?? "status \(response.status)")")
  }

  // MARK: - Paths

  private static func filter(_ labels: [String]) -> String {
    guard !labels.isEmpty else { return "" }
    let list = labels.map(Override.quoted).joined(separator: ",")
    return "filters=" + encoded("{\"label\":[\(list)]}")
  }

  /// The text as a part of a URL (RFC 3986, 2.3).
  static func encoded(_ text: String) -> String {
    var result = ""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
        UInt8(ascii: "."), UInt8(ascii: "~"):
        result.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        result += "%" + (digits.count == 1 ? "0" : "") + digits
      }
    }
    return result
  }
}
