import PikoCore
import PikoStore
import SystemPackage
import Testing

/// Ports and subnets of environments, as the register keeps them.
struct LedgerTests {
  private static func tcp(_ service: String, _ target: Int, count: Int = 1) -> PortRequest {
    PortRequest(PortMapping(service: service, target: target, transport: .tcp), count: count)
  }

  private func environment(
    _ name: String, in register: Register, _ scratch: Scratch
  ) throws -> RegisteredEnvironment {
    let project = try scratch.project("p", in: register)
    return try register.reserve(Reservation(name, of: project), for: project)
  }

  @Test func leasesStayAndNothingIsProbedAgain() throws {
    let scratch = try Scratch()
    let register = try scratch.register()
    let web = try environment("web", in: register, scratch)
    let first = try register.ports.lease(
      [Self.tcp("web", 3000), Self.tcp("api", 8000)], for: web, forbidden: [10_100]
    ) { port, _ in port != 10_101 }
    #expect(first.map(\.lease.port) == [10_102, 10_103])

    var asked: [Int] = []
    let again = try register.ports.lease(
      [Self.tcp("web", 3000)], for: web, forbidden: [10_103]
    ) { port, _ in
      asked.append(port)
      return false
    }
    #expect(again.map(\.lease.port) == [10_103] && asked.isEmpty)

    let more = try register.ports.lease(
      [Self.tcp("web", 3000), Self.tcp("new", 2)], for: web, forbidden: []
    ) { _, _ in true }
    // 'api' has vanished and keeps its own.
    #expect(more.map(\.lease.port) == [10_104, 10_103])
    #expect(try register.ports.leases(of: web).map(\.mapping.service) == ["api", "new", "web"])
    #expect(try register.ports.holder(of: 10_104, .tcp)?.name == web.name)
    #expect(try register.ports.holder(of: 10_104, .udp) == nil)
  }

  @Test func whatTheModelHasNoMoreIsKeptAndNotCurrent() throws {
    let scratch = try Scratch()
    let register = try scratch.register()
    let web = try environment("web", in: register, scratch)
    let requests = [Self.tcp("web", 3000), Self.tcp("api", 8000, count: 2)]
    func settle(_ requests: [PortRequest]) throws -> [PortRun] {
      let runs = try register.ports.lease(requests, for: web, forbidden: []) { _, _ in true }
      try register.ports.retire(allBut: Set(requests.map(\.mapping)), of: web)
      #expect(try register.ports.current(of: web) == runs)
      return runs
    }
    let both = try settle(requests)
    #expect(try settle([requests[0]]) == [both[1]])
    #expect(try register.ports.leases(of: web) == both)
    #expect(try settle([]) == [])
    #expect(try settle(requests) == both)
  }

  @Test func siblingsKeepTheirOwnAndANameMadeAgainGetsTheSame() throws {
    let scratch = try Scratch()
    let register = try scratch.register()
    let requests = [Self.tcp("web", 3000), Self.tcp("api", 8000)]
    func ports(_ environment: RegisteredEnvironment) throws -> [Int] {
      try register.ports.lease(requests, for: environment, forbidden: []) { _, _ in true }
        .map(\.lease.port)
    }
    let one = try environment("one", in: register, scratch)
    let two = try environment("two", in: register, scratch)
    #expect(try ports(one) == [10_100, 10_101])
    #expect(try ports(two) == [10_200, 10_201])
    try register.release(one)
    #expect(try ports(two) == [10_200, 10_201])
    #expect(try register.ports.holder(of: 10_100, .tcp) == nil)
    #expect(try ports(environment("one", in: register, scratch)) == [10_100, 10_101])
  }

  @Test func aFullBlockGetsAnotherOne() throws {
    let scratch = try Scratch()
    let register = try scratch.register()
    let big = try environment("big", in: register, scratch)
    let other = try environment("other", in: register, scratch)
    let requests = (0..<163).map { Self.tcp("s\($0)", 8_000 + $0) }
    let runs = try register.ports.lease(requests, for: big, forbidden: []) { _, _ in true }
    #expect(Set(runs.flatMap(\.ports)).count == 163)
    let blocks = try #require(try register.environment(named: big.name, ofRoot: big.root)).blocks
    #expect(blocks == [PortBlock(1), PortBlock(3)])
    #expect(runs.allSatisfy { run in blocks.contains { $0.ports.contains(run.ports) } })
    // What fits into the first block only with its neighbours' ports does not touch them.
    #expect(other.blocks == [PortBlock(2)])
    try register.release(big)
    let again = try environment("big", in: register, scratch)
    #expect(again.blocks == [PortBlock(1)])
    let second = try register.ports.lease(requests, for: again, forbidden: []) { _, _ in true }
    #expect(second == runs)
  }

