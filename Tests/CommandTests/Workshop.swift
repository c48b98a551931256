import Support
import SystemPackage
import Testing

/// A sandbox with one project in it whose environments tests bring up and down.
struct Workshop {
  let sandbox: Sandbox
  let project: FilePath

  /// A configuration with one process on the host that goes on.
  static let server = [".piko.yml": "windows: [{name: web, command: 'exec sleep 600'}]\n"]

  /// A project without containers; no engine is needed, and none is to be found.
  init(files: [String: String]) throws {
    sandbox = try Sandbox()
    project = try sandbox.repository("shop", files: files)
  }

  /// A project with these services, over a real engine.
  init(
    services: String, configuration: String? = nil, files: [String: String] = [:]
  ) async throws {
    sandbox = try await Sandbox.withEngine()
    var files = files
    files["compose.yaml"] = "services:\n\(services)"
    files[".piko.yml"] = configuration
    project = try sandbox.repository("shop", files: files)
  }

  /// A service of the test image that ends within a second when it is stopped.
  static func service(_ name: String, _ command: String, _ more: String...) -> String {
    let lines =
      ["image: \(TestImage.tag)", "command: \(command)", "stop_grace_period: 1s"] + more
    return "  \(name):\n" + lines.map { "    \($0)\n" }.joined()
  }

  /// `web` answers on its port with the worktree's `page`, `db` is healthy at once and keeps an
  /// anonymous volume, `once` does its work and ends.
  static let services =
    service(
      "web", "httpd -f -p 80 -h /site", "ports: ['8080:80']", "volumes: ['./site:/site']",
      "depends_on: {db: {condition: service_healthy}}")
    + service(
      "db", "sleep 600", "volumes: ['/data']",
      "healthcheck: {test: ['CMD', 'true'], interval: 1s}")
    + service("once", "'true'")

  /// Makes an environment, which must succeed, and gives its worktree.
  @discardableResult
  func create(_ name: String, _ options: String...) throws -> FilePath {
    let made = try piko(["create", name, "--yes"] + options)
    #expect(made.status == 0, "\(made)")
    return project.pushing(".piko/worktrees").appending(name)
  }

  func piko(
    _ arguments: [String], in directory: FilePath? = nil, environment: [String: String?] = [:]
  ) throws -> Transcript {
    try sandbox.piko(arguments, in: directory ?? project, environment: environment)
  }

  func piko(_ arguments: String..., in directory: FilePath? = nil) throws -> Transcript {
    try piko(arguments, in: directory)
  }

  /// What an environment has in the engine, a line a container: its id, service and state.
  func containers(of name: String) throws -> [String] {
    let format = "{{.ID}} {{.Label \"com.docker.compose.service\"}} {{.State}}"
    return try sandbox.output(
      "docker",
      [
        "ps", "-a", "--format", format, "--filter", "label=dev.piko.environment=\(name)",
        "--filter", "label=dev.piko.root=\(project)",
      ]
    ).split(separator: "\n").map(String.init).sorted()
  }

  /// The services of an environment whose containers run.
  func running(in name: String) throws -> [String] {
    try containers(of: name).map { $0.split(separator: " ") }
      .filter { $0.last == "running" }.map { String($0[1]) }.sorted()
  }

  /// The host ports of an environment.
  func ports(of name: String) throws -> [Int] {
    try piko("ports", name, "-q").stdout.split(separator: "\n").compactMap { Int($0) }
  }
}
