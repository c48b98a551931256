import PikoCore
import Testing

@testable import PikoCompose

@Suite struct NamesIsolationTests {
  @Test func aContainerNameBecomesAnAliasOnEachNetwork() throws {
    let checkout = try Checkout(
      """
      services:
        web: {image: x, container_name: shop-web, networks: {default: , back: {aliases: [w]}}}
      networks: {back: }
      """)
    #expect(try checkout.plain()["services/web/container_name"] == "shop-web")
    let merged = try checkout.isolated()
    #expect(merged["services/web/container_name"] == nil)
    #expect(merged["services/web/networks/default/aliases"] == .array(["shop-web"]))
    #expect(merged["services/web/networks/back/aliases"] == .array(["w", "shop-web"]))
  }

  @Test func anOldContainerNameIsNoAliasOnASharedNetwork() throws {
    let checkout = try Checkout(
      """
      services: {web: {image: x, container_name: shop-web, networks: [proxy]}}
      networks: {proxy: {external: true}}
      """)
    #expect(try checkout.isolated()["services/web/networks/proxy/aliases"] == nil)
  }

  @Test func aVolumeWithAFixedNameGetsAPrivateOne() throws {
    let checkout = try Checkout(
      """
      services: {db: {image: x, volumes: ["data:/data", "own:/own"]}}
      volumes: {data: {name: shop-data, driver_opts: {type: tmpfs, device: tmpfs}}, own: }
      """)
    #expect(try checkout.plain()["volumes/data/name"] == checkout.main()["volumes/data/name"])
    let merged = try checkout.isolated()
    #expect(merged["volumes/data/name"] == "piko-shop-auth_data")
    #expect(merged["volumes/data/driver_opts/type"] == "tmpfs")
    #expect(merged["volumes/own/name"] == "piko-shop-auth_own")
  }

  static let external = """
    services: {db: {image: x, volumes: ["seed:/seed"], networks: [proxy]}}
    volumes: {seed: {external: true, name: seed-data}}
    networks: {proxy: {external: true, name: front}}
    """

  @Test func externalVolumesAndNetworksStayAndAreNamed() throws {
    let checkout = try Checkout(Self.external)
    let plan = try checkout.plan()
    let merged = try checkout.isolated(plan)
    #expect(merged["volumes/seed"] == plan.original["volumes/seed"])
    #expect(merged["networks/proxy"] == plan.original["networks/proxy"])
    #expect(plan.remarks.map(\.kind) == [.shared, .shared])
    #expect(plan.remarks[0].message.contains("'seed-data'"))
    #expect(plan.remarks[1].message.contains("'front'"))
    try plan.refuseWhatCannotBeIsolated()
  }

  @Test(arguments: ["seed", "seed-data"])
  func anExternalVolumeIsMadePrivateByChoice(_ name: String) throws {
    let checkout = try Checkout(Self.external)
    let plan = try checkout.plan(choices: Choices([name: .private]))
    let merged = try checkout.isolated(plan)
    #expect(merged["volumes/seed/external"] == nil)
    #expect(merged["volumes/seed/name"] == "piko-shop-auth_seed")
    #expect(!plan.remarks.contains { $0.feature == .volumes })
  }

  @Test func aVolumeWithAFixedNameIsSharedByChoice() throws {
    let checkout = try Checkout(
      """
      services: {db: {image: x, volumes: ["data:/data"]}}
      volumes: {data: {name: shop-data}}
      """)
    let merged = try checkout.isolated(choices: Choices(["data": .shared]))
    #expect(merged["volumes/data"] == .object(["name": "shop-data", "external": .bool(true)]))
  }

  static let networks = """
    services:
      web:
        image: x
        networks: {fixed: {ipv4_address: 172.30.0.5, ipv6_address: "fd00::5", priority: 3}}
        environment: {DB: "172.30.0.5", OTHER: "172.30.0.50"}
      db: {image: x, extra_hosts: ["web:172.30.0.5"]}
    networks:
      fixed:
        name: shop-net
        internal: true
        enable_ipv6: true
        driver_opts: {com.docker.network.bridge.name: br-shop, com.docker.network.driver.mtu: "1400"}
        ipam:
          driver: default
          config: [{subnet: 172.30.0.0/24, gateway: 172.30.0.1}, {subnet: "fd00::/64"}]
    """

  @Test func aNetworkGetsAPrivateNameAndLeasedSubnets() throws {
    let merged = try Checkout(Self.networks).isolated()
    #expect(merged["networks/fixed/name"] == "piko-shop-auth_fixed")
    #expect(merged["networks/fixed/internal"] == .bool(true))
    #expect(
      merged["networks/fixed/ipam"]
        == .object([
          "driver": "default",
          "config": .array([
            .object(["subnet": "10.214.7.64/26"]), .object(["subnet": "fd5a:214:7:1::/64"]),
          ]),
        ]))
    #expect(
      merged["networks/fixed/driver_opts"]
        == .object(["com.docker.network.driver.mtu": "1400"]))
    #expect(merged["services/web/networks/fixed"] == .object(["priority": .integer(3)]))
    #expect(merged["networks/default/name"] == "piko-shop-auth")
    #expect(
      merged["networks/default/ipam/config"]
        == .array([.object(["subnet": "10.214.7.0/26"])]))
  }

  @Test func valuesThatNameAResetAddressAreWarnedAbout() throws {
    let remarks = try Checkout(Self.networks).plan().remarks.filter { $0.feature == .networks }
    #expect(remarks.count == 2)
    #expect(remarks.contains { $0.message.contains("variable 'DB' of service 'web'") })
    #expect(remarks.contains { $0.message.contains("service 'db'") })
  }

  @Test func aNetworkNeedsRoomForEveryReplica() throws {
    let checkout = try Checkout(
      """
      services:
        web: {image: x, networks: [a, b], deploy: {replicas: 60}}
        db: {image: x, networks: [a]}
      networks: {a: , b: {enable_ipv6: true}}
      """)
    let needs = try Requirements(of: checkout.plain()).networks
    #expect(needs.map(\.key) == ["a", "b"])
    #expect(needs.map(\.hosts) == [61, 60])
    #expect(needs.map(\.needsIPv6) == [false, true])
  }

  @Test func aNetworkOnAnInterfaceOfTheHostIsRefusedWhenStrict() throws {
    let checkout = try Checkout(
      """
      services: {web: {image: x, networks: [lan]}}
      networks: {lan: {driver: macvlan, driver_opts: {parent: eth0}}}
      """)
    let plan = try checkout.plan()
    _ = try checkout.isolated(plan)
    #expect(throws: Failure.self) { try plan.refuseWhatCannotBeIsolated() }
  }

  @Test func namesThatAreAlikeNeverMeet() throws {
    // `piko-a` with service `b-c` and `piko-a-b` with service `c`.
    let one = try Checkout(
      "services: {b-c: {build: .}}\nvolumes: {v: }", project: "piko-a")
    let other = try Checkout("services: {c: {build: .}}\nvolumes: {v: }", project: "piko-a-b")
    #expect(
      try one.isolated()["services/b-c/image"] != other.isolated()["services/c/image"])
  }
}
