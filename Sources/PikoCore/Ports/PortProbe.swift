#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Whether something on this machine answers on a port, asked of the system by binding it.
package enum PortProbe {
  /// Whether a container could be published on the port: no socket holds it on any address, by
  /// IPv4 or IPv6. A connection that is only waiting to be forgotten (TIME_WAIT) does not count,
  /// and neither does a protocol that this machine does not speak.
  package static func isFree(_ port: Int, _ transport: Transport) -> Bool {
    guard let number = UInt16(exactly: port), number > 0 else { return false }
    return canBind(number, transport, AF_INET) && canBind(number, transport, AF_INET6)
  }

  private static func canBind(_ port: UInt16, _ transport: Transport, _ family: Int32) -> Bool {
    let descriptor = socket(family, transport.socketType, transport.protocolNumber)
    // No such protocol here: nobody can hold the port by it.
    guard descriptor >= 0 else { return true }
    defer { close(descriptor) }
    var yes: Int32 = 1
    let size = socklen_t(MemoryLayout<Int32>.size)
    // On Linux this lets a TCP socket bind beside connections in TIME_WAIT, never beside a listener;
    // with UDP it would let two sockets share the port (socket(7)).
    if transport != .udp { setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, size) }
    let bound: Int32
    if family == AF_INET {
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = port.bigEndian
      bound = bindTo(descriptor, &address)
    } else {
      setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &yes, size)
      var address = sockaddr_in6()
      address.sin6_family = sa_family_t(AF_INET6)
      address.sin6_port = port.bigEndian
      bound = bindTo(descriptor, &address)
    }
    return bound == 0 || (errno != EADDRINUSE && errno != EACCES)
  }

  private static func bindTo<Address>(_ descriptor: Int32, _ address: inout Address) -> Int32 {
    withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<Address>.size))
      }
    }
  }
}

extension Transport {
  fileprivate var socketType: Int32 {
    #if canImport(Glibc)
      Int32((self == .udp ? SOCK_DGRAM : SOCK_STREAM).rawValue)
    #else
      self == .udp ? SOCK_DGRAM : SOCK_STREAM
    #endif
  }

  fileprivate var protocolNumber: Int32 {
    switch self {
    case .tcp: Int32(IPPROTO_TCP)
    case .udp: Int32(IPPROTO_UDP)
    case .sctp: 132  // IANA's number; the C library's constant is not the same type everywhere
    }
  }
}
