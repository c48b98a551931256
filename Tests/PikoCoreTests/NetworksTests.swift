import PikoCore
import SystemPackage
import Testing

struct NetworksTests {
  @Test(arguments: [
    ("10.213.0.0/26", "10.213.0.0/26"), ("10.0.0.7/8", "10.0.0.0/8"),
    ("192.168.1.1", "192.168.1.1/32"), ("0.0.0.0/0", "0.0.0.0/0"),
    ("fd70:696b:6f00:1::5/64", "fd70:696b:6f00:1::/64"), ("::/0", "::/0"),
    ("fe80::1/128", "fe80::1/128"),
  ])
  func readsAndWritesSubnets(_ text: String, _ expected: String) {
    #expect(Subnet(text)?.description == expected)
  }

  @Test(arguments: [
    "", "/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0/8", "10.0.0.0/", "fd00::/129",
    "host/8", "10.0.0.0/8/8", "10.0.0.0 /8", "10.0.0.0/99999999999999999999",
  ])
  func refusesWhatIsNoSubnet(_ text: String) {
    #expect(Subnet(text) == nil)
  }

  @Test func knowsContainmentAndOverlap() throws {
    let big = try #require(Subnet("10.213.0.0/24"))
    let small = try #require(Subnet("10.213.0.64/26"))
    let next = try #require(Subnet("10.213.1.0/24"))
    #expect(big.contains(small) && !small.contains(big))
    #expect(big.overlaps(small) && small.overlaps(big) && !big.overlaps(next))
    #expect(big.contains("10.213.0.255") && !big.contains("10.213.1.0"))
    #expect(!big.contains("::1") && !big.contains("10.213.0.0/26") && !big.contains("x"))
    let everything = try #require(Subnet("0.0.0.0/0"))
    #expect(everything.contains(big))
    let everything6 = try #require(Subnet("::/0"))
    #expect(!everything6.overlaps(big))
    #expect(try everything6.contains(#require(Subnet("ffff::/16"))))
  }

  @Test(arguments: [(0, 26), (50, 26), (51, 25), (114, 25), (115, 24), (500, 22)])
  func sizesNetworksByTheirContainers(_ hosts: Int, _ prefix: Int) {
    #expect(SubnetPool.ipv4.prefix(forHosts: hosts) == prefix)
    #expect(SubnetPool.ipv6.prefix(forHosts: hosts) == 64)
  }

  @Test func givesTheLowestNetworkThatNothingUses() throws {
    func next(_ hosts: Int, _ taken: [String]) -> String? {
      SubnetPool.ipv4.next(forHosts: hosts, avoiding: taken.compactMap { Subnet($0) })?.description
    }
    #expect(next(10, []) == "10.213.0.0/26")
    #expect(next(10, ["10.213.0.0/26", "10.213.0.128/26"]) == "10.213.0.64/26")
    #expect(next(60, ["10.213.0.0/26"]) == "10.213.0.128/25")
    #expect(next(10, ["10.213.0.5/32", "10.213.0.64/30"]) == "10.213.0.128/26")
    #expect(next(10, ["10.212.0.0/15"]) == nil)
    #expect(next(10, ["10.213.0.0/17", "10.213.0.0/26", "172.16.0.0/12"]) == "10.213.128.0/26")
    #expect(next(100_000, []) == nil)
  }

  @Test func hasAThousandNetworksAndThenNone() throws {
    var taken: [Subnet] = []
    while let next = SubnetPool.ipv4.next(forHosts: 5, avoiding: taken) {
      #expect(!taken.contains { $0.overlaps(next) })
      taken.append(next)
      if taken.count > 2_000 { break }
    }
    #expect(taken.count == 1_024)
    #expect(taken.last?.description == "10.213.255.192/26")
  }

  @Test func cutsIPv6NetworksFromALocalPrefix() throws {
    let first = try #require(SubnetPool.ipv6.next(forHosts: 5, avoiding: []))
    #expect(first.description == "fd70:696b:6f00::/64")
    let second = SubnetPool.ipv6.next(forHosts: 5, avoiding: [first])
    #expect(second?.description == "fd70:696b:6f00:1::/64")
    let top = SubnetPool(try #require(Subnet("ffff:ffff:ffff:ffff::/64")))
    let last = try #require(top.next(forHosts: 1, avoiding: []))
    #expect(top.next(forHosts: 1, avoiding: [last]) == nil)
  }

  @Test func readsTheKernelsRoutes() {
    let ipv4 = """
      Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
      eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0
      eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0
      br-1\t4000D50A\t00000000\t0001\t0\t0\t0\tC0FFFFFF\t0\t0\t0
      """
    #expect(HostRoutes.ipv4(in: ipv4).map(\.description) == ["192.168.1.0/24", "10.213.0.64/26"])
    let ipv6 = """
      00000000000000000000000000000000 00 00000000000000000000000000000000 00 0 00000400 1 0 200200 lo
      00000000000000000000000000000001 80 00000000000000000000000000000000 00 0 00000100 2 0 80200001 lo
      fd70696b6f0000010000000000000000 40 00000000000000000000000000000000 00 0 00000100 2 0 00000001 br
      fe800000000000000000000000000000 40 00000000000000000000000000000000 00 0 00000100 2 0 00000001 br
      ff000000000000000000000000000000 08 00000000000000000000000000000000 00 0 00000100 2 0 00000001 br
      """
    #expect(HostRoutes.ipv6(in: ipv6).map(\.description) == ["fd70:696b:6f00:1::/64"])
  }

  @Test func readsThisMachinesOwnRoutes() throws {
    let routes = HostRoutes.load()
    #expect(!routes.contains { $0.prefix == 0 || $0.contains("127.0.0.1") })
    #expect(HostRoutes.load(from: "/nowhere").isEmpty)
  }
}
