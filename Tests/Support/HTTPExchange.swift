package import PikoCore
import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// One HTTP request on one connection, with every field as the test gives it: browsers and curl set
/// some by themselves.
package struct HTTPExchange {
  package let status: Int
  /// The head as it came.
  package let head: String
  package let body: String

  /// The body as JSON; null where it is none.
  package var json: JSONValue { (try? JSONValue(parsing: Array(body.utf8))) ?? .null }

  package init(
    _ method: String, _ path: String, port: Int, address: String = "127.0.0.1",
    headers: [String: String] = [:], body: String = "", within limit: Duration = .seconds(120),
    untilEnd: Bool = true
  ) throws(Failure) {
    let connection = try HTTPConnection(port: port, address: address)
    var fields = ["Host": "127.0.0.1:\(port)", "Connection": "close"]
    if !body.isEmpty { fields["Content-Length"] = "\(body.utf8.count)" }
    fields.merge(headers) { _, new in new }
    try connection.send(
      "\(method) \(path) HTTP/1.1\r\n" + fields.map { "\($0.key): \($0.value)\r\n" }.joined()
        + "\r\n\(body)")
    // The documents of the server end with a newline.
    guard
      let text = try connection.read(
        within: limit, until: { !untilEnd && $0.contains("\r\n\r\n") && $0.hasSuffix("\n") }),
      let end = text.firstRange(of: "\r\n\r\n"),
      let status = text.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
    else { throw Failure("no answer to \(method) \(path)") }
    self.status = status
    head = String(text[..<end.lowerBound])
    self.body = String(text[end.upperBound...])
  }
}

/// A connection that is read for as long as a test wants.
package final class HTTPConnection {
  private let descriptor: Int32
  /// All that came.
  package private(set) var received = ""
  private var bytes: [UInt8] = []

  package init(port: Int, address: String = "127.0.0.1") throws(Failure) {
    descriptor = try Wire.connection(to: port, address: address)
  }

  deinit { close(descriptor) }

  package func send(_ text: String) throws(Failure) {
    let all = Array(text.utf8)
    var rest = all[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { throw Failure("cannot send: \(Errno.current)") }
      rest = rest.dropFirst(count)
    }
  }

  /// Reads until what came so far is enough, or the other side closes.
  ///
  /// - Returns: all that came; nil where the time was over before.
  package func read(
    within limit: Duration, until isEnough: (String) -> Bool
  ) throws(Failure) -> String? {
    let end = ContinuousClock.now + limit
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while !isEnough(received) {
      guard ContinuousClock.now < end else { return nil }
      var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&polled, 1, 100) > 0 else { continue }
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count == 0 { return received }
      guard count > 0 else { throw Failure("the connection broke: \(Errno.current)") }
      bytes += buffer[..<count]
      received = String(decoding: bytes, as: UTF8.self)
    }
    return received
  }
}
