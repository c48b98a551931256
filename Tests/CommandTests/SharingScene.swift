import Support
import SystemPackage
import Testing

/// A project whose `web` needs its `redis`, on the real engine. What stands for redis answers with the
/// name of the container that made its data.
struct SharingScene {
  let project: LiveProject
  var sandbox: Sandbox { project.sandbox }

  init(compose: String = Self.compose, configuration: String? = nil) async throws {
    let sandbox = try await Sandbox.withEngine()
    project = try LiveProject(
      compose, named: "shop", files: configuration.map { [".piko.yml": $0] } ?? [:],
      in: sandbox)
  }

  static let compose = """
    services:
      web:
        image: \(TestImage.tag)
        init: true
        stop_grace_period: 1s
        command: sh -c 'mkdir -p /w && hostname > /w/index.html && exec httpd -f -p 80 -h /w'
        ports: ["28972:80"]
        depends_on: {redis: {condition: service_healthy}}
        links: ["redis:cache"]
      worker:
        image: \(TestImage.tag)
        command: sleep 600
        profiles: [work]
        depends_on: [redis, web]
      redis:
        image: \(TestImage.tag)
        init: true
        stop_grace_period: 1s
        container_name: the-redis
        command:
          - sh
          - -c
          - test -f /data/index.html || hostname > /data/index.html; exec httpd -f -p 6379 -h /data
        ports: ["28973:6379"]
        volumes: ["data:/data"]
        healthcheck: {test: ["CMD", "test", "-f", "/data/index.html"], interval: 1s}
    volumes:
      data:

    """

  /// What the redis that an environment's `web` reaches by a name answers.
  func redis(_ name: String = "redis", of environment: String) throws -> String {
    let told = try project.piko(
      "exec", environment, "web", "timeout", "5", "wget", "-qO-", "http://\(name):6379/")
    return told.status == 0 ? told.stdout : "\(told)"
  }

  /// What the redis on an environment's host port answers.
  func published(of environment: String) throws -> String {
    try Wire.http(project.port("redis", 6379, of: environment))
  }

  /// The names of this project's containers with their states.
  func containers() throws -> [String] {
    try project.lines([
      "ps", "--all", "--format", "{{.Names}} {{.State}}", "--filter",
      "label=dev.piko.root=\(project.root)",
    ])
  }
}
