import PikoCore
import Support
import SystemPackage
import Testing

/// The example project of the end-to-end tests does by plain Compose what they count on: a test that
/// compares environments with the main checkout is worth no more than this.
@Suite(.tags(.engine), .engine) struct ExampleProjectTests {
  @Test func answersOnEveryPortByPlainCompose() async throws {
    let sandbox = try await Sandbox.withEngine()
    let project = try sandbox.example("everything")
    sandbox.whenDone {
      try $0.output("docker", ["compose", "--profile", "*", "down", "-v", "-t", "1"], in: project)
      try $0.output("docker", ["volume", "rm", "everything-certificates"])
      try $0.output("docker", ["rmi", "everything-app:dev"])
    }
    try sandbox.write("the main checkout\n", to: project.pushing("site/checkout.local"))
    try sandbox.output("docker", ["volume", "create", "everything-certificates"])
    try sandbox.output(
      "docker", ["compose", "--profile", "debug", "up", "-d", "--quiet-pull"], in: project)

    let ports = [
      23000: "web", 23001: "web", 28000: "api", 24100: "mail", 24101: "mail", 24102: "mail",
      25300: "names", 29000: "admin", 25432: "db", 28080: "app", 29229: "debug",
      try chosenPort(of: "metrics", 7000, in: project, sandbox): "metrics",
    ]
    for (port, service) in ports {
      let told = try Wire.http(port, path: "/cgi-bin/who")
      #expect(told.hasPrefix("service=\(service)\ncheckout=the main checkout\ndata=nothing\n"))
    }
    #expect(try Wire.http(28000, path: "/cgi-bin/who").contains("greeting=from the local file\n"))
    #expect(try Wire.http(23000, path: "/cgi-bin/who").contains("overridden=yes\n"))
    #expect(try Wire.http(28080, path: "/cgi-bin/who").contains("built=main\n"))

    #expect(try Wire.http(25432, path: "/cgi-bin/keep?rows") == "kept\n")
    #expect(try Wire.http(25432, path: "/cgi-bin/who").contains("data=rows\n"))
    for _ in 1...3 {
      #expect(
        try Wire.udp(25300) == "service=names\ncheckout=the main checkout\ndata=nothing\n")
    }
    // The containers look one another up, by service and by the fixed name.
    for host in ["db", "everything-db", "10.201.77.10"] {
      let told = try sandbox.output(
        "docker",
        ["compose", "exec", "-T", "web", "wget", "-qO-", "http://\(host):5432/cgi-bin/who"],
        in: project)
      #expect(told.contains("service=db\n"))
    }
  }

  private func chosenPort(
    of service: String, _ target: Int, in project: FilePath, _ sandbox: Sandbox
  ) throws -> Int {
    let address = try sandbox.output(
      "docker", ["compose", "port", service, "\(target)"], in: project)
    return try #require(address.split(separator: ":").last.flatMap { Int($0) })
  }
}
