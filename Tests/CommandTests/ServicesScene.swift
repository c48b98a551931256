import PikoCore
import Support
import SystemPackage

/// A project whose environment `feature` has the containers `web` and `db` on the real engine.
struct ServicesScene {
  let sandbox: Sandbox
  let project: FilePath
  var worktree: FilePath { project.pushing(".piko/worktrees/feature") }

  /// - Parameters:
  ///   - more: lines to put below the service `web`.
  ///   - ports: what `web` publishes, with commas between.
  ///   - configuration: the `.piko.yml`.
  init(
    web more: String = "", ports: String = #""80""#, configuration: String? = nil,
    starts: Bool = true
  ) async throws {
    sandbox = try await Sandbox.withEngine()
    var files = [
      "compose.yaml": """
      services:
        web:
          image: \(TestImage.tag)
          # Ends with 3 when it is told to by a file.
          command: >-
            sh -c 'echo web is here; httpd -p 80;
            until test -e /tmp/end; do sleep 0.2; done; rm /tmp/end; exit 3'
          stop_grace_period: 1s
          ports: [\(ports)]
      \(more)
        db:
          image: \(TestImage.tag)
          command: sh -c 'echo db is here; exec sleep 1000'
          stop_grace_period: 1s
          ports: ["5432"]

      """
    ]
    files[".piko.yml"] = configuration
    project = try sandbox.repository("shop", files: files)
    let made = try sandbox.piko(
      ["create", "feature", "--yes"] + (starts ? [] : ["--no-start"]), in: project)
    guard made.status == 0 else { throw Failure("the scene was not made", detail: made.text) }
  }

  /// Runs piko in the project.
  func piko(
    _ arguments: String..., input: String? = nil, environment: [String: String?] = [:]
  ) throws -> Transcript {
    try sandbox.piko(arguments, in: project, input: input, environment: environment)
  }

  /// Runs piko on a terminal of its own; what it shows is standard output, with the terminal's line
  /// ends made plain.
  func pikoOnTerminal(
    _ command: String, environment: [String: String?] = [:]
  ) throws -> Transcript {
    let shown = try sandbox.run(
      "script", ["-qec", "piko \(command)", "/dev/null"], in: project, input: "",
      environment: environment, timeout: .seconds(60))
    return Transcript(
      stdout: shown.stdout.replacing("\r\n", with: "\n"), stderr: shown.stderr,
      status: shown.status)
  }

  /// Has the engine do something to a service's container.
  func docker(_ act: String, _ service: String) throws {
    try sandbox.output("docker", [act, "piko-shop-feature-\(service)-1"])
  }
}
