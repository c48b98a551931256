import FoundationEssentials
import PikoCompose
import PikoCore
import PikoStore
import Support
import SystemPackage
import Testing

@testable import PikoDoctor

/// What the checks decide, without anything outside.
@Suite struct DecisionTests {
  @Test func anOldComposeIsAnErrorOnlyWhereItIsNeeded() throws {
    let old = try #require(ComposeVersion("2.24.3"))
    #expect(ComposeCheck.verdict(on: old, isNeeded: true).severity == .error)
    #expect(ComposeCheck.verdict(on: old, isNeeded: false).severity == .warning)
    #expect(ComposeCheck.verdict(on: .minimum, isNeeded: true).severity == .ok)
  }

  @Test(arguments: [
    (".piko", true), (".piko/\n", true), ("/.piko\n", true), ("**/.piko", true), ("*\n!src", true),
    (".*\n", true), ("", false), ("node_modules\n.pikoo", false), (".piko\n!.piko", false),
    ("# .piko", false),
  ])
  func knowsWhatADockerignoreLeavesOut(text: String, leavesOut: Bool) {
    #expect(ContextsCheck.leavesOut(text) == leavesOut)
  }

  @Test func findsTheServicesBuiltFromTheRoot() throws {
    let model = Model(
      try JSONValue(
        parsing: Array(
          """
          {"services":{"a":{"build":{"context":"/p","dockerfile":"D"}},
          "b":{"build":{"context":"/p/b"}},"c":{"image":"x"}}}
          """.utf8)))
    let found = ContextsCheck.builtFromRoot(model, "/p")
    #expect(found.map(\.service) == ["a"])
    #expect(found.first?.dockerfile == "D")
  }

  @Test func saysWhatIsMissingInTheExcludeFile() {
    #expect(ExcludeCheck.missing(in: "") == ["/.piko", "docker-compose.piko.yml"])
    #expect(ExcludeCheck.missing(in: "# /.piko\n/.piko\n") == ["docker-compose.piko.yml"])
    #expect(ExcludeCheck.missing(in: "/.piko\ndocker-compose.piko.yml\n") == [])
  }

  @Test func countsTheNetworksThatAPoolHasLeft() throws {
    let pool = SubnetPool(try #require(Subnet("10.9.0.0/24")))
    let used = try #require(Subnet("10.9.0.64/26"))
    #expect(HeadroomCheck.free(in: pool, avoiding: [], upTo: 100) == 4)
    #expect(HeadroomCheck.free(in: pool, avoiding: [used], upTo: 100) == 3)
    #expect(HeadroomCheck.free(in: pool, avoiding: [used], upTo: 2) == 2)
  }

  @Test func warnsBeforeTheLastIsGone() {
    #expect(HeadroomCheck.finding(10, "block", of: "ports", command: "x") == nil)
    #expect(HeadroomCheck.finding(9, "block", of: "ports", command: "x")?.severity == .warning)
    let none = HeadroomCheck.finding(0, "block", of: "ports", command: "x")
    #expect(none?.severity == .error)
    #expect(none?.text == "no block left of ports")
  }

  @Test func tellsLeasedFromPublishedPorts() throws {
    let containers = try containers(
      """
      [{"Id":"1","State":"running","Labels":{"com.docker.compose.service":"web"},
      "Ports":[{"PrivatePort":80,"PublicPort":10180,"Type":"tcp"},
      {"PrivatePort":81,"PublicPort":9999,"Type":"tcp"}]}]
      """)
    let leases = [(80, 10180), (81, 10181)].map {
      PortLease(
        mapping: PortMapping(service: "web", target: $0.0, transport: .tcp), port: $0.1)
    }
    #expect(PortsCheck.unpublished(leases, by: containers).map(\.port) == [10181])
    #expect(PortsCheck.strange(leases, in: containers).map(\.port) == [9999])
    #expect(PortsCheck.strange(leases, in: containers).map(\.service) == ["web"])
  }

  @Test func findsWhatCarriesPikosLabels() throws {
    let labels = #""dev.piko.root":"/p","dev.piko.environment":"e","dev.piko.project":"p""#
    let contents = EngineView.Contents(
      containers: try containers(
        #"[{"Id":"1","Names":["/c"],"State":"exited","Labels":{\#(labels)}}]"#),
      networks: [], volumes: [], volumeNames: ["v"],
      images: try decode(
        #"[{"Id":"i","RepoTags":["piko-p-e/web:1","mine:1"],"Labels":{\#(labels)}}]"#),
      subnets: [])
    let nameless = ["v", "gone"].map {
      VolumeLedger.Entry(
        volume: $0, project: "p", root: "/p", environment: EnvironmentName(stored: "e"))
    }
    let orphans = OrphansCheck.orphans(contents, nameless: nameless)
    #expect(orphans.map(\.name) == ["c", "piko-p-e/web:1", "v"])
    #expect(
      orphans.map(OrphansCheck.removal) == [
        ["rm", "--force", "c"], ["image", "rm", "piko-p-e/web:1"], ["volume", "rm", "v"],
      ])
  }

  private func containers(_ json: String) throws -> [EngineContainer] { try decode(json) }

  private func decode<Value: Decodable>(_ json: String) throws -> Value {
    try JSONDecoder().decode(Value.self, from: Data(json.utf8))
  }
}
