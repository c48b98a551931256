import PikoCore
import Testing

@testable import PikoCompose

@Suite struct PortsIsolationTests {
  static let everyKind = """
    services:
      web:
        image: x
        ports:
          - "8080:80"
          - "${WEB_PORT:-9000}:3000"
          - "8100-8102:8000-8002"
          - "5353:53/udp"
          - "127.0.0.1:5432:5432"
          - "6000"
          - "7000-7003:70"
          - {target: 81, published: "8181", mode: host, app_protocol: http, name: admin}
          - {target: 80, published: "8081"}
          - "80"
    """

  /// A port without its number on the host.
  private func unpublished(_ model: Model) -> [JSONValue] {
    (model["services/web/ports"]?.array ?? []).map { $0.with(nil, at: ModelPath("published")) }
  }

  @Test func everyMappingIsPublishedOnceOnItsLease() throws {
    let checkout = try Checkout(Self.everyKind)
    let plan = try checkout.plan()
    let merged = try checkout.isolated(plan)
    #expect(unpublished(merged) == unpublished(plan.original))
    let numbers = (merged["services/web/ports"]?.array ?? []).compactMap {
      $0["published"]?.integer
    }
    #expect(numbers.count == 12)
    #expect(Set(numbers) == Set(10100..<10112))
  }

  @Test func withoutTheRewriteThePortsAreThoseOfTheMainCheckout() throws {
    let checkout = try Checkout(Self.everyKind)
    #expect(try checkout.plain()["services/web/ports"] == checkout.main()["services/web/ports"])
  }

  @Test func equalMappingsAreToldApartByTheirOrder() throws {
    let ports = try Requirements(of: Checkout(Self.everyKind).plain()).ports
      .filter { $0.mapping.target == 80 }
    #expect(ports.map(\.mapping.ordinal) == [0, 1, 2])
    #expect(ports.map(\.published) == [8080...8080, 8081...8081, nil])
  }

  @Test func replicasGetARangeOfPortsEach() throws {
    let checkout = try Checkout(
      """
      services:
        web: {image: x, ports: ["80", "8000-8005:81"], deploy: {replicas: 3}}
        api: {image: x, ports: ["90"], scale: 2}
      """)
    let plan = try checkout.plan()
    #expect(plan.leases.map(\.ports.count) == [2, 3, 3])
    let merged = try checkout.isolated(plan)
    #expect(merged["services/api/ports/0/published"] == "10100-10101")
    #expect(merged["services/web/ports/0/published"] == "10102-10104")
    #expect(merged["services/web/ports/1/published"] == "10105-10107")
  }

  @Test func portsOfAnExtendedServiceAndAnOverrideFileAreReplacedToo() throws {
    let checkout = try Checkout(
      "services: {web: {extends: {file: base.yaml, service: base}, ports: ['8081:81']}}",
      files: [
        "base.yaml": "services: {base: {image: x, ports: ['8080:80']}}",
        "compose.override.yaml": "services: {web: {ports: ['8082:82']}}",
      ])
    let merged = try checkout.isolated()
    #expect(merged["services/web/ports"]?.array?.count == 3)
  }

  @Test func portsOfAnIncludedFileAndOfAnInactiveProfileAreReplacedToo() throws {
    let checkout = try Checkout(
      """
      include: [inner/more.yaml]
      services: {web: {image: x, profiles: [debug], ports: ['8081:81']}}
      """, files: ["inner/more.yaml": "services: {inner: {image: x, ports: ['8080:80']}}"])
    let merged = try checkout.isolated()
    #expect(merged["services/inner/ports/0/published"] == "10100")
    #expect(merged["services/web/ports/0/published"] == "10101")
  }

  @Test func theMainCheckoutsPortsAreKnown() throws {
    let needs = try Requirements(of: Checkout(Self.everyKind).plain())
    #expect(needs.publishedPorts.isSuperset(of: [8080, 9000, 8101, 5353, 5432, 7003, 8181]))
  }
}
