import PikoCore
import SystemPackage
import Testing

@testable import PikoCompose

@Suite struct ComposeTests {
  @Test(arguments: [
    ("2.26.1-4", [2, 26, 1], true), ("v2.24.4", [2, 24, 4], true), ("2.24.3", [2, 24, 3], false),
    ("Docker Compose version v2.9.0", [2, 9, 0], false), ("5.0.0-beta.1", [5, 0, 0], true),
    ("docker-compose version 1.29.2, build unknown", [1, 29, 2], false),
  ])
  func oldVersionsAreRefusedByName(_ text: String, _ numbers: [Int], _ isEnough: Bool) throws {
    let version = try #require(ComposeVersion(text))
    #expect(version.numbers == numbers)
    guard !isEnough else { return try version.require() }
    let failure = try #require(throws: Failure.self) { try version.require() }
    #expect(failure.message.contains(numbers.map(String.init).joined(separator: ".")))
    #expect(failure.message.contains("2.24.4"))
  }

  @Test func theInstalledVersionIsRememberedUntilThePluginChanges() throws {
    let checkout = try Checkout()
    let memory = checkout.root.appending("compose-version")
    let version = try ComposeInstallation.found(rememberedIn: memory).version
    try version.require()
    let text = try #require(Files.text(memory))
    try checkout.write(text.replacing("\n\(version)\n", with: "\n9.8.7\n"), to: memory)
    #expect(try ComposeInstallation.found(rememberedIn: memory).version.numbers == [9, 8, 7])
    try checkout.write("another file 1.2 3\n9.8.7\nstandalone\n", to: memory)
    #expect(try ComposeInstallation.found(rememberedIn: memory).version == version)
  }

  @Test func theMainCheckoutIsReadUnderItsOwnName() throws {
    let checkout = try Checkout("name: pinned\nservices: {web: {image: x, profiles: [a]}}")
    let main = try checkout.main()
    #expect(main.name == "pinned")
    #expect(main.services.map(\.name) == ["web"])
  }

  @Test func filesAreFoundInComposesOrderWithTheOverride() throws {
    let checkout = try Checkout(files: [
      "docker-compose.yml": "", "compose.yml": "", "docker-compose.override.yaml": "",
    ])
    let names = try ComposeFiles.find(in: checkout.worktree).map { $0.lastComponent?.string }
    #expect(names == ["compose.yml", "docker-compose.override.yaml"])
    #expect(try ComposeFiles.find(in: checkout.worktree.removingLastComponent()).isEmpty)
  }

