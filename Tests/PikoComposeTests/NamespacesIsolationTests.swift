import PikoCore
import Testing

@testable import PikoCompose

@Suite struct NamespacesIsolationTests {
  @Test func containersOfTheProjectItselfBecomeServices() throws {
    let checkout = try Checkout(
      """
      services:
        web: {image: x, container_name: shop-web}
        net: {image: x, network_mode: "container:shop-web"}
        ids: {image: x, pid: "container:shop-web", ipc: "container:shop-web"}
        data: {image: x, volumes_from: ["container:shop-web:ro"]}
        link: {image: x, external_links: ["shop-web:w", "shop-web"]}
      """)
    let plan = try checkout.plan()
    let merged = try checkout.isolated(plan)
    #expect(merged["services/net/network_mode"] == "service:web")
    #expect(merged["services/ids/pid"] == "service:web")
    #expect(merged["services/ids/ipc"] == "service:web")
    #expect(merged["services/data/volumes_from/0"] == "web:ro")
    #expect(merged["services/link/links"] == .array(["web:w", "web:shop-web"]))
    #expect(merged["services/link/external_links"] == nil)
    #expect(merged["services/link/depends_on/web"] != nil)
    #expect(plan.remarks.isEmpty)
  }

  @Test(arguments: [
    "network_mode: host", "pid: host", "ipc: host", "network_mode: 'container:other'",
    "pid: 'container:other'", "volumes_from: ['container:other']", "external_links: ['other:o']",
    "network_mode: bridge",
  ])
  func whatBelongsToOthersIsNamedWithItsLineAndRefusedWhenStrict(_ member: String) throws {
    let checkout = try Checkout("services: {web: {image: x, \(member)}}")
    let key = String(member.prefix { $0 != ":" })
    let plan = try checkout.plan(locate: { keys in
      keys.last == key ? ("compose.yaml", 7) : nil
    })
    _ = try checkout.isolated(plan)
    #expect(plan.remarks.count == 1)
    let remark = try #require(plan.remarks.first)
    #expect(remark.kind == .cannotIsolate)
    #expect(remark.text.hasPrefix("compose.yaml:7: service 'web'"))
    #expect(throws: Failure.self) { try plan.refuseWhatCannotBeIsolated() }
  }

  @Test func aReferenceThatWouldGoInACircleIsLeftAndNamed() throws {
    let checkout = try Checkout(
      """
      services:
        web: {image: x, container_name: shop-web, depends_on: [db]}
        db: {image: x, pid: "container:shop-web"}
      """)
    let plan = try checkout.plan()
    let merged = try checkout.isolated(plan)
    #expect(merged["services/db/pid"] == "container:shop-web")
    #expect(plan.remarks.map(\.kind) == [.cannotIsolate])
  }
}
