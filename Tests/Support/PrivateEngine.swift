import FoundationEssentials
import PikoCore
import SystemPackage
package import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension Trait where Self == ConditionTrait {
  /// Leaves tests out that start an engine of their own, where that cannot be done.
  package static var privateEngine: Self {
    .enabled(if: geteuid() == 0, "left out: only root can start a container engine")
  }
}

/// A container engine of one test's own, which it can stop and start again; the machine's is not
/// touched. ``end()`` ends it, and it ends by itself after some minutes.
///
/// It changes no rules of the machine's packet filter: published ports are served by docker's own
/// proxies, and containers reach each other over their networks' bridges.
package final class PrivateEngine {
  private let directory: FilePath
  private let socket: FilePath

  /// What leads programs to it.
  package var variables: [String: String?] { ["DOCKER_HOST": "unix://\(socket)"] }

  /// Starts one with its files below a directory of the sandbox, which has to hold the claim to
  /// the machine's: ports and networks are shared with that. It gets the test image.
  package init(in sandbox: Sandbox) throws {
    directory = sandbox.root.appending("engine")
    socket = directory.appending("socket")
    try FileManager.default.createDirectory(
      atPath: directory.string, withIntermediateDirectories: true)
    try start()
    let archive = directory.appending("image.tar").string
    try sandbox.output("docker", ["save", "--output", archive, TestImage.tag])
    try sandbox.output("docker", ["load", "--input", archive], environment: variables)
  }

  /// Removes what the test left in it, which would keep network devices of the machine, and stops it.
  package func end() throws {
    guard isRunning else { return }
    for (list, remove) in [
      (["ps", "-aq"], ["rm", "-f"]),
      (["network", "ls", "-q", "--filter", "type=custom"], ["network", "rm"]),
    ] {
      let found = try docker(list).split(separator: "\n").map(String.init)
      if !found.isEmpty { _ = try docker(remove + found) }
    }
    try stop()
  }

  /// Starts it and waits until it answers.
  package func start() throws {
    let log = directory.appending("log").string
    // With no default bridge dockerd would remove the one that the machine's engine made: it is named
    // here, and so left as it is. The tests' containers have networks of their own.
    let arguments = [
      "dockerd", "--data-root", directory.appending("data").string,
      "--exec-root", directory.appending("exec").string,
      "--pidfile", directory.appending("pid").string, "--host", "unix://\(socket)",
      "--bridge", "docker0", "--iptables=false", "--ip6tables=false", "--shutdown-timeout", "5",
    ]
    // In a session of its own: Ctrl-C ends the test, which stops it in order.
    let shell = "setsid timeout --kill-after=30 300 \"$@\" >>\"$LOG\" 2>&1 </dev/null &"
    _ = try Program("sh").output(
      ["-c", shell, "sh"] + arguments,
      environment: .pinned().setting(["LOG": log, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]),
      failing: "cannot start an engine")
    try wait(for: "start") { (try? docker(["version"])) != nil }
  }

  /// Stops it as a shutdown of the machine does, its containers too.
  package func stop() throws {
    let text = try String(contentsOfFile: directory.appending("pid").string, encoding: .utf8)
    guard let process = pid_t(text.prefix { $0.isNumber }) else { return }
    kill(process, SIGTERM)
    try wait(for: "end") { !isRunning }
  }

  /// It removes its file when it ends in order.
  private var isRunning: Bool {
    FileManager.default.fileExists(atPath: directory.appending("pid").string)
  }

  private func docker(_ arguments: [String]) throws -> String {
    try Program("docker").output(
      ["--host", "unix://\(socket)"] + arguments, failing: "the test's own engine refuses")
  }

  private func wait(for what: String, until isDone: () -> Bool) throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while !isDone() {
      guard ContinuousClock.now < deadline else {
        let log = try? String(contentsOfFile: directory.appending("log").string, encoding: .utf8)
        throw Failure("the test's own engine does not \(what)", detail: log)
      }
      usleep(100_000)
    }
  }
}
