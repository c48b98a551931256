import FoundationEssentials
import PikoCore
import Support
import SystemPackage
import Testing

/// A project of a sandbox whose environments have containers, and what tests ask about them.
struct LiveProject {
  let sandbox: Sandbox
  let root: FilePath

  /// A project that is there.
  init(at root: FilePath, in sandbox: Sandbox) {
    self.sandbox = sandbox
    self.root = root
  }

  /// An example project below `Tests/Fixtures`.
  init(example: String, in sandbox: Sandbox) throws {
    self.sandbox = sandbox
    root = try sandbox.example(example)
  }

  /// A project of this compose file.
  init(
    _ compose: String, named name: String = "project", files: [String: String] = [:],
    in sandbox: Sandbox
  ) throws {
    self.sandbox = sandbox
    root = try sandbox.repository(
      name, files: files.merging(["compose.yaml": compose]) { first, _ in first })
  }

  /// One web server that serves its volume: a page with the name of the container that wrote it
  /// first, until a test writes another.
  static let web = """
    services:
      web:
        image: \(TestImage.tag)
        init: true
        stop_grace_period: 1s
        command:
          - sh
          - -c
          - test -f /data/index.html || hostname > /data/index.html; exec httpd -f -p 80 -h /data
        ports: ["28971:80"]
        volumes: ["data:/data"]
    volumes:
      data:

    """

  // MARK: - Piko

  func piko(_ arguments: String..., environment: [String: String?] = [:]) throws -> Transcript {
    try sandbox.piko(arguments, in: root, environment: environment)
  }

  /// Makes an environment, which must succeed.
  @discardableResult
  func create(
    _ name: String, _ options: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> Transcript {
    let transcript = try sandbox.piko(["create", name] + options, in: root)
    try #require(transcript.status == 0, "\(transcript)", sourceLocation: sourceLocation)
    return transcript
  }

  func worktree(_ name: String) -> FilePath {
    root.pushing(".piko/worktrees").appending(name)
  }

  /// Types `docker compose` with an environment's variables.
  func compose(_ arguments: String..., in name: String) throws -> Transcript {
    try sandbox.piko(["env", name, "--", "docker", "compose"] + arguments, in: root)
  }

  /// A published port as `piko ports --json` gives it.
  struct Port: Decodable, Hashable {
    let service: String
    let target: Int
    let `protocol`: String
    let address: String
    let port: Int
  }

  func ports(of name: String) throws -> [Port] {
    struct Answer: Decodable {
      let ports: [Port]
    }
    let told = try piko("ports", name, "--json")
    return try JSONDecoder().decode(Answer.self, from: Data(told.stdout.utf8)).ports
  }

  /// The host port of a service's target.
  func port(
    _ service: String, _ target: Int, _ transport: String = "tcp", of name: String
  ) throws -> Int {
    try #require(
      ports(of: name).first {
        $0.service == service && $0.target == target && $0.protocol == transport
      }
    ).port
  }

  /// What the one web server of an environment answers.
  func page(of name: String) throws -> String {
    try Wire.http(port("web", 80, of: name))
  }

  /// The columns NAME and STATE of `piko list`, as one line for each environment.
  func states() throws -> [String] {
    let told = try piko("list", "--json", "--no-git")
    guard case .array(let all) = try JSONValue(parsing: Array(told.stdout.utf8))["environments"]
    else { return [] }
    return all.map { environment in
      let containers = environment["containers"]
      let count = containers.map { " \($0["running"]?.integer ?? 0)/\($0["total"]?.integer ?? 0)" }
      return "\(environment["name"]?.string ?? "") \(environment["state"]?.string ?? "")"
        + (count ?? "")
    }
  }

  // MARK: - The engine

  func docker(_ arguments: String...) throws -> String {
    try sandbox.output("docker", arguments, in: "/")
  }

  /// The lines that a listing of the engine prints.
  func lines(_ arguments: [String]) throws -> [String] {
    try sandbox.output("docker", arguments, in: "/").split(separator: "\n").map(String.init)
      .sorted()
  }

  /// What carries an environment's labels, by kind and name.
  func objects(of name: String) throws -> [String] {
    let labels = [
      "--filter", "label=dev.piko.root=\(root)", "--filter", "label=dev.piko.environment=\(name)",
    ]
    let containers = try lines(["ps", "--all", "--format", "container {{.Names}}"] + labels)
    let networks = try lines(["network", "ls", "--format", "network {{.Name}}"] + labels)
    let volumes = try lines(["volume", "ls", "--format", "volume {{.Name}}"] + labels)
    let images = try lines(["images", "--format", "image {{.Repository}}:{{.Tag}}"] + labels)
    return containers + networks + volumes + images
  }

  /// The volumes that the containers of a Compose project mount, anonymous ones too.
  func mountedVolumes(of composeProject: String) throws -> [String] {
    let containers = try lines([
      "ps", "--all", "--quiet", "--filter", "label=com.docker.compose.project=\(composeProject)",
    ])
    let format = "{{range .Mounts}}{{if eq .Type \"volume\"}}{{println .Name}}{{end}}{{end}}"
    return try Set(lines(["inspect", "--format", format] + containers)).sorted()
      .filter { !$0.isEmpty }
  }

  /// Everything of git, piko and the engine that a create would have left.
  func traces(of name: String) throws -> [String] {
    var traces = try objects(of: name)
    if sandbox.exists(worktree(name)) { traces.append("worktree") }
    if try sandbox.git("worktree", "list", in: root).split(separator: "\n").count > 1 {
      traces.append("git's record of a worktree")
    }
    if try !sandbox.git("branch", "--list", name, in: root).isEmpty { traces.append("branch") }
    traces += try states()
    return traces
  }
}
