import PikoCore
import Support
import SystemPackage
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// An environment's ports are its own for as long as it lives.
@Suite(.tags(.engine), .engine) struct PortsStabilityTests {
  @Test func staySameWhenContainersGoDownAndUp() async throws {
    let project = try LiveProject(LiveProject.web, in: try await Sandbox.withEngine())
    try project.create("one")
    let ports = try project.ports(of: "one")
    let page = try project.page(of: "one")

    for words in [["stop"], ["down"]] {
      let told = try project.sandbox.piko(
        ["env", "one", "--", "docker", "compose"] + words, in: project.root)
      #expect(told.status == 0, "\(told)")
      #expect(try project.states() == ["one stopped"])
      #expect(!Wire.listens(ports[0].port))
      try project.create("one", "--reuse")
      #expect(try project.ports(of: "one") == ports)
      #expect(try project.page(of: "one") == page)
    }
    let up = try project.compose("up", "--detach", in: "one")
    #expect(up.status == 0 && !up.stderr.contains("Recreate"), "\(up)")
    #expect(try project.page(of: "one") == page)
  }

  @Test func staySameWhenAServiceIsAdded() async throws {
    let project = try LiveProject(LiveProject.web, in: try await Sandbox.withEngine())
    try project.create("one")
    let before = try project.ports(of: "one")
    // Its target is congruent with the first one's, and its name sorts before.
    let added = """
        admin:
          image: \(TestImage.tag)
          init: true
          stop_grace_period: 1s
          command: sh -c "mkdir /www; echo added > /www/index.html; httpd -f -p 8080 -h /www"
          ports: ["28972:8080"]
      volumes:
      """
    let file = project.worktree("one").appending("compose.yaml")
    try project.sandbox.write(
      project.sandbox.read(file).replacing("volumes:\n  data:", with: "\(added)\n  data:"),
      to: file)

    let reused = try project.create("one", "--reuse")
    let after = try project.ports(of: "one")
    #expect(after.filter { $0.service == "web" } == before)
    #expect(after.count == 2, "\(reused)")
    #expect(try Wire.http(project.port("admin", 8080, of: "one")) == "added\n")
    #expect(try Wire.listens(project.port("web", 80, of: "one")))
    // The leased ports alone are published: the new service's own one is not.
    #expect(!Wire.listens(28_972))
  }

  @Test func staySameWhenSiblingsComeAndGoAndComeBackWithTheName() async throws {
    let project = try LiveProject(LiveProject.web, in: try await Sandbox.withEngine())
    for name in ["one", "two"] { try project.create(name) }
    let ports = (one: try project.ports(of: "one"), two: try project.ports(of: "two"))
    let page = try project.page(of: "two")
    #expect(ports.one != ports.two)

    try #require(project.piko("destroy", "one", "--volumes").status == 0)
    #expect(try project.ports(of: "two") == ports.two)
    #expect(try project.page(of: "two") == page)
    try project.create("three")
    try #require(project.piko("destroy", "three", "--volumes").status == 0)
    #expect(try project.ports(of: "two") == ports.two)

    try project.create("one")
    #expect(try project.ports(of: "one") == ports.one)
    #expect(try project.page(of: "one") != page)
    #expect(try project.page(of: "two") == page)
  }

  @Test func passOverAPreferredPortThatSomethingElseHolds() async throws {
    let project = try LiveProject(LiveProject.web, in: try await Sandbox.withEngine())
    let preferred = try port(ofAFirst: project)
    let stranger = try Stranger(on: UInt16(preferred))
    try project.create("one")
    let given = try project.port("web", 80, of: "one")
    #expect(given > preferred && given / 100 == preferred / 100)
    #expect(try !project.page(of: "one").isEmpty)
    // When it is free again, the environment stays where it was put.
    stranger.leave()
    try project.create("one", "--reuse")
    #expect(try project.port("web", 80, of: "one") == given)
  }

  @Test func areNeverThoseOfTheMainCheckoutThoughItIsDown() async throws {
    let project = try LiveProject(LiveProject.web, in: try await Sandbox.withEngine())
    let preferred = try port(ofAFirst: project)
    let root = project.root
    try project.sandbox.write(
      LiveProject.web.replacing("28971", with: "\(preferred)"),
      to: root.appending("compose.yaml"))
    try project.create("one")
    #expect(try project.port("web", 80, of: "one") != preferred)
    project.sandbox.whenDone {
      try $0.output("docker", ["compose", "down", "--volumes"], in: root)
    }
    try project.sandbox.output("docker", ["compose", "up", "--detach"], in: root)
    #expect(try Wire.http(preferred) != project.page(of: "one"))
  }

  /// The port that an environment gets while nothing is in the way, and has given back.
  private func port(ofAFirst project: LiveProject) throws -> Int {
    try project.create("one", "--no-start")
    let port = try project.port("web", 80, of: "one")
    try #require(project.piko("destroy", "one", "--delete-branch").status == 0)
    return port
  }
}

/// A process of somebody else that listens on a port.
private final class Stranger {
  private var descriptor: Int32

  init(on port: UInt16) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    // Connections of the test before may be in TIME_WAIT still.
    var yes: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    let bound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard bound == 0, listen(descriptor, 1) == 0 else {
      throw Failure("cannot listen on \(port): \(Errno.current)")
    }
  }

  deinit { leave() }

  func leave() {
    guard descriptor >= 0 else { return }
    close(descriptor)
    descriptor = -1
  }
}
