import PikoCore
import Testing

@Suite struct WebPortTests {
  private func lease(
    _ service: String, _ target: Int, _ port: Int, address: String = "",
    _ transport: Transport = .tcp
  ) -> PortLease {
    PortLease(
      mapping: PortMapping(
        service: service, target: target, transport: transport, address: address), port: port)
  }

  @Test(arguments: [
    ("", 80, "http://localhost:1"), ("0.0.0.0", 443, "https://localhost:1"),
    ("::", 8443, "https://localhost:1"), ("127.0.0.1", 3000, "http://127.0.0.1:1"),
    ("::1", 80, "http://[::1]:1"),
  ])
  func urlHasTheLeasesAddress(address: String, target: Int, url: String) throws {
    #expect(try WebPort(among: [lease("web", target, 1, address: address)], of: "it").url == url)
  }

  @Test func wellKnownTargetsComeInTheirOrder() throws {
    let leases = [
      lease("a", 8080, 1), lease("b", 443, 2), lease("c", 5432, 3), lease("b", 80, 4),
    ]
    #expect(try WebPort(among: leases, of: "it").lease.port == 4)
    #expect(try WebPort(among: Array(leases.prefix(3)), of: "it").lease.port == 2)
    #expect(try WebPort(among: [leases[2]], of: "it").lease.port == 3)
  }

  @Test func onePortOnSeveralAddressesIsOneThing() throws {
    let leases = [
      lease("web", 7000, 5, address: "::1"), lease("web", 7000, 4, address: "127.0.0.1"),
      lease("web", 7000, 6, .udp),
    ]
    #expect(try WebPort(among: leases, of: "it").lease.port == 4)
  }

  @Test func equalsAreListed() throws {
    let failure = #expect(throws: Failure.self) {
      try WebPort(
        among: [lease("a", 80, 1), lease("b", 80, 2), lease("c", 443, 3)], of: "environment 'x'")
    }
    #expect(failure?.message == "environment 'x' has several ports to show: a:80, b:80")
    #expect(throws: Failure.self) { try WebPort(among: [lease("a", 80, 1, .udp)], of: "it") }
  }

  @Test func wishesOfLabelsWin() throws {
    let leases = [lease("a", 80, 1), lease("b", 9000, 2), lease("b", 7000, 3)]
    let port = try #require(try WebPort.Wish(service: "b", label: "7000"))
    #expect(try WebPort(among: leases, wishes: [port], of: "it").lease.port == 3)
    let service = try #require(try WebPort.Wish(service: "b", label: "true"))
    #expect(try WebPort(among: leases, wishes: [service], of: "it").lease.port == 2)
    let other = try #require(try WebPort.Wish(service: "gone", label: "80"))
    #expect(try WebPort(among: leases, wishes: [other], of: "it").lease.port == 1)
    #expect(try WebPort.Wish(service: "b", label: "false") == nil)
    #expect(throws: Failure.self) { try WebPort.Wish(service: "b", label: "web") }
    let wrong = try #require(try WebPort.Wish(service: "b", label: "80"))
    #expect(throws: Failure.self) { try WebPort(among: leases, wishes: [wrong], of: "it") }
  }
}
