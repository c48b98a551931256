import Glibc
import PikoCore
import Testing

/// Probing, against sockets of this very process.
@Suite(.serialized) struct PortsProbeTests {
  /// A socket bound to a port that the kernel chose; closed at the end of its life.
  private final class Bound {
    let descriptor: Int32
    private(set) var port = 0

    init?(
      _ transport: Transport, _ family: Int32, port wanted: Int = 0, v6Only: Bool = true,
      reuses: Bool = false
    ) {
      let type = transport == .udp ? SOCK_DGRAM : SOCK_STREAM
      descriptor = socket(family, Int32(type.rawValue), 0)
      guard descriptor >= 0 else { return nil }
      var reuse: Int32 = reuses ? 1 : 0
      setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &reuse, 4)
      var flag: Int32 = v6Only ? 1 : 0
      if family == AF_INET6 {
        setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &flag, 4)
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_port = UInt16(wanted).bigEndian
        if v6Only { address.sin6_addr = in6addr_loopback }
        guard Self.call(descriptor, &address, bind) == 0 else { return nil }
        port = Int(UInt16(bigEndian: Self.name(descriptor, sockaddr_in6()).sin6_port))
      } else {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(wanted).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        guard Self.call(descriptor, &address, bind) == 0 else { return nil }
        port = Int(UInt16(bigEndian: Self.name(descriptor, sockaddr_in()).sin_port))
      }
      if transport == .tcp { listen(descriptor, 8) }
    }

    deinit { close(descriptor) }

    func connectAndLeaveTimeWait() {
      let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = UInt16(port).bigEndian
      address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
      #expect(Self.call(client, &address, Glibc.connect) == 0)
      let server = accept(descriptor, nil, nil)
      // Who closes first keeps the connection in TIME_WAIT.
      close(server)
      var byte: UInt8 = 0
      #expect(read(client, &byte, 1) == 0)
      close(client)
    }

    private static func call<Address>(
      _ descriptor: Int32, _ address: inout Address,
      _ function: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
      withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          function(descriptor, $0, socklen_t(MemoryLayout<Address>.size))
        }
      }
    }

    private static func name<Address>(_ descriptor: Int32, _ empty: Address) -> Address {
      var address = empty
      var size = socklen_t(MemoryLayout<Address>.size)
      withUnsafeMutablePointer(to: &address) {
        _ = $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          getsockname(descriptor, $0, &size)
        }
      }
      return address
    }
  }

  @Test func aListenerOnLoopbackCountsAndOtherTransportsDoNot() throws {
    let tcp = try #require(Bound(.tcp, AF_INET))
    #expect(!PortProbe.isFree(tcp.port, .tcp))
    let udp = try #require(Bound(.udp, AF_INET))
    #expect(!PortProbe.isFree(udp.port, .udp))
    #expect(PortProbe.isFree(udp.port, .tcp) || Bound(.tcp, AF_INET, port: udp.port) == nil)
  }

  @Test func aPortIsFreeAgainOnceItsSocketIsClosed() throws {
    for transport in [Transport.tcp, .udp] {
      let port = try #require(Bound(transport, AF_INET)).port
      #expect(PortProbe.isFree(port, transport))
      #expect(PortProbe.isFree(port, transport), "the probe itself leaves nothing")
    }
  }

  @Test(
    .enabled("this machine has IPv6") {
      let descriptor = socket(AF_INET6, Int32(SOCK_STREAM.rawValue), 0)
      defer { close(descriptor) }
      return descriptor >= 0 && Bound(.tcp, AF_INET6) != nil
    })
  func aListenerByIPv6AloneCounts() throws {
    let single = try #require(Bound(.tcp, AF_INET6))
    #expect(!PortProbe.isFree(single.port, .tcp))
    let dual = try #require(Bound(.tcp, AF_INET6, v6Only: false))
    #expect(!PortProbe.isFree(dual.port, .tcp))
    let udp = try #require(Bound(.udp, AF_INET6))
    #expect(!PortProbe.isFree(udp.port, .udp))
  }

  @Test func aConnectionInTimeWaitDoesNotCount() throws {
    var port = 0
    do {
      // As servers do; on Linux both sides must have asked for it.
      let listener = try #require(Bound(.tcp, AF_INET, reuses: true))
      port = listener.port
      listener.connectAndLeaveTimeWait()
    }
    // Proof that the connection is in the way of who does not know: a plain bind fails.
    #expect(Bound(.tcp, AF_INET, port: port) == nil)
    #expect(PortProbe.isFree(port, .tcp))
  }

  @Test func numbersThatAreNoPortsAreNotFree() {
    #expect(!PortProbe.isFree(0, .tcp))
    #expect(!PortProbe.isFree(65_536, .tcp))
  }

  @Test func namesTheProcessThatListens() throws {
    for transport in [Transport.tcp, .udp] {
      let bound = try #require(Bound(transport, AF_INET))
      let holder = try #require(PortHolder.find(bound.port, transport))
      #expect(holder.pid == Int(getpid()))
      #expect(!holder.name.isEmpty)
    }
    let gone = try #require(Bound(.tcp, AF_INET)).port
    #expect(PortHolder.find(gone, .tcp) == nil)
  }

  @Test func readsTheKernelsTableOfSockets() {
    let table = """
        sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
         0: 0100007F:2774 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1
         1: 0100007F:2774 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1000        0 4712 1
         2: 00000000:2775 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4713 1
      """
    #expect(PortHolder.inodes(holding: 10_100, .tcp, in: table) == ["4711"])
    #expect(PortHolder.inodes(holding: 10_102, .tcp, in: table).isEmpty)
    #expect(PortHolder.inodes(holding: 10_100, .udp, in: table).isEmpty)
  }
}
