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

@Suite struct EngineTests {
  @Test(arguments: [EngineEndpoint.socket("/var/run/docker.sock"), .commandLine])
  func objectsAreReadWithTheirLabels(_ endpoint: EngineEndpoint) throws {
    let real = try RealEngine()
    let name = real.project()
    let checkout = try Checkout(
      """
      services:
        web:
          image: \(real.image)
          command: sleep 600
          labels: {test.label: "a b"}
          ports: ["127.0.0.1::80"]
          volumes: ["data:/data"]
          healthcheck: {test: ["CMD", "true"], interval: 1s}
      volumes: {data: {labels: {test.volume: yes-please}}}
      networks: {default: {ipam: {config: [{subnet: 10.215.\(UInt8.random(in: 0...255)).0/26}]}}}
      """, project: name)
    _ = try Compose().up(try checkout.composeProject())
    let engine = Engine(endpoint)
    try engine.ping()
    let label = "\(Label.composeProject)=\(name)"
    let container = try #require(try engine.containers(labels: [label]).first)
    #expect(container.service == "web")
    #expect(container.names == ["\(name)-web-1"])
    #expect(container.labels["test.label"] == "a b")
    #expect(container.image == real.image)
    #expect(container.state == .running)
    #expect(container.ports.first?.target == 80)
    #expect((container.ports.first?.published ?? 0) > 0)
    #expect(container.ports.first?.address == "127.0.0.1")
    #expect(container.mounts.first?.name == "\(name)_data")
    #expect(container.networks == ["\(name)_default"])
    #expect(try engine.containers(labels: [label, "test.label=a b"]).count == 1)
    #expect(try engine.containers(labels: [label, "test.label=other"]).isEmpty)
    let network = try #require(try engine.networks(labels: [label]).first)
    #expect(network.subnets.first?.hasPrefix("10.215.") == true)
    let volume = try #require(try engine.volumes(labels: [label]).first)
    #expect(volume.labels?["test.volume"] == "yes-please")
    #expect(try engine.images().contains { $0.tags?.contains(real.image) == true })
  }

  @Test func anEngineThatIsNotThereIsNamed() throws {
    let engine = Engine(.socket("/tmp/piko-no-such.sock"))
    let failure = try #require(throws: Failure.self) { try engine.ping() }
    #expect(failure.message.contains("nothing answers at '/tmp/piko-no-such.sock'"))
    #expect(failure.status == .cannotStart)
  }

  @Test func theHintLeadsToTheEngineThatIsMeant() {
    let own = Engine.startHint("/var/run/docker.sock", nil)
    #expect(
      ["systemctl start docker", "service docker start", "dockerd"].contains {
        own == "to start it, run 'sudo \($0)'"
      })
    #expect(Engine.startHint("/run/user/1000/docker.sock", .host).contains("systemctl --user"))
    #expect(Engine.startHint("/elsewhere.sock", .host).hasSuffix("run 'unset DOCKER_HOST'"))
    #expect(Engine.startHint("/x.sock", .context).hasSuffix("run 'docker context use default'"))
  }

  @Test func anEngineThatDoesNotAnswerIsGivenUp() throws {
    let listener = try Listener()
    let engine = Engine(.socket(listener.path), timeout: .milliseconds(300))
    let failure = try #require(throws: Failure.self) { try engine.ping() }
    #expect(failure.message.contains("does not answer"))
  }

  @Test func anAnswerThatEndsTooSoonIsAnError() {
    #expect(HTTPResponse(Array("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc".utf8)) == nil)
    #expect(HTTPResponse(Array("HTTP/1.1 200 OK\r\nContent-".utf8)) == nil)
    #expect(HTTPResponse(Array("SSH-2.0\r\n\r\n".utf8)) == nil)
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc"
    #expect(HTTPResponse(Array(chunked.utf8)) == nil)
  }

  @Test(arguments: [
    ("HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nabcdef", 404, "abc"),
    ("HTTP/1.1 200 OK\r\n\r\nto the end", 200, "to the end"),
    (
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        + "3;ext=1\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n", 200, "abc0123456789"
    ),
  ])
  func answersAreReadInEachOfHTTPsFramings(_ text: String, _ status: Int, _ body: String) throws {
    let response = try #require(HTTPResponse(Array(text.utf8)))
    #expect(response.status == status)
    #expect(String(decoding: response.body, as: UTF8.self) == body)
  }

  @Test func logFramesOfBothStreamsAreJoinedAndPlainTextIsKept() {
    let frames: [UInt8] = [1, 0, 0, 0, 0, 0, 0, 2, 97, 10, 2, 0, 0, 0, 0, 0, 0, 2, 98, 10]
    #expect(LogFrames(frames).text == "a\nb\n")
    #expect(LogFrames(Array("plain text, no frames\n".utf8)).text == "plain text, no frames\n")
  }

  @Test func otherTransportsGoThroughTheCommandLine() {
    #expect(EngineEndpoint(host: "unix:///run/x.sock") == .socket("/run/x.sock"))
    #expect(EngineEndpoint(host: "ssh://me@there") == .commandLine)
    #expect(EngineEndpoint(host: "tcp://127.0.0.1:2375") == .commandLine)
  }

  @Test func aContextsEngineIsFoundByItsName() throws {
    let checkout = try Checkout(files: [
      "docker/contexts/meta/aa/meta.json":
        #"{"Name":"one","Endpoints":{"docker":{"Host":"unix:///run/one.sock"}}}"#,
      "docker/contexts/meta/bb/meta.json":
        #"{"Name":"two","Endpoints":{"docker":{"Host":"ssh://two"}}}"#,
      "docker/config.json": #"{"currentContext":"two"}"#,
    ])
    let directory = checkout.root.appending("docker")
    #expect(
      DockerConfiguration.host(ofContext: "one", in: directory) == "unix:///run/one.sock")
    #expect(DockerConfiguration.host(ofContext: "none", in: directory) == nil)
    #expect(DockerConfiguration.currentContext(in: directory) == "two")
  }
}

/// A socket that takes connections and never answers.
private final class Listener {
  let path: FilePath
  private let descriptor: Int32

  init() throws {
    path = FilePath("/tmp/piko-hung-\(UInt32.random(in: .min ... .max)).sock")
    descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.string.utf8)) }
    let descriptor = descriptor
    let bound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard bound == 0, listen(descriptor, 4) == 0 else { throw Failure("\(Errno.current)") }
  }

  deinit {
    close(descriptor)
    unlink(path.string)
  }
}
