import PikoCore
import Testing

/// The rules by which host ports are given out, without a machine.
struct PortsAssignmentTests {
  private static let anything: @Sendable (Int, Transport) -> Bool = { _, _ in true }

  private static func tcp(_ service: String, _ target: Int, count: Int = 1) -> PortRequest {
    PortRequest(PortMapping(service: service, target: target, transport: .tcp), count: count)
  }

  private static func assign(
    _ requests: [PortRequest], blocks: [Int] = [1], existing: [PortRun] = [],
    forbidden: Set<Int> = [], isFree: @escaping (Int, Transport) -> Bool = anything
  ) -> PortAssignment.Outcome {
    PortAssignment(
      blocks: blocks.map(PortBlock.init), existing: existing, forbidden: forbidden, isFree: isFree
    ).assign(requests)
  }

  private static func ports(_ outcome: PortAssignment.Outcome) -> [String: [Int]] {
    outcome.assigned.reduce(into: [:]) { ports, run in
      ports["\(run.mapping.service)/\(run.mapping.target)/\(run.mapping.transport)"] = Array(
        run.ports)
    }
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let requests: [PortRequest]
    let expected: [String: [Int]]
  }

  @Test(arguments: [
    Case(
      testDescription: "one service gets its preferred port", requests: [tcp("web", 3000)],
      expected: ["web/3000/tcp": [10_100]]),
    Case(
      testDescription: "a target below a hundred", requests: [tcp("ssh", 22)],
      expected: ["ssh/22/tcp": [10_122]]),
    Case(
      testDescription: "congruent targets, in the order of services",
      requests: [tcp("web", 3000), tcp("api", 8000)],
      expected: ["api/8000/tcp": [10_100], "web/3000/tcp": [10_101]]),
    Case(
      testDescription: "80 and 8080 of one service, in the order of targets",
      requests: [tcp("web", 8080), tcp("web", 80)],
      expected: ["web/80/tcp": [10_180], "web/8080/tcp": [10_181]]),
    Case(
      testDescription: "a displaced port displaces the next",
      requests: [tcp("a", 3000), tcp("b", 8000), tcp("c", 3001)],
      expected: ["a/3000/tcp": [10_100], "b/8000/tcp": [10_101], "c/3001/tcp": [10_102]]),
    Case(
      testDescription: "the end of the block wraps to its start",
      requests: [tcp("a", 99), tcp("b", 199), tcp("c", 299)],
      expected: ["a/99/tcp": [10_199], "b/199/tcp": [10_100], "c/299/tcp": [10_101]]),
    Case(
      testDescription: "replicas get a run", requests: [tcp("web", 80, count: 3), tcp("x", 81)],
      expected: ["web/80/tcp": [10_180, 10_181, 10_182], "x/81/tcp": [10_183]]),
    Case(
      testDescription: "a run never crosses the end of the block",
      requests: [tcp("web", 98, count: 3)], expected: ["web/98/tcp": [10_100, 10_101, 10_102]]),
  ])
  func givesTheTablesPorts(_ example: Case) {
    let outcome = Self.assign(example.requests)
    #expect(Self.ports(outcome) == example.expected)
    #expect(outcome.unplaced.isEmpty)
    #expect(Self.assign(example.requests.reversed()) == outcome)
  }

  @Test func theServersOwnPortIsNeverGiven() {
    let outcome = Self.assign([Self.tcp("web", 76)], blocks: [98])
    #expect(Self.ports(outcome) == ["web/76/tcp": [19_877]])
    let run = Self.assign([Self.tcp("web", 75, count: 3)], blocks: [98])
    #expect(Self.ports(run) == ["web/75/tcp": [19_877, 19_878, 19_879]])
  }

  @Test func tcpAndUDPOfOneTargetShareANumber() {
    let tcp = PortMapping(service: "dns", target: 53, transport: .tcp)
    let udp = PortMapping(service: "dns", target: 53, transport: .udp)
    let outcome = Self.assign([PortRequest(tcp), PortRequest(udp), Self.tcp("a", 153)])
    #expect(
      Self.ports(outcome) == [
        "a/153/tcp": [10_153], "dns/53/tcp": [10_154], "dns/53/udp": [10_154],
      ])

