import Support
import SystemPackage
import Testing

/// Which program answers for Compose: its own file where that is the same as `docker compose`.
@Suite struct ComposeStandaloneTests {
  let sandbox: Sandbox
  private let project: FilePath

  init() throws {
    sandbox = try Sandbox()
    project = try sandbox.repository(
      "project",
      files: ["compose.yaml": "services:\n  web:\n    image: web\n    ports: ['80:80']\n"])
    // The first one remembers what Compose is.
    try sandbox.create("first", "--no-start", in: project)
  }

  /// The calls of Compose by a create, as the trace shows them.
  private func calls(_ environment: [String: String] = [:]) throws -> [String] {
    let said = try sandbox.piko(
      ["create", "x", "--no-start"], in: project,
      environment: environment.merging(["PIKO_TRACE": "1"]) { $1 })
    try #require(said.status == 0, "\(said)")
    return said.stderr.split(separator: "\n").map(String.init)
      .filter { $0.hasPrefix("trace: ") && $0.contains(" config --format json") }
  }

  @Test func itsOwnFileWhereDockerIsDocker() throws {
    let calls = try calls()
    #expect(
      !calls.isEmpty && calls.allSatisfy { $0.contains("/docker-compose config ") }, "\(calls)")
  }

  @Test(arguments: ["a script", "more places", "another docker"])
  func dockerWhereThatMayChoose(_ reason: String) throws {
    let docker = try sandbox.output("sh", ["-c", "command -v docker"]).trimmingLine
    var environment: [String: String] = [:]
    if reason == "more places" {
      try sandbox.write("{\"cliPluginsExtraDirs\": [\"/nowhere\"]}", to: "docker/config.json")
      environment["DOCKER_CONFIG"] = "\(sandbox.root)/docker"
    } else {
      environment["PATH"] = "\(sandbox.root)/tools:\(sandbox.variables["PATH"] ?? "")"
      if reason == "a script" {
        try sandbox.write("#!/bin/sh\nexec \(docker) \"$@\"\n", to: "tools/docker", mode: 0o755)
      } else {
        try sandbox.write("", to: "tools/none")
        _ = try sandbox.output("cp", [docker, "\(sandbox.root)/tools/engine"])
        _ = try sandbox.output("ln", ["-s", "engine", "\(sandbox.root)/tools/docker"])
      }
    }
    let calls = try calls(environment)
    #expect(
      !calls.isEmpty && calls.allSatisfy { $0.contains(") docker compose config ") }, "\(calls)")
  }
}

extension String {
  /// Without the end of its line.
  fileprivate var trimmingLine: String { hasSuffix("\n") ? String(dropLast()) : self }
}
