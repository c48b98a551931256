import PikoCore
import Support
import SystemPackage
import Testing

/// The tests' own surroundings keep what they promise.
@Suite struct SandboxTests {
  @Test func nothingOfTheDeveloperReachesAProgram() throws {
    let sandbox = try Sandbox()
    let told = try sandbox.run("env", environment: ["TMPDIR": nil])
    for line in told.stdout.split(separator: "\n") {
      let name = line.prefix { $0 != "=" }
      #expect(sandbox.variables[String(name)] != nil || name == "PWD", "\(line)")
    }
    #expect(told.stdout.contains("\nHOME=<root>/home\n") || told.stdout.hasPrefix("HOME=<root>"))
  }

  @Test func noEngineIsFoundWhereNoneWasAskedFor() throws {
    let sandbox = try Sandbox()
    #expect(try sandbox.run("docker", "ps").status != 0)
  }

  @Test func itsDirectoryGoesWithItEvenWhatWasMadeReadOnly() throws {
    var root = FilePath("/")
    do {
      let sandbox = try Sandbox()
      root = sandbox.root
      let project = try sandbox.repository(files: ["a b/c\nd": "x", "é": "y"])
      #expect(try sandbox.git("status", "--porcelain", in: project) == "")
      #expect(try sandbox.git("log", "--format=%an %s", in: project) == "A Tester Begin")
      try sandbox.output("chmod", ["-R", "a-w", project.string])
    }
    #expect(try !Program("test").run(["-e", root.string]).succeeded)
  }

  @Test func itDoesWhatWasPutOffInReverse() throws {
    let log = try Sandbox()
    do {
      let sandbox = try Sandbox()
      for number in 1...3 {
        sandbox.whenDone { _ in try log.output("sh", ["-c", "echo \(number) >> log"]) }
      }
    }
    #expect(try log.read("log") == "3\n2\n1\n")
  }

  @Test(.tags(.engine), .engine) func itRemovesItsOwnEngineObjectsAndNoOthers() async throws {
    var variables: [String: String] = [:]
    var mine: [[String]] = []
    var others: [[String]] = []
    do {
      let sandbox = try await Sandbox.withEngine()
      variables = sandbox.variables
      for (owner, root) in [("mine", sandbox.root.appending("project")), ("other", "/elsewhere")] {
        let name = "piko-sandbox-test-\(owner)"
        let label = ["--label", "dev.piko.root=\(root)"]
        for words in [["volume", "create"], ["network", "create"]] {
          try sandbox.output("docker", words + label + [name])
        }
        try sandbox.output(
          "docker",
          ["run", "-d", "--name", name, "--network", name, "-v", "\(name):/data"] + label
            + [TestImage.tag, "sleep", "600"])
        let objects = ["container", "network", "volume"].map { [$0, "inspect", name] }
        if owner == "mine" { mine = objects } else { others = objects }
      }
    }
    let environment = ChildEnvironment(variables)
    for object in mine {
      #expect(try !Program("docker").run(object, environment: environment).succeeded)
    }
    for object in others {
      #expect(try Program("docker").run(object, environment: environment).succeeded)
    }
    for words in [["rm", "-f"], ["network", "rm"], ["volume", "rm"]] {
      _ = try Program("docker").output(
        words + ["piko-sandbox-test-other"], environment: environment, failing: "left behind")
    }
  }
}
