import PikoCore
import Testing

@testable import PikoCompose

@Suite struct ProofTests {
  /// Something of every row that has rewrites.
  static let everything = """
    services:
      web:
        image: shop/web
        build: .
        container_name: shop-web
        ports: ["8080:80"]
        volumes: ["data:/data", "../lib:/lib:ro", "/srv/up:/up"]
        networks: {back: {ipv4_address: 172.30.0.5}}
      side: {image: x, network_mode: "container:shop-web"}
    volumes: {data: {name: shop-data}}
    networks: {back: {name: shop-back, ipam: {config: [{subnet: 172.30.0.0/24}]}}}
    """

  @Test(arguments: [
    Feature.ports, .containerNames, .namespaces, .volumes, .networks, .images, .paths, .binds,
    .labels,
  ])
  func anOverrideWithoutTheRewritesOfAFeatureIsRefused(_ feature: Feature) throws {
    let checkout = try Checkout(Self.everything)
    let plan = try checkout.plan(choices: Choices(["/srv/up": .private]))
    try Proof(of: plan, main: checkout.main()).check(try checkout.merged(plan))
    let merged = try checkout.merged(plan, without: feature)
    let failure = try #require(throws: Failure.self) { try Proof(of: plan).check(merged) }
    #expect(failure.message.hasPrefix("cannot prove that 'auth' is isolated"))
    #expect(failure.hints.first?.contains("fault in piko") == true)
  }

  /// The invariants stand by themselves: a plan that expects what a faulty rule left behind.
  @Test(arguments: [Feature.ports, .containerNames, .volumes, .networks, .images])
  func theInvariantsFindWhatARuleForgot(_ feature: Feature) throws {
    let checkout = try Checkout(Self.everything)
    let plan = try checkout.plan()
    let merged = try checkout.merged(plan, without: feature)
    let faulty = IsolationPlan(
      identity: plan.identity, original: plan.original, expected: merged,
      rewrites: plan.rewrites, remarks: [], leases: plan.leases, sharedVolumes: [],
      sharedNetworks: [])
    let failure = try #require(throws: Failure.self) { try Proof(of: faulty).check(merged) }
    #expect(failure.hints.first?.contains("isolation of \(feature.rawValue);") == true)
  }

  @Test func aLeaseThatTheMainCheckoutPublishesIsRefused() throws {
    let checkout = try Checkout("services: {web: {image: x, ports: ['10100:80']}}")
    let plan = try checkout.plan(block: 10100)
    let merged = try checkout.merged(plan)
    #expect(throws: Failure.self) {
      try Proof(of: plan, main: try checkout.main()).check(merged)
    }
  }

  @Test func twoMappingsOnOneLeaseAreRefused() throws {
    let checkout = try Checkout("services: {web: {image: x, ports: ['8080:80', '8081:81']}}")
    let model = try checkout.plain()
    let plan = try Isolation.plan(
      model, as: checkout.identity, ports: { _ in 10100 }, subnets: [:], files: Files.facts)
    let merged = try checkout.merged(plan)
    #expect(throws: Failure.self) { try Proof(of: plan).check(merged) }
  }

  @Test func differencesNameThePlaceAndIgnoreEmptyMembers() {
    let found = JSONValue.object(["a": .object([:]), "b": .array([.integer(1)]), "c": .null])
    let expected = JSONValue.object(["b": .array([.integer(2)])])
    let differences = Difference.between(found, and: expected)
    #expect(differences.map(\.text) == ["b[0]: 1 instead of 2"])
  }
}