    let busy = Self.assign([PortRequest(tcp), PortRequest(udp)]) { port, transport in
      !(port == 10_153 && transport == .udp)
    }
    #expect(Self.ports(busy) == ["dns/53/tcp": [10_154], "dns/53/udp": [10_154]])

    let later = Self.assign(
      [PortRequest(tcp), PortRequest(udp)], existing: [PortRun(tcp, ports: 10_154...10_154)])
    #expect(Self.ports(later) == ["dns/53/udp": [10_154]])
  }

  @Test func addressesAndOrdinalsHavePortsOfTheirOwn() {
    let mappings = [("127.0.0.1", 0), ("::1", 0), ("", 0), ("", 1)].map {
      PortMapping(service: "w", target: 80, transport: .tcp, address: $0.0, ordinal: $0.1)
    }
    let ports = Self.assign(mappings.map { PortRequest($0) }).assigned.map(\.ports.lowerBound)
    #expect(ports == [10_180, 10_181, 10_182, 10_183])
  }

  @Test func aHundredMappingsFillABlockAndOneMoreDoesNotFit() {
    let hundred = (0..<100).map { Self.tcp("s", 7 * $0 + 1) }
    let full = Self.assign(hundred)
    #expect(Set(full.assigned.flatMap(\.ports)) == Set(PortBlock(1).ports))
    #expect(full.unplaced.isEmpty)

    let more = Self.assign(hundred + [Self.tcp("z", 80)])
    #expect(more.unplaced == [Self.tcp("z", 80)])
    let second = Self.assign(hundred + [Self.tcp("z", 80)], blocks: [1, 9])
    #expect(second.assigned.last?.ports == 10_980...10_980)
    #expect(second.unplaced.isEmpty)
  }

  @Test func skipsWhatAnswersAndWhatIsForbidden() {
    let busy = Self.assign([Self.tcp("web", 3000)]) { port, _ in port != 10_100 }
    #expect(Self.ports(busy) == ["web/3000/tcp": [10_101]])
    let forbidden = Self.assign([Self.tcp("web", 3000)], forbidden: [10_100, 10_101])
    #expect(Self.ports(forbidden) == ["web/3000/tcp": [10_102]])
    let server = Self.assign([Self.tcp("web", 76)], blocks: [98])
    #expect(Self.ports(server) == ["web/76/tcp": [19_877]])
  }

  @Test func leasesNeverMoveWhateverComesAndGoes() {
    let first = Self.assign([Self.tcp("m", 3000), Self.tcp("n", 8000)])
    let after = Self.assign(
      [Self.tcp("a", 5000), Self.tcp("m", 3000), Self.tcp("z", 100)], existing: first.assigned,
      isFree: { port, _ in !(10_100...10_101).contains(port) })
    // 'n' vanished and keeps its port; 'm' answers itself and is not asked.
    #expect(Self.ports(after) == ["a/5000/tcp": [10_102], "z/100/tcp": [10_103]])
    #expect(Self.assign([Self.tcp("m", 3000)], existing: first.assigned).assigned.isEmpty)
  }

  @Test func aRunGrowsInPlaceWhereItCanAndMovesWhereNot() {
    let one = Self.assign([Self.tcp("web", 80)])
    let grown = Self.assign([Self.tcp("web", 80, count: 3)], existing: one.assigned)
    #expect(Self.ports(grown) == ["web/80/tcp": [10_180, 10_181, 10_182]])

    let two = Self.assign([Self.tcp("web", 80), Self.tcp("x", 81)])
    let moved = Self.assign(
      [Self.tcp("web", 80, count: 2), Self.tcp("x", 81)], existing: two.assigned)
    #expect(Self.ports(moved) == ["web/80/tcp": [10_182, 10_183]])

    let shrunk = Self.assign([Self.tcp("web", 80)], existing: grown.assigned)
    #expect(shrunk.assigned.isEmpty)
  }
}
