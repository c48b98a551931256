import FoundationEssentials
import PikoCore
import SystemPackage

@testable import PikoCompose

/// An image of busybox in the real engine under a name of its own, and the clean-up of everything
/// that a test makes with it.
final class RealEngine {
  let image: String
  private var projects: [String] = []
  private var removals: [[String]] = []

  init() throws {
    let directory = FilePath("/tmp/piko-image-\(UInt32.random(in: .min ... .max))")
    image = "piko-compose-test:\(directory.lastComponent?.string ?? "x")"
    let bin = directory.appending("bin")
    try FileManager.default.createDirectory(
      atPath: bin.string, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory.string) }
    let busybox = try ["/bin/busybox", "/usr/bin/busybox"].first { Files.kind(FilePath($0)) != nil }
      .orFail("busybox-static is not installed")
    try FileManager.default.copyItem(atPath: busybox, toPath: bin.appending("busybox").string)
    for name in ["sh", "sleep", "cat", "true", "false", "httpd", "wget", "nslookup"] {
      try FileManager.default.createSymbolicLink(
        atPath: bin.appending(name).string, withDestinationPath: "busybox")
    }
    let archive = directory.appending("image.tar")
    try RealEngine.run("tar", ["-C", directory.string, "-cf", archive.string, "bin"])
    try RealEngine.run("docker", ["import", archive.string, image])
  }

  deinit {
    for project in projects {
      _ = try? Program("docker").run(
        ["compose", "-p", project, "down", "-v", "-t", "0", "--remove-orphans"], in: "/")
    }
    for removal in removals { _ = try? Program("docker").run(removal) }
    _ = try? Program("docker").run(["image", "rm", "-f", image])
  }

  /// A Compose project's name that no other run has, removed at the end.
  func project() -> String {
    let name = "piko-ct\(UInt32.random(in: .min ... .max))"
    projects.append(name)
    return name
  }

  /// A docker command for the end.
  func removing(_ arguments: [String]) { removals.append(arguments) }

  @discardableResult
  static func run(_ program: String, _ arguments: [String]) throws -> String {
    try Program(program).output(arguments, failing: "\(program) \(arguments)")
  }
}

extension Optional {
  func orFail(_ message: String) throws -> Wrapped {
    guard let self else { throw Failure(message) }
    return self
  }
}
