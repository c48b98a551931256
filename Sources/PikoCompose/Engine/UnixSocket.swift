import PikoCore
import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// One connection to a Unix socket: a request written, the answer read until the other side closes.
struct UnixSocket: ~Copyable {
  private let descriptor: Int32

  /// - Throws: where nobody listens there, or this user may not connect.
  init(connectingTo path: FilePath) throws(Errno) {
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw Errno.current }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.string.utf8)
    let room = MemoryLayout.size(ofValue: address.sun_path)
    guard bytes.count < room else {
      close(descriptor)
      throw Errno.fileNameTooLong
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    let descriptor = descriptor
    let connected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) }
    }
    guard connected == 0 else {
      let reason = Errno.current
      close(descriptor)
      throw reason
    }
  }

  deinit { close(descriptor) }

  /// Sends all of `bytes`; a peer that has gone is an error, not a signal.
  func send(_ bytes: [UInt8], until deadline: ContinuousClock.Instant) throws(Errno) {
    var rest = bytes[...]
    while !rest.isEmpty {
      try wait(for: POLLOUT, until: deadline)
      let count = rest.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if errno != EINTR && errno != EAGAIN {
        throw Errno.current
      }
    }
  }

  /// Reads what comes next; empty at the end.
  func receive(until deadline: ContinuousClock.Instant) throws(Errno) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      try wait(for: POLLIN, until: deadline)
      let count = buffer.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
      if count >= 0 { return Array(buffer[..<count]) }
      if errno != EINTR && errno != EAGAIN { throw Errno.current }
    }
  }

  /// Reads what comes next; empty at the end, nil where nothing comes within `limit`.
  func receive(within limit: Duration) throws(Errno) -> [UInt8]? {
    do {
      return try receive(until: .now + limit)
    } catch .timedOut {
      return nil
    }
  }

  /// Waits until the socket is ready.
  ///
  /// - Throws: `timedOut` at the deadline, `interrupted` where a signal that piko catches arrived.
  private func wait(for event: Int32, until deadline: ContinuousClock.Instant) throws(Errno) {
    while true {
      let left = Int32(max(0, (deadline - .now) / .milliseconds(1)))
      guard left > 0 else { throw Errno.timedOut }
      var polled = pollfd(fd: descriptor, events: Int16(event), revents: 0)
      if poll(&polled, 1, min(left, 200)) > 0 { return }
      if Interrupt.received != nil, !Interrupt.isShielded { throw Errno.interrupted }
    }
  }
}
