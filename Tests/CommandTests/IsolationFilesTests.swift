import PikoCore
import Support
import SystemPackage
import Testing

/// Compose files in their places and with their odd names: what isolation must leave as it is.
@Suite(.tags(.engine), .engine) struct IsolationFilesTests {
  static let wait = "image: \(TestImage.tag), command: [sh, -c, 'trap exit TERM; sleep 600 & wait']"

  private func containers(of name: String, in scene: DestroyScene) throws -> String {
    try scene.sandbox.output(
      "docker",
      [
        "ps", "-a", "--format", "{{.Names}} {{.State}}", "--filter",
        "label=dev.piko.root=\(scene.project)", "--filter", "label=dev.piko.environment=\(name)",
      ]
    ).split(separator: "\n").sorted().joined(separator: "\n")
  }

  @Test(arguments: [
    [
      ".piko.yml": "name: it\ncompose: [deploy/compose.yml]\n",
      "deploy/compose.yml": "services: {web: {\(wait), volumes: ['./conf:/conf:ro']}}\n",
      "deploy/conf/file": "here\n",
    ],
    [
      ".piko.yml": "name: it\ncompose: [base.yml, more.yml]\n",
      "base.yml": "services: {web: {\(wait)}}\n", "conf/file": "here\n",
      "more.yml": "services: {web: {volumes: ['./conf:/conf:ro']}}\n",
    ],
    [
      ".piko.yml": "name: it\n", ".env": "COMPOSE_FILE=base.yml:more.yml\n", "conf/file": "here\n",
      "base.yml": "services: {web: {\(wait)}}\n",
      "more.yml": "services: {web: {volumes: ['./conf:/conf:ro']}}\n",
    ],
    [
      ".piko.yml": "name: it\n", "conf/file": "here\n",
      "compose.yaml": "include: [parts/web.yaml]\nservices: {other: {\(wait)}}\n",
      "parts/web.yaml": "services: {web: {\(wait), volumes: ['../conf:/conf:ro']}}\n",
    ],
  ])
  func composeFilesAreFoundWhereTheyAre(_ files: [String: String]) async throws {
    let sandbox = try await Sandbox.withEngine()
    let scene = try DestroyScene(sandbox, files: files)
    let view = EngineView(sandbox: sandbox)
    for name in ["a", "b"] {
      try scene.create(name)
      #expect(try view.inside(name, "web", "cat /conf/file", of: scene.project) == "here")
    }
    #expect(try containers(of: "a", in: scene).contains("piko-it-a-web-1 running"))
    #expect(try scene.destroy("a", "b").status == 0)
    #expect(try view.labelled(environment: "a", root: scene.project) == [])
  }

  @Test func oddNamesProfilesDependenciesAndHealthChecks() async throws {
    let sandbox = try await Sandbox.withEngine()
    let scene = try DestroyScene(
      sandbox,
      files: [
        ".piko.yml": "name: it\n",
        "compose.yaml": """
        services:
          My.Web_1:
            image: \(TestImage.tag)
            command: [sh, -c, 'httpd -f -p 80 & trap exit TERM; wait']
            ports: ["26200:80"]
            volumes: ["Data.Vol_1:/data"]
            depends_on: {once: {condition: service_completed_successfully}, db: {condition: service_healthy}}
            networks: [Net_6]
          db:
            image: \(TestImage.tag)
            command: [sh, -c, 'touch /up; trap exit TERM; sleep 600 & wait']
            healthcheck: {test: ["CMD", "test", "-e", "/up"], interval: 1s}
          once: {image: \(TestImage.tag), command: ["true"]}
          debug: {image: \(TestImage.tag), profiles: [debug], command: ["sleep", "600"]}
        volumes: {Data.Vol_1: }
        networks:
          Net_6: {enable_ipv6: true, ipam: {config: [{subnet: 10.201.93.0/24}, {subnet: "fd93::/64"}]}}

        """,
      ])
    for name in ["a", "b"] { try scene.create(name) }
    for name in ["a", "b"] {
      #expect(
        try containers(of: name, in: scene) == """
          piko-it-\(name)-My.Web_1-1 running
          piko-it-\(name)-db-1 running
          piko-it-\(name)-once-1 exited
          """)
      let subnets = try sandbox.output(
        "docker",
        [
          "network", "inspect", "-f", "{{.EnableIPv6}} {{range .IPAM.Config}}{{.Subnet}} {{end}}",
          "piko-it-\(name)_Net_6",
        ])
      #expect(subnets.hasPrefix("true 10.2") && subnets.contains("/26 fd"), "\(subnets)")
      let port = try sandbox.piko(
        "env", name, "--", "printenv", "PIKO_MY_WEB_1_PORT", in: scene.project)
      #expect(Wire.listens(try #require(Int(port.stdout.filter(\.isNumber)))))
      #expect(
        try sandbox.run("docker", "volume", "inspect", "piko-it-\(name)_Data.Vol_1").status == 0)
    }
    #expect(try scene.destroy("--volumes", "a", "b").status == 0)
    #expect(try EngineView(sandbox: sandbox).labelled(environment: "a", root: scene.project) == [])
  }
}
