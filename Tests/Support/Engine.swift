import FoundationEssentials
import PikoCore
import SystemPackage
package import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension Tag {
  /// Tests that make containers on the real engine.
  @Tag package static var engine: Self
}

extension Trait where Self == ConditionTrait {
  /// Leaves tests of the engine out where `PIKO_TEST_NO_ENGINE=1` says so, and only there: with no
  /// engine answering they run and fail.
  package static var engine: Self {
    .enabled(
      if: ProcessEnvironment.value("PIKO_TEST_NO_ENGINE") != "1",
      "left out: needs a container engine, and PIKO_TEST_NO_ENGINE=1 is set")
  }
}

/// The right to make containers, held by one test of a network at a time.
///
/// Host ports, subnets and the fixed names of the example projects belong to the machine, or to the
/// network and the engine that `Tests/lane` gives some tests, and the sandboxes' registers do not
/// know of each other.
struct EngineClaim {
  /// How the programs of the sandbox reach the engine.
  let variables: [String: String]
  private let lock: Int32

  /// Waits for the tests that hold the claim, without holding a thread up; then makes sure that the
  /// engine answers and has the test image.
  static func wait() async throws -> EngineClaim {
    let path = "/tmp/piko-test-engine\(network).lock"
    let lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard lock >= 0 else { throw Failure("cannot open '\(path)': \(Errno.current)") }
    while flock(lock, LOCK_EX | LOCK_NB) != 0 {
      try await Task.sleep(for: .milliseconds(50))
    }
    do {
      let claim = EngineClaim(variables: ["DOCKER_HOST": try engineAddress()], lock: lock)
      try TestImage.make(reaching: claim.variables)
      return claim
    } catch {
      close(lock)
      throw error
    }
  }

  func release() { close(lock) }

  /// A part of the lock's name that the tests in one network of the machine have in common.
  private static var network: String {
    let name = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/net")
    return (name ?? "").filter(\.isNumber)
  }

  /// The engine of the developer's own configuration, which the sandbox's home hides.
  private static func engineAddress() throws(Failure) -> String {
    if let address = ProcessEnvironment.value("DOCKER_HOST") { return address }
    let text = try Program("docker").output(
      ["context", "inspect", "--format", "{{.Endpoints.docker.Host}}"],
      failing: "cannot find the container engine")
    return String(text.prefix { $0 != "\n" })
  }
}
