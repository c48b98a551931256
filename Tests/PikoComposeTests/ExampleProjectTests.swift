import FoundationEssentials
import PikoCore
import SystemPackage
import Testing

@testable import PikoCompose

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A project that uses everything the isolation is about, twice and beside its main checkout, on
/// the real engine.
@Suite struct ExampleProjectTests {
  /// - Parameter prefix: makes the names of this run its own.
  private func compose(_ prefix: String, _ image: String, subnet: Int, port: Int) -> String {
    """
    name: \(prefix)-pinned
    services:
      web:
        extends: {file: base.yaml, service: base}
        container_name: \(prefix)-web
        ports: ["\(port):8000", "${WEB_PORT:-\(port + 1)}:3000", "127.0.0.1:\(port + 2):80", "90"]
        command: ["sh", "-c", "cat /etc/hostname > /data/index.html; httpd -f -p 8000 -h /data"]
        networks: {default: , back: {ipv4_address: 10.216.\(subnet).5}}
        volumes: ["data:/data", "seed:/seed"]
        env_file: [local.env]
        environment: {PEER: "http://localhost:\(port)"}
      api:
        image: \(image)
        ports: ["\(port + 3):3000", "\(port + 4):8000", "\(port + 10)-\(port + 12):70-72"]
        command: sleep 600
        depends_on: {once: {condition: service_completed_successfully}}
      dns: {image: "\(image)", ports: ["\(port + 5):53/udp"], command: sleep 600}
      once: {image: "\(image)", command: "true"}
      built: {image: "\(prefix)/built:1", build: ., command: sleep 600}
      debug: {image: "\(image)", profiles: [debug], command: sleep 600}
    volumes:
      data: {name: \(prefix)-data}
      seed: {external: true, name: \(prefix)-seed}
    networks:
      back: {name: \(prefix)-back, ipam: {config: [{subnet: 10.216.\(subnet).0/26}]}}
    """
  }

  private func files(_ prefix: String, _ image: String) -> [String: String] {
    [
      "base.yaml": "services: {base: {image: '\(image)', stop_signal: SIGKILL}}",
      "compose.override.yaml": "services: {dns: {labels: {overridden: 'yes'}}}",
      "local.env": "SECRET=1", "Dockerfile": "FROM \(image)\nLABEL built=\(prefix)\n",
    ]
  }

  /// Starts an environment of the project and gives the plan it runs by.
  private func start(_ checkout: Checkout, block: Int, network: Int) throws -> IsolationPlan {
    let plan = try checkout.plan(block: block, network: network)
    _ = try checkout.isolated(plan)
    _ = try Compose().up(try checkout.composeProject(overridden: true))
    try Readiness(of: checkout.project, on: Engine()).wait(timeout: .seconds(60))
    return plan
  }

  /// What the web server on a port of this machine answers; it may still be starting.
  private func page(_ port: Int) throws -> String {
    let deadline = ContinuousClock.now + .seconds(10)
    while true {
      do {
        return try LocalPort(port).get()
      } catch  where ContinuousClock.now < deadline {
        usleep(50_000)
      }
    }
  }

  /// What the engine says about some objects; it lists mounts in any order.
  private func inspected(_ ids: [String]) throws -> [String] {
    try RealEngine.run("docker", ["inspect"] + ids.sorted())
      .split(separator: "\n").map(String.init).sorted()
  }

  @Test func twoEnvironmentsAndTheMainCheckoutRunAtOnceWithTheirOwnData() throws {
    let real = try RealEngine()
    let prefix = real.project()
    let subnet = Int.random(in: 0...255)
    let port = 21_000 + Int.random(in: 0..<400) * 20
    let text = compose(prefix, real.image, subnet: subnet, port: port)
    let main = try Checkout(text, files: files(prefix, real.image), project: real.project())
    let one = try Checkout(text, files: files(prefix, real.image), project: real.project())
    let two = try Checkout(text, files: files(prefix, real.image), project: real.project())
    real.removing(["volume", "rm", "-f", "\(prefix)-seed", "\(prefix)-data"])
    real.removing(["image", "rm", "-f", "\(prefix)/built:1"])
    for checkout in [one, two] {
      real.removing(["image", "rm", "-f", "\(checkout.project)/\(prefix)/built:1"])
    }
    try RealEngine.run("docker", ["volume", "create", "\(prefix)-seed"])

    // The main checkout, by plain Compose: its pinned name is the prefix's own.
    let pinned = "\(prefix)-pinned"
    defer { _ = try? Compose().down(pinned, volumes: true, timeout: 0) }
    let up = try Program("docker").run(["compose", "up", "--detach"], in: main.root)
    #expect(up.status == 0, "\(up.errors)")
    // Without piko the second copy meets the first.
    let collision = try Program("docker").run(
      ["compose", "-p", one.project, "up", "--detach"], in: one.worktree)
    #expect(collision.status != 0)
    _ = try Compose().down(one.project, timeout: 0)

    let first = try start(one, block: port + 8020, network: subnet)
    let second = try start(two, block: port + 16_040, network: (subnet + 1) % 256)
    let engine = Engine()
    let ofMain = try engine.containers(labels: ["\(Label.composeProject)=\(pinned)"])
    let ofOne = try engine.containers(labels: ["\(Label.composeProject)=\(one.project)"])
    let ofTwo = try engine.containers(labels: ["\(Label.composeProject)=\(two.project)"])
    #expect([ofMain.count, ofOne.count, ofTwo.count] == [5, 5, 5])

    let pages =
      [port]
      + [first, second].compactMap { plan in
        plan.leases.first { $0.mapping.service == "web" && $0.mapping.target == 8000 }?
          .ports.lowerBound
      }
    let answers = try pages.map(page)
    #expect(Set(answers).count == 3, "each answers on its own port with its own data")
    for (plan, containers) in [(first, ofOne), (second, ofTwo)] {
      let open = containers.flatMap(\.ports).compactMap(\.published)
      #expect(Set(open) == Set(plan.leases.flatMap { Array($0.ports) }))
    }
    // Lookups of the old container name go to the environment's own.
    let lookup = try RealEngine.run(
      "docker", ["exec", "\(one.project)-api-1", "nslookup", "\(prefix)-web"])
    #expect(lookup.contains("10.214.\(subnet)."))

    let others = (ofMain + ofTwo).map(\.id) + ["\(prefix)-data", "\(prefix)-seed"]
    let before = try inspected(others)
    _ = try Compose().down(one.project, volumes: true, timeout: 0)
    #expect(try inspected(others) == before)
    let label = "\(Label.root)=\(one.root)"
    #expect(try engine.containers(labels: [label]).isEmpty)
    #expect(try engine.volumes(labels: [label]).isEmpty)
    #expect(try engine.networks(labels: [label]).isEmpty)
  }
}

/// A published TCP port of this machine.
private struct LocalPort {
  let number: Int

  init(_ number: Int) { self.number = number }

  /// The body of what it answers to a request for its first page.
  func get() throws -> String {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var limit = timeval(tv_sec: 5, tv_usec: 0)
    setsockopt(
      descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(number).bigEndian)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let connected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard connected == 0 else { throw Failure("port \(number): \(Errno.current)") }
    let request = Array("GET / HTTP/1.0\r\n\r\n".utf8)
    guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
      throw Failure("port \(number): \(Errno.current)")
    }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count <= 0 { break }
      bytes += buffer[..<count]
    }
    let response = try HTTPResponse(bytes).orFail("port \(number) gave no answer")
    return String(decoding: response.body, as: UTF8.self)
  }
}
