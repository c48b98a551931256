import PikoCore
import SystemPackage
import Testing

@testable import PikoCompose

@Suite struct RemarksTests {
  @Test func valuesThatNameAPublishedPortOfTheProjectAreWarnedAbout() throws {
    let checkout = try Checkout(
      """
      services:
        web:
          image: x
          environment:
            A: "http://localhost:8080/x"
            B: "redis://127.0.0.1:6379"
            C: "http://localhost:9999"
            D: "http://notlocalhost:8080"
            E: "web:8080"
            F: "http://host.docker.internal:6379"
          ports: ["8080:80"]
        cache_1: {image: x, ports: ["6379:6379"]}
      """)
    let remarks = try checkout.plan().remarks
    #expect(remarks.map(\.feature) == [.localhost, .localhost, .localhost])
    #expect(remarks[0].message.contains("variable 'A' of service 'web' names localhost:8080"))
    #expect(remarks[0].hint?.contains("PIKO_WEB_PORT_80") == true)
    #expect(remarks[2].message.contains("variable 'F'"))
    #expect(remarks[1].hint?.contains("PIKO_CACHE_1_PORT_6379") == true)

    // What is passed to the container instead is what counts, and to no other.
    let passed = [
      ContainerVariable(name: "A", value: "http://localhost:10480/x", services: ["web"]),
      ContainerVariable(name: "B", value: "redis://127.0.0.1:10479", services: ["cache_1"]),
      ContainerVariable(name: "F", value: "http://localhost:8080", services: ["web"]),
    ]
    let left = try checkout.plan(variables: passed).remarks.map(\.message)
    #expect(left.count == 2, "\(left)")
    #expect(left[0].contains("variable 'B' of service 'web' names 127.0.0.1:6379"))
    #expect(left[1].contains("variable 'F' of service 'web' names localhost:8080"))
  }

  @Test func aPinnedProjectNameIsBeatenAndWarnedAbout() throws {
    let checkout = try Checkout("name: pinned\nservices: {web: {image: x}}")
    let plan = try checkout.plan(locate: { $0 == ["name"] ? ("compose.yaml", 1) : nil })
    #expect(try checkout.isolated(plan)["name"] == "piko-shop-auth")
    #expect(plan.remarks.first?.text.hasPrefix("compose.yaml:1: the compose file pins") == true)
  }

  @Test func labelsAreOnAllThatTheEngineMakes() throws {
    let checkout = try Checkout(
      """
      services: {web: {build: ., labels: ["a=b"], volumes: ["vol:/v"], networks: [n, ext]}}
      volumes: {vol: }
      networks: {n: {labels: [c=d]}, ext: {external: true}}
      """)
    let merged = try checkout.isolated()
    for place in ["services/web", "services/web/build", "volumes/vol", "networks/n"] {
      #expect(merged["\(place)/labels/dev.piko.project"] == "shop")
      #expect(merged["\(place)/labels/dev.piko.environment"] == "auth")
      #expect(merged["\(place)/labels/dev.piko.root"]?.string == checkout.root.string)
    }
    #expect(merged["networks/ext/labels"] == nil)
    #expect(merged["services/web/labels/a"] == "b")
    #expect(merged["networks/n/labels/c"] == "d")
  }

  @Test func everythingElseIsUnchanged() throws {
    let checkout = try Checkout(
      """
      x-common: &common {restart: unless-stopped, stop_signal: SIGINT}
      services:
        web:
          <<: *common
          image: x
          command: ["sh", "-c", "echo $$HOME"]
          depends_on: {db: {condition: service_healthy}}
          profiles: [full]
          cpus: 0.5
          ulimits: {nofile: {soft: 10, hard: 20}}
        db:
          image: x
          healthcheck: {test: ["CMD", "true"], interval: 5s, start_period: 1m}
          deploy: {resources: {limits: {memory: 64m}}}
      """)
    let plan = try checkout.plan()
    let merged = try checkout.isolated(plan)
    let touched = ["labels"]
    for service in ["web", "db"] {
      var before = plan.original["services/\(service)"]?.object ?? [:]
      var after = merged["services/\(service)"]?.object ?? [:]
      for member in touched {
        before[member] = nil
        after[member] = nil
      }
      #expect(before == after)
    }
  }

  @Test func everyRewriteSaysWhatItDoesAndWhy() throws {
    let plan = try Checkout(
      "services: {web: {image: x, container_name: w, ports: ['8080:80']}}"
    ).plan()
    let lines = plan.rewrites.map(\.explanation)
    #expect(
      lines.contains(
        "services.web.ports[0].published: 8080 → 10100 (the main checkout publishes that port)"))
    #expect(
      lines.contains(
        "services.web.container_name: w → nothing (a container name can be used once on an engine)"
      ))
  }
}