  @Test func aBlockOnWhichEverythingAnswersIsPassedOver() throws {
    let scratch = try Scratch()
    let register = try scratch.register()
    let web = try environment("web", in: register, scratch)
    let runs = try register.ports.lease([Self.tcp("web", 80)], for: web, forbidden: []) { port, _ in
      port >= 10_300
    }
    #expect(runs.map(\.lease.port) == [10_380])
    let found = try register.environment(named: web.name, ofRoot: web.root)
    #expect(found?.blocks.map(\.number) == [1, 3], "what was only looked at is not taken")
    let failure = #expect(throws: Failure.self) {
      try register.ports.lease([Self.tcp("api", 80)], for: web, forbidden: []) { _, _ in false }
    }
    #expect(failure?.message.hasPrefix("cannot lease a port for service 'api'") == true)
    #expect(failure?.hints.isEmpty == false)
    #expect(throws: Failure.self) {
      try register.ports.lease(
        [Self.tcp("api", 80, count: 101)], for: web, forbidden: []
      ) { _, _ in true }
    }
  }

  @Test func replicasGetARunThatIsReadBackWhole() throws {
    let scratch = try Scratch()
    let register = try scratch.register()
    let web = try environment("web", in: register, scratch)
    _ = try register.ports.lease([Self.tcp("w", 80)], for: web, forbidden: []) { _, _ in true }
    _ = try register.ports.lease(
      [Self.tcp("w", 80, count: 3)], for: web, forbidden: []
    ) { _, _ in true }
    #expect(try register.ports.leases(of: web).map(\.ports) == [10_180...10_182])
    #expect(try register.ports.holder(of: 10_182, .tcp)?.id == web.id)
  }

  @Test func reassigningMovesTheMappingAndWhatSharesItsNumber() throws {
    let scratch = try Scratch()
    let register = try scratch.register()
    let web = try environment("web", in: register, scratch)
    let udp = PortMapping(service: "dns", target: 53, transport: .udp)
    let requests = [Self.tcp("dns", 53), PortRequest(udp), Self.tcp("web", 80)]
    let before = try register.ports.lease(requests, for: web, forbidden: []) { _, _ in true }
    #expect(before.map(\.lease.port) == [10_153, 10_153, 10_180])
    let moved = try register.ports.reassign([udp], of: web, forbidden: []) { _, _ in true }
    #expect(moved.map(\.lease.port) == [10_154, 10_154])
    #expect(try register.ports.leases(of: web).map(\.lease.port) == [10_154, 10_154, 10_180])
    let unknown = PortMapping(service: "none", target: 1, transport: .tcp)
    #expect(try register.ports.reassign([unknown], of: web, forbidden: []) { _, _ in true }.isEmpty)
  }

  @Test func aPlanThatAnotherProcessOvertookIsMadeAgain() throws {
    let scratch = try Scratch()
    let register = try scratch.register()
    let web = try environment("web", in: register, scratch)
    var overtaken = false
    let runs = try register.ports.lease(
      [Self.tcp("a", 80), Self.tcp("b", 81)], for: web, forbidden: []
    ) { _, _ in
      if !overtaken {
        overtaken = true
        let other = try? scratch.register()
        _ = try? other?.ports.lease([Self.tcp("z", 80)], for: web, forbidden: []) { _, _ in true }
      }
      return true
    }
    #expect(runs.map(\.lease.port) == [10_181, 10_182])
    #expect(try register.ports.leases(of: web).map(\.lease.port) == [10_181, 10_182, 10_180])
  }

  @Test func sharedServicesLeaseABlockWhenTheyNeedOne() throws {
    let scratch = try Scratch()
    let register = try scratch.register()
    let project = try scratch.project("p", in: register)
    let shared = try register.sharedEnvironment(of: project)
    #expect(shared.blocks.isEmpty && shared.composeProject == "piko-p-shared")
    let runs = try register.ports.lease([Self.tcp("redis", 6379)], for: shared, forbidden: []) {
      _, _ in true
    }
    #expect(runs.map(\.lease.port) == [10_179])
    try register.release(shared)
    #expect(try register.sharedEnvironment(of: project).blocks.isEmpty)
    #expect(try register.ports.leases(of: shared).isEmpty)
  }

  @Test func networksGetSubnetsThatStay() throws {
    let scratch = try Scratch()
    let register = try scratch.register()
    let one = try environment("one", in: register, scratch)
    let two = try environment("two", in: register, scratch)
    func lease(
      _ network: String, _ environment: RegisteredEnvironment, hosts: Int = 3,
      pool: SubnetPool = .ipv4, taken: [String] = []
    ) throws -> String {
      try register.subnets.lease(
        network, for: environment, hosts: hosts, from: pool,
        avoiding: taken.compactMap { Subnet($0) }
      ).description
    }
    #expect(try lease("default", one, taken: ["10.213.0.0/26"]) == "10.213.0.64/26")
    #expect(
      try lease("default", one, taken: ["10.213.0.0/16"]) == "10.213.0.64/26", "its own route")
    #expect(try lease("back", one) == "10.213.0.0/26")
    #expect(try lease("default", two) == "10.213.0.128/26")
    #expect(try lease("default", two, pool: .ipv6) == "fd70:696b:6f00::/64")
    #expect(try lease("default", two, hosts: 80) == "10.213.1.0/25", "it grew")
    #expect(try lease("default", two, hosts: 3) == "10.213.1.0/25")
    #expect(try lease("back", two) == "10.213.0.128/26")
    #expect(
      try register.subnets.leases(of: two).map { "\($0.network) \($0.subnet)" } == [
        "back 10.213.0.128/26", "default 10.213.1.0/25", "default fd70:696b:6f00::/64",
      ])
    try register.subnets.release("back", of: two, family: .ipv4)
    #expect(try lease("back", two, taken: ["10.213.0.128/26"]) == "10.213.0.192/26")
    let failure = #expect(throws: Failure.self) {
      try lease("x", two, taken: ["10.0.0.0/8"])
    }
    #expect(failure?.message.contains("10.213.0.0/16") == true)
    try register.release(one)
    #expect(try lease("x", two) == "10.213.0.0/26")
  }
}
