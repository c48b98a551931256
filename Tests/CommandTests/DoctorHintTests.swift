import FoundationEssentials
import PikoCore
import Support
import SystemPackage
import Testing

/// What `piko doctor` says to type: a command that mends, as it stands.
@Suite struct DoctorHintTests {
  private let sandbox: Sandbox
  private let scene: DoctorScene

  init() throws {
    sandbox = try Sandbox()
    let project = try sandbox.repository(
      "shop",
      files: [
        "compose.yaml": "services:\n  web:\n    image: x\n    ports: ['8080:80']\n",
        "sub/docker.yaml": "services: {}\n",
      ])
    scene = DoctorScene(sandbox: sandbox, project: project)
    try scene.create("one", "--no-start")
  }

  private func doctor(environment: [String: String?] = [:]) throws -> String {
    try sandbox.piko("doctor", in: scene.project, environment: environment).stdout
  }

  /// The command below the first line that has a text.
  private func command(below text: String, in said: String) throws -> String {
    let lines = said.split(separator: "\n")
    let place = try #require(lines.firstIndex { $0.contains(text) }, "\(said)")
    let prefix = "        to mend it: "
    try #require(lines.count > place + 1 && lines[place + 1].hasPrefix(prefix), "\(said)")
    return String(lines[place + 1].dropFirst(prefix.count))
      .replacing("<root>", with: sandbox.root.string)
  }

  /// Types a command, which must succeed.
  private func type(_ command: String, editor: String = "true") throws {
    let typed = try sandbox.run(
      "sh", "-c", command, in: scene.project, environment: ["EDITOR": editor])
    #expect(typed.status == 0, "\(command)\n\(typed)")
  }

  @Test func seesAMistakeInTheProjectsConfiguration() throws {
    for directory in [scene.project, scene.worktree("one")] {
      try sandbox.write("prots:\n  web: 3000\n", to: directory.appending(".piko.yml"))
      let text = ".piko.yml:1:1: unknown key 'prots'"
      let command = try command(below: text, in: doctor())
      #expect(command == "${EDITOR:-vi} \(directory.appending(".piko.yml"))")
      try type(command, editor: "rm")
      #expect(try doctor().contains("ok      configuration: nothing to mend\n"))
    }
  }

  @Test func seesAMistakeInTheUsersConfiguration() throws {
    try sandbox.write("subnet_pool: none\n", to: "config/piko/config.yml")
    let command = try command(below: "error   configuration: ", in: doctor())
    try type(command, editor: "rm")
    #expect(try doctor().contains("ok      configuration: nothing to mend\n"))
    #expect(try doctor().contains("ok      headroom: "))
  }

  /// The sandbox's DOCKER_HOST names a socket where nothing listens: no service of the machine's does.
  @Test func leadsBackFromAnEngineThatSomethingElseNames() throws {
    let said = try doctor()
    #expect(
      try command(below: "error   engine: the container engine is not", in: said)
        == "unset DOCKER_HOST")
    // What only the engine knows is not said to be in order.
    for check in ["orphans", "ports"] {
      #expect(
        said.contains(
          "warning \(check): not known: the engine was not asked, as it does not answer\n"),
        "\(said)")
    }
    let other = try doctor(environment: ["DOCKER_HOST": "unix:///run/user/nobody/docker.sock"])
    #expect(
      try command(below: "error   engine: ", in: other) == "systemctl --user start docker")
  }

  @Test func seesThatTheComposeFileIsGone() throws {
    let file = scene.worktree("one").appending("compose.yaml")
    try FileManager.default.removeItem(atPath: file.string)
    let text =
      "error   environments: the compose file '<root>/shop/.piko/worktrees/one/compose.yaml'"
    let command = try command(below: text, in: doctor())
    try type(command)
    #expect(sandbox.exists(file))
    #expect(try doctor().contains("ok      environments: nothing to mend\n"))
  }

  @Test func givesAnEnvironmentUpWhoseBranchHasDroppedTheComposeFile() throws {
    try sandbox.git("rm", "-q", "compose.yaml", in: scene.worktree("one"))
    try sandbox.git("commit", "-q", "-m", "Drop", in: scene.worktree("one"))
    let text =
      "error   environments: the compose file '<root>/shop/.piko/worktrees/one/compose.yaml'"
    #expect(try command(below: text, in: doctor()) == "piko destroy one")
  }

  @Test func refusesAnOldCompose() throws {
    // No old Compose can be installed here: a plug-in that gives such a version stands for it.
    let plugins = sandbox.root.pushing("home/.docker/cli-plugins")
    try? FileManager.default.removeItem(atPath: plugins.string)
    let plugin = plugins.appending("docker-compose")
    try sandbox.write(
      """
      #!/bin/sh
      case $1 in
      docker-cli-plugin-metadata)
        echo '{"SchemaVersion":"0.1.0","Vendor":"x","Version":"v2.20.0","ShortDescription":"x"}' ;;
      *) echo 2.20.0 ;;
      esac

      """, to: plugin, mode: 0o755)
    let text = "error   compose: version 2.20.0 is too old: 2.24.4 or later is needed"
    #expect(try command(below: text, in: doctor()).hasPrefix("sudo apt-get install docker-compose"))
    try FileManager.default.removeItem(atPath: plugin.string)
    #expect(try doctor().contains("ok      compose: 2."))
  }

  @Test func seesThatThePoolOfNetworksIsUsedUp() throws {
    // One network of 64 addresses, which the environment leased.
    _ = try sandbox.piko("destroy", "one", "--force", in: scene.project)
    try sandbox.write("subnet_pool: 10.214.0.0/26\n", to: "config/piko/config.yml")
    #expect(try doctor().contains("warning headroom: 1 network left of 10.214.0.0/26\n"))
    try scene.create("two", "--no-start")
    let said = try sandbox.piko("doctor", in: scene.project)
    #expect(said.stdout.contains("error   headroom: no network left of 10.214.0.0/26\n"), "\(said)")
    #expect(said.status == 1)
    try FileManager.default.removeItem(atPath: "\(sandbox.root)/config/piko/config.yml")
    #expect(try doctor().contains("ok      headroom: "))
  }
}
