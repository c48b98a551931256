import PikoCore
import Testing

@testable import PikoCompose

@Suite struct VariablesIsolationTests {
  @Test func setsVariablesInTheServicesThatAreNamed() throws {
    let checkout = try Checkout(
      """
      services:
        web: {image: x, environment: {A: theirs, KEPT: "1"}}
        job: {image: x, environment: [KEPT=2, A], profiles: [jobs]}
        db: {image: x, environment: {KEPT: "3"}}
      """)
    let merged = try checkout.isolated(
      try checkout.plan(variables: [
        ContainerVariable(name: "A", value: "it's \"$5\" ${HOME}\n", services: ["web", "job"]),
        ContainerVariable(name: "B", value: "", services: ["web", "web"]),
      ]))
    for service in ["web", "job"] {
      let value = merged["services/\(service)/environment/A"]?.string?.interpolated
      #expect(value == "it's \"$5\" ${HOME}\n", "\(service)")
    }
    #expect(merged["services/web/environment/B"] == "")
    #expect(merged["services/web/environment/KEPT"] == "1")
    #expect(merged["services/job/environment/KEPT"] == "2")
    #expect(merged["services/db/environment"] == .object(["KEPT": "3"]))
  }
}
