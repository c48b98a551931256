package import PikoCore
import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Asks what listens on a host port, without any other program.
package enum Wire {
  /// The body of `GET path`, asked again until it comes or the time is over.
  ///
  /// - Throws: where nothing answers with status 200 in time, saying what did happen.
  package static func http(
    _ port: Int, address: String = "127.0.0.1", path: String = "/",
    within limit: Duration = .seconds(20)
  ) throws(Failure) -> String {
    let request = "GET \(path) HTTP/1.0\r\nHost: \(address)\r\n\r\n"
    return try again(within: limit) { () throws(Failure) in
      let answer = try exchange(request, stream, port, address)
      guard let head = answer.firstRange(of: "\r\n\r\n") else {
        throw Failure("no answer from \(address):\(port)")
      }
      let status = answer.prefix { $0 != "\r\n" }
      guard status.contains(" 200 ") else { throw Failure("\(address):\(port) says '\(status)'") }
      return String(answer[head.upperBound...])
    }
  }

  /// The answer to one datagram, sent again until it comes or the time is over.
  package static func udp(
    _ port: Int, address: String = "127.0.0.1", message: String = "who\n",
    within limit: Duration = .seconds(20)
  ) throws(Failure) -> String {
    try again(within: limit) { () throws(Failure) in
      try exchange(message, datagram, port, address)
    }
  }

  /// Whether something accepts connections on the port now.
  package static func listens(_ port: Int, address: String = "127.0.0.1") -> Bool {
    guard let socket = try? connected(stream, port, address) else { return false }
    close(socket)
    return true
  }

  private static func again(
    within limit: Duration, _ attempt: () throws(Failure) -> String
  ) throws(Failure) -> String {
    let end = ContinuousClock.now + limit
    while true {
      do throws(Failure) { return try attempt() } catch {
        if ContinuousClock.now > end { throw error }
        usleep(50_000)
      }
    }
  }

  private static func exchange(
    _ message: String, _ type: Int32, _ port: Int, _ address: String
  ) throws(Failure) -> String {
    let socket = try connected(type, port, address)
    defer { close(socket) }
    let bytes = Array(message.utf8)
    guard send(socket, bytes, bytes.count, 0) == bytes.count else {
      throw Failure("cannot send to \(address):\(port): \(Errno.current)")
    }
    var collected: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = recv(socket, &buffer, buffer.count, 0)
      if count < 0 { throw Failure("no answer from \(address):\(port): \(Errno.current)") }
      collected += buffer[..<count]
      if count == 0 || type == datagram { break }
    }
    return String(decoding: collected, as: UTF8.self)
  }

  /// A new TCP connection, which the caller closes.
  static func connection(to port: Int, address: String) throws(Failure) -> Int32 {
    try connected(stream, port, address)
  }

  private static func connected(
    _ type: Int32, _ port: Int, _ address: String
  ) throws(Failure) -> Int32 {
    var hints = addrinfo()
    hints.ai_socktype = type
    hints.ai_flags = AI_NUMERICHOST
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(address, "\(port)", &hints, &found) == 0, let entry = found else {
      throw Failure("'\(address)' is no address")
    }
    defer { freeaddrinfo(found) }
    let descriptor = socket(entry.pointee.ai_family, type, 0)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    var patience = timeval(tv_sec: type == datagram ? 1 : 5, tv_usec: 0)
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
      setsockopt(
        descriptor, SOL_SOCKET, option, &patience, socklen_t(MemoryLayout<timeval>.size))
    }
    guard connect(descriptor, entry.pointee.ai_addr, entry.pointee.ai_addrlen) == 0 else {
      let reason = Errno.current
      close(descriptor)
      throw Failure("cannot connect to \(address):\(port): \(reason)")
    }
    return descriptor
  }

  #if canImport(Glibc)
    private static let stream = Int32(SOCK_STREAM.rawValue)
    private static let datagram = Int32(SOCK_DGRAM.rawValue)
  #else
    private static let stream = SOCK_STREAM
    private static let datagram = SOCK_DGRAM
  #endif
}
