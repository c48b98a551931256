import PikoCore
import Testing

@testable import PikoCompose

/// A model without services that run elsewhere, as Compose itself reads it in the end.
@Suite struct LeavingOutTests {
  private static let compose = """
    services:
      web:
        image: x
        depends_on:
          db: {condition: service_healthy}
          job: {condition: service_completed_successfully}
        links: ["db:database", "cache"]
        networks: [front, back]
        volumes: ["pages:/p"]
      worker: {image: x, profiles: [work], depends_on: [db, web], links: [db], networks: [back]}
      job: {image: x, depends_on: {db: {condition: service_started}}, networks: [back]}
      cache: {image: x, networks: [front]}
      db:
        image: x
        container_name: the-db
        ports: ["5432"]
        volumes: ["data:/d"]
        networks: {back: {aliases: [primary]}, own: {}}
        configs: [settings]
        secrets: [password]
        healthcheck: {test: ["CMD", "true"]}
    networks: {front: {}, back: {}, own: {}}
    volumes: {data: {}, pages: {}}
    configs: {settings: {content: a}}
    secrets: {password: {environment: HOME}}

    """

  private func leavingOut(
    _ names: Set<String>, in checkout: Checkout
  ) throws -> (merged: Model, plan: IsolationPlan) {
    let model = try checkout.plain()
    let plan = try checkout.plan(leavingOut: LeavingOut(names, of: model, because: "of this"))
    return (try checkout.isolated(plan), plan)
  }

  @Test func whatDependedOnItStaysValidAndWhatOnlyItUsedGoes() throws {
    let checkout = try Checkout(Self.compose)
    let (merged, plan) = try leavingOut(["db"], in: checkout)
    #expect(merged.services.map(\.name).sorted() == ["cache", "job", "web", "worker"])
    #expect(merged["services/web/depends_on"]?.object?.keys.sorted() == ["cache", "job"])
    #expect(merged["services/web/depends_on/job/condition"] == "service_completed_successfully")
    #expect(merged["services/web/links"] == .array(["cache"]))
    #expect(merged["services/worker/depends_on"]?.object?.keys.sorted() == ["web"])
    #expect(merged["services/worker/links"] == nil)
    #expect(merged["services/worker/profiles"] == .array(["work"]))
    #expect(merged["services/job/depends_on"] == nil)
    #expect(merged["networks"]?.object?.keys.sorted() == ["back", "front"])
    #expect(merged["volumes"]?.object?.keys.sorted() == ["pages"])
    #expect(merged["configs"] == nil && merged["secrets"] == nil)
    #expect(plan.leases.isEmpty, "a port of what runs elsewhere was leased")
    #expect(plan.explanations.contains { $0.contains("of this") })
  }

  @Test func allOfThemLeaveAnEmptyModelAndNoneLeavesItAsItIs() throws {
    let checkout = try Checkout(Self.compose)
    let model = try checkout.plain()
    for names in [[], ["nothing"]] as [Set<String>] {
      let left = LeavingOut(names, of: model, because: "")
      #expect(left.model.document == model.document && left.rewrites.isEmpty)
    }
    let all = LeavingOut(Set(model.services.map(\.name)), of: model, because: "")
    #expect(all.model.services.isEmpty)
    #expect(all.model.networks.isEmpty && all.model["volumes"] == nil)
  }

  @Test func itIsReachedByAllTheNamesItHad() throws {
    let model = try Checkout(Self.compose).plain()
    let db = try #require(model.service("db"))
    #expect(model.aliases(of: db, on: "back") == ["db", "primary", "the-db", "database"])
    #expect(model.aliases(of: db, on: "own") == ["db", "the-db"])
    // A link's name that another service has is that one's.
    let cache = try #require(model.service("cache"))
    #expect(model.aliases(of: cache, on: "front") == ["cache"])
  }

  @Test func whatItNeedsIsFoundThroughOthers() throws {
    let model = try Checkout(Self.compose).plain()
    #expect(model.dependencies(of: "worker") == ["web", "db", "job", "cache"])
    #expect(model.dependencies(of: "db").isEmpty)
    #expect(model.dependencies(of: "nothing").isEmpty)
  }
}
