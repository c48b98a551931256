import Support
import SystemPackage
import Testing

/// Variables of `env:` that name services.
@Suite struct ContainerVariablesTests {
  private static let compose = """
    services:
      web: {image: x, ports: ["8080:80"], environment: {PUBLIC_URL: "http://localhost:8080"}}
      db: {image: x}

    """

  private func project(_ env: String, in sandbox: Sandbox) throws -> FilePath {
    try sandbox.repository(
      files: ["compose.yaml": Self.compose, ".piko.yml": "env:\n\(env)\n"])
  }

  @Test func standInTheModelOfTheirServicesAloneAndOnTheHost() throws {
    let sandbox = try Sandbox()
    let project = try project(
      """
        PUBLIC_URL: {value: "http://localhost:${PIKO_WEB_PORT}/${WHO}", containers: web}
        WHO: "$${USER} of ${PIKO_ENV_NAME} in ${COMPOSE_PROJECT_NAME}"
      """, in: sandbox)
    try sandbox.create("x", "--no-start", "--yes", in: project)
    let port = try #require(
      sandbox.piko("ports", "x", "-q", in: project).stdout.split(separator: "\n").first)
    let url = "http://localhost:\(port)/${USER} of x in piko-project-x"
    func seen(by service: String) throws -> String {
      try sandbox.output(
        "sh",
        [
          "-c",
          """
          eval "$(piko env x)"
          docker compose config --format json \
            | python3 -c 'import json, sys
          print(json.load(sys.stdin)["services"]["\(service)"].get("environment"))'
          """,
        ], in: project)
    }
    #expect(
      try seen(by: "web") == "{'PUBLIC_URL': '\(url.replacing("$", with: "$$"))'}")
    #expect(try seen(by: "db") == "None")
    #expect(
      try sandbox.output("piko", ["env", "x", "--", "printenv", "PUBLIC_URL"], in: project) == url)
  }

  @Test(arguments: [
    (
      "  A: {value: x, containers: [web, bd]}",
      "2:35: no service 'bd' in the compose files", "the most similar service is 'db'"
    ),
    (
      "  A: {value: x, containers: elsewhere}",
      "2:29: no service 'elsewhere' in the compose files", "the services are 'db', 'web'"
    ),
    (
      "  A: {value: '${PIKO_WBE_PORT}', containers: web}",
      "2:14: the variable 'A' names an unknown one, 'PIKO_WBE_PORT'",
      "the most similar variable is 'PIKO_WEB_PORT'"
    ),
    (
      "  A: {value: '${B}', containers: web}\n  B: {value: '${A}'}",
      "2:14: the variable 'A' depends on itself through 'B'",
      "for a dollar itself, write '$$'\n2| hint: to see all mistakes, run 'piko config --check'"
    ),
  ])
  func refusesWhatCannotBeDelivered(env: String, message: String, hint: String) throws {
    let sandbox = try Sandbox()
    let project = try project(env, in: sandbox)
    let before = try Traces(of: project, in: sandbox)
    let refused = try sandbox.piko("create", "x", "--no-start", "--yes", "-q", in: project)
    #expect(
      refused.text == """
        2| error: <root>/project/.piko/worktrees/x/.piko.yml:\(message)
        2| hint: \(hint)
        status 128
        """)
    #expect(try Traces(of: project, in: sandbox) == before)
  }

  @Test(.tags(.engine), .engine) func reachRunningContainersAndFollowTheFile() async throws {
    let scene = try await ServicesScene(
      configuration: "env: {WHO: {value: '${PIKO_ENV_NAME}:${PIKO_WEB_PORT}', containers: [db]}}\n")
    func seen(by service: String) throws -> Transcript {
      try scene.piko("exec", "feature", service, "sh", "-c", "echo ${WHO-unset}")
    }
    let port = try #require(
      scene.piko("env", "feature", "--", "printenv", "PIKO_WEB_PORT").stdout
        .split(separator: "\n").first)
    #expect(try seen(by: "db").stdout == "feature:\(port)\n")
    #expect(try seen(by: "web").stdout == "unset\n")
    try scene.sandbox.write(
      "env: {WHO: {value: other, containers: [db]}}\n", to: scene.worktree.appending(".piko.yml"))
    // Not approved: neither the value nor anything else changes.
    #expect(try scene.piko("up", "feature").status == 128)
    #expect(try scene.piko("trust", "feature").status == 0)
    #expect(try scene.piko("up", "feature", "-q").status == 0)
    #expect(try seen(by: "db").stdout == "other\n")
  }
}