  @Test func theEnvFileAndTheConfigurationNameOthers() throws {
    let checkout = try Checkout(files: [
      "compose.yaml": "", "a.yaml": "", "deploy/b c.yaml": "",
      ".env": "# x\nexport COMPOSE_FILE=\"a.yaml;deploy/b c.yaml\"\nCOMPOSE_PATH_SEPARATOR=;\n",
    ])
    let files = try ComposeFiles.find(in: checkout.worktree)
    #expect(
      files == [
        checkout.worktree.appending("a.yaml"), checkout.worktree.appending("deploy/b c.yaml"),
      ])
    #expect(
      try ComposeFiles.find(in: checkout.worktree, configured: ["deploy/b c.yaml"])
        == [checkout.worktree.appending("deploy/b c.yaml")])
    let failure = try #require(throws: Failure.self) {
      try ComposeFiles.find(in: checkout.worktree, configured: ["none.yaml"])
    }
    #expect(failure.message.contains("'none.yaml', named by '.piko.yml'"))
  }

  @Test func theFilesOfASubdirectoryAndAnotherSeparatorAreReadAlike() throws {
    let checkout = try Checkout(files: [
      "deploy/compose.yaml": "services: {web: {image: x, volumes: ['../../up:/up:ro']}}",
      ".env": "COMPOSE_FILE=deploy/compose.yaml\nCOMPOSE_PATH_SEPARATOR=;\n",
      "deploy/.env": "",
    ])
    let merged = try checkout.isolated()
    #expect(
      merged["services/web/volumes/0/source"]?.string
        == checkout.root.removingLastComponent().appending("up").string)
  }

  @Test func theVariablesNameTheOverrideLastAndTheProfiles() {
    let project = ComposeProject(
      name: "p", directory: "/w", files: ["/w/a.yaml", "/w/b.yaml"], override: "/w/o.yml",
      profiles: ["x", "y"])
    #expect(
      project.variables == [
        "COMPOSE_PROJECT_NAME": "p", "COMPOSE_FILE": "/w/a.yaml:/w/b.yaml:/w/o.yml",
        "COMPOSE_PATH_SEPARATOR": ":", "COMPOSE_PROFILES": "x,y",
      ])
    #expect(project.withoutOverride.variables["COMPOSE_FILE"] == "/w/a.yaml:/w/b.yaml")
  }

  @Test func warningsAreTakenOutOfTheLog() throws {
    let checkout = try Checkout("services: {web: {image: 'x${NONE}'}}")
    let reading = try Compose().model(of: checkout.composeProject(), root: checkout.root)
    #expect(
      reading.warnings == [
        "The \"NONE\" variable is not set. Defaulting to a blank string."
      ])
  }

  @Test(arguments: [
    ("services: {web: {image: x, prots: [1]}}", "prots"),
    ("services: {web: {image: x, depends_on: [ghost]}}", "undefined service \"ghost\""),
    ("services: {web: {image: 'x${A:?is needed}'}}", "is needed"),
  ])
  func composesOwnWordsFollowTheColon(_ text: String, _ words: String) throws {
    let checkout = try Checkout(text)
    let failure = try #require(throws: Failure.self) { try checkout.plain() }
    #expect(failure.message.hasPrefix("cannot read compose file 'compose.yaml': "))
    #expect(failure.message.contains(words))
    #expect(failure.detail == nil)
  }

  @Test func downNeedsNoFiles() throws {
    let real = try RealEngine()
    let name = real.project()
    let checkout = try Checkout(
      """
      services:
        web: {image: \(real.image), command: sleep 600, volumes: ["data:/data", "/anon"]}
        debug: {image: \(real.image), command: sleep 600, profiles: [debug]}
      volumes: {data: }
      """, project: name)
    let plan = try checkout.plan(network: Int.random(in: 0...255))
    _ = try checkout.isolated(plan)
    let project = ComposeProject(
      name: name, directory: checkout.worktree,
      files: try ComposeFiles.find(in: checkout.worktree),
      override: checkout.worktree.appending(Override.fileName), profiles: ["debug"])
    let compose = Compose()
    _ = try compose.up(project)
    let engine = Engine()
    let label = "\(Label.composeProject)=\(name)"
    #expect(try engine.containers(labels: [label]).count == 2)
    _ = try compose.stop(try checkout.composeProject(overridden: true), timeout: 0)
    // The engine's list follows a container's end by some milliseconds.
    let deadline = ContinuousClock.now + .seconds(5)
    var stopped = try engine.containers(labels: [label])
    while stopped.contains(where: { $0.state != .exited }), ContinuousClock.now < deadline {
      stopped = try engine.containers(labels: [label])
    }
    #expect(stopped.map(\.state) == [.exited, .exited])
    // A plain 'down' keeps anonymous volumes too, and nothing finds them afterwards.
    for volume in stopped.flatMap(\.mounts).compactMap(\.name) {
      real.removing(["volume", "rm", "-f", volume])
    }
    _ = try compose.down(name, timeout: 0)
    #expect(try engine.containers(labels: [label]).isEmpty)
    #expect(try engine.networks(labels: [label]).isEmpty)
    #expect(try engine.volumes(labels: [label]).map(\.name) == ["\(name)_data"])
    _ = try compose.down(name, volumes: true)
    #expect(try engine.volumes(labels: [label]).isEmpty)
  }
}
