import PikoCore
import SystemPackage
import Testing

@testable import PikoCompose

@Suite struct ConflictsTests {
  @Test func namesThatSomethingForeignHasAreRefused() throws {
    let real = try RealEngine()
    let name = real.project()
    let checkout = try Checkout(
      """
      services: {web: {image: \(real.image), command: sleep 600, volumes: ["data:/data"]}}
      volumes: {data: }
      """, project: name)
    let plan = try checkout.plan(network: Int.random(in: 0...255))
    _ = try checkout.isolated(plan)
    let engine = Engine()
    try Conflicts.refuse(
      plan.expected, as: checkout.identity, existing: Conflicts.Existing(on: engine))

    try RealEngine.run("docker", ["volume", "create", "\(name)_data"])
    real.removing(["volume", "rm", "-f", "\(name)_data"])
    let failure = try #require(throws: Failure.self) {
      try Conflicts.refuse(
        plan.expected, as: checkout.identity, existing: Conflicts.Existing(on: engine))
    }
    #expect(failure.message.contains("volume '\(name)_data' belongs to something else"))
    try RealEngine.run("docker", ["volume", "rm", "\(name)_data"])

    _ = try Compose().up(try checkout.composeProject(overridden: true))
    let existing = try Conflicts.Existing(on: engine)
    try Conflicts.refuse(plan.expected, as: checkout.identity, existing: existing)
    let other = Identity(
      project: "shop", environment: "auth", root: "/home/other/shop",
      worktree: checkout.worktree, composeProject: name)
    let found = Conflicts.conflicts(plan.expected, as: other, existing: existing)
    #expect(
      found.map(\.text) == [
        "container '\(name)-web-1'", "volume '\(name)_data'", "network '\(name)'",
      ])
    let several = try #require(throws: Failure.self) {
      try Conflicts.refuse(plan.expected, as: other, existing: existing)
    }
    #expect(several.message.contains("'\(name)-web-1' and 2 more belong to something else"))
  }
}
