import FoundationEssentials
import PikoCore
import Testing

@testable import PikoCompose

@Suite struct ReadinessTests {
  private func started(_ services: String, _ real: RealEngine) throws -> Readiness {
    let checkout = try Checkout(
      """
      services:
      \(services.replacing("IMAGE", with: real.image))
      networks: {default: {ipam: {config: [{subnet: 10.215.\(UInt8.random(in: 0...255)).64/26}]}}}
      """, project: real.project())
    _ = try Compose().up(try checkout.composeProject())
    return Readiness(of: checkout.project, on: Engine())
  }

  /// A container that is about to end is ready as long as it runs.
  private func waitUntilItFails(_ readiness: Readiness) throws {
    let deadline = ContinuousClock.now + .seconds(20)
    while ContinuousClock.now < deadline { try readiness.wait(timeout: .seconds(20)) }
  }

  @Test func healthyRunningAndOneShotServicesAreReady() throws {
    let real = try RealEngine()
    let readiness = try started(
      """
        sick-at-first:
          image: IMAGE
          command: ["sh", "-c", "sleep 1; echo > /ok; sleep 600"]
          healthcheck: {test: ["CMD", "cat", "/ok"], interval: 300ms, retries: 30}
        plain: {image: IMAGE, command: sleep 600}
        once: {image: IMAGE, command: "true"}
      """, real)
    let began = ContinuousClock.now
    try readiness.wait(timeout: .seconds(30))
    #expect(ContinuousClock.now - began > .milliseconds(300))
  }

  @Test func aServiceThatEndsWithAnErrorIsNamedWithItsLastWords() throws {
    let real = try RealEngine()
    let readiness = try started(
      """
        fine: {image: IMAGE, command: sleep 600}
        broken: {image: IMAGE, command: ["sh", "-c", "echo out; echo cannot bind >&2; exit 3"]}
      """, real)
    let failure = try #require(throws: Failure.self) { try waitUntilItFails(readiness) }
    #expect(failure.message == "service 'broken' ended with status 3")
    #expect(failure.detail == "out\ncannot bind" || failure.detail == "cannot bind\nout")
  }

  @Test func aServiceThatIsStartedAgainAndAgainFails() throws {
    let real = try RealEngine()
    let readiness = try started(
      "  loop: {image: IMAGE, command: [sh, -c, 'exit 4'], restart: always}", real)
    let failure = try #require(throws: Failure.self) { try waitUntilItFails(readiness) }
    #expect(failure.message.contains("service 'loop' ends with status 4"))
  }

  @Test func anUnhealthyServiceFails() throws {
    let real = try RealEngine()
    let readiness = try started(
      """
        sick:
          image: IMAGE
          command: sleep 600
          healthcheck: {test: ["CMD", "false"], interval: 200ms, retries: 1}
      """, real)
    let failure = try #require(throws: Failure.self) {
      try readiness.wait(timeout: .seconds(20))
    }
    #expect(failure.message == "service 'sick' is unhealthy")
  }

  @Test func theLimitNamesWhatIsNotReady() throws {
    let real = try RealEngine()
    let readiness = try started(
      """
        slow:
          image: IMAGE
          command: ["sh", "-c", "echo warming up; sleep 600"]
          healthcheck: {test: ["CMD", "false"], interval: 100s, start_period: 100s}
      """, real)
    let failure = try #require(throws: Failure.self) { try readiness.wait(timeout: .seconds(1)) }
    #expect(failure.message == "service 'slow' not ready after 1 s")
    #expect(failure.detail == "warming up")
    let missing = try #require(throws: Failure.self) {
      try readiness.wait(services: ["ghost"], timeout: .milliseconds(100))
    }
    #expect(missing.message == "service 'ghost' not ready after 0.1 s")
  }

  @Test(arguments: [
    ("running", "Up 3 minutes", Readiness.Verdict.ready),
    ("running", "Up 3 minutes (healthy)", .ready),
    ("running", "Up 3 seconds (health: starting)", .waiting),
    ("running", "Up 3 minutes (unhealthy)", .failed("is unhealthy")),
    ("exited", "Exited (0) 2 seconds ago", .ready),
    ("exited", "Exited (137) 2 seconds ago", .failed("ended with status 137")),
    ("restarting", "Restarting (0) 2 seconds ago", .waiting),
    ("created", "Created", .waiting),
    ("dead", "Dead", .failed("is dead")),
  ])
  func eachStateHasItsVerdict(
    _ state: String, _ status: String, _ expected: Readiness.Verdict
  ) throws {
    let text = #"{"Id":"x","State":"\#(state)","Status":"\#(status)"}"#
    let container = try JSONDecoder().decode(EngineContainer.self, from: Data(text.utf8))
    #expect(Readiness.verdict(on: container) == expected)
  }
}
