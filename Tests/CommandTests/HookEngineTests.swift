import Support
import SystemPackage
import Testing

/// The hook where containers run.
@Suite(.tags(.engine), .engine) struct HookEngineTests {
  @Test(arguments: ["bash", "zsh", "fish"])
  func aBareComposeReachesThisEnvironment(shell: String) async throws {
    let sandbox = try await Sandbox.withEngine()
    let project = try sandbox.repository(
      "pinned",
      files: [
        "compose.yaml": """
        name: a-pinned-name
        services:
          web:
            image: \(TestImage.tag)
            command: [sleep, "600"]
            init: true
        """
      ])
    let made = try sandbox.piko("create", "one", "--yes", in: project)
    try #require(made.status == 0, "\(made)")
    #expect(made.stderr.contains("eval \"$(piko hook bash)\""))
    let hook = shell == "fish" ? "piko hook fish | source" : "eval \"$(piko hook \(shell))\""
    let lines = [
      hook, "docker compose ps -q > '\(sandbox.root)/outside'",
      "cd '\(project)/.piko/worktrees/one'",
      "docker compose ps -q > '\(sandbox.root)/inside'", "exit 0", "",
    ]
    let command = ["bash": "bash --norc -i", "zsh": "zsh -f -i", "fish": "fish --no-config"]
    let said = try sandbox.run(
      "script", ["-qec", command[shell] ?? "", "/dev/null"], in: project,
      input: lines.joined(separator: "\n"))
    #expect(said.status == 0, "\(said)")
    let own = try sandbox.output(
      "docker", ["ps", "-q", "--no-trunc", "--filter", "label=dev.piko.root=\(project)"])
    #expect(!own.isEmpty)
    #expect(try sandbox.read("inside") == own + "\n", "\(said)")
    #expect(try sandbox.read("outside") == "")
  }
}
