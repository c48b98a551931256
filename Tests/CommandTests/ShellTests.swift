import Support
import SystemPackage
import Testing

/// `piko shell`.
@Suite struct ShellTests {
  @Test(.tags(.engine), .engine)
  func readsItsCommandsFromAPipe() async throws {
    let scene = try await ServicesScene()
    let plain = try scene.piko("shell", "feature", "web", input: "echo $0; exit 3\n")
    #expect(plain.text == "1| sh\nstatus 3")
    let refused = try scene.piko("shell", "feature")
    #expect(
      refused.text == "2| error: no service was named\n2| hint: name one of db, web\nstatus 129")
    #expect(try scene.piko("shell", "feature", "web", "more").status == 129)
    try scene.docker("stop", "web")
    #expect(try scene.piko("shell", "feature", "web").stderr.contains("run 'piko up feature'"))
  }

  @Test(.tags(.engine), .engine)
  func opensWhatIsConfigured() async throws {
    let scene = try await ServicesScene(
      configuration: "shells: {db: 'tty; echo \"own $((1 + 1))\"; exit 4'}\n")
    let piped = try scene.piko("shell", "feature", "db", input: "")
    #expect(piped.text == "1| not a tty\n1| own 2\nstatus 4")
    let shown = try scene.pikoOnTerminal("shell feature db")
    #expect(shown.stdout.contains("/dev/pts/") && shown.stdout.contains("own 2"), "\(shown)")
    #expect(shown.status == 4)

    // The user's own shell is for services that have none, where the container has it.
    try scene.sandbox.write("default_shell: ash -x\n", to: "config/piko/config.yml")
    let own = try scene.piko("shell", "feature", "web", input: "echo $0\n")
    #expect(own.text == "1| ash\n2| + echo ash\nstatus 0")
    try scene.sandbox.write("default_shell: fish\n", to: "config/piko/config.yml")
    #expect(try scene.piko("shell", "feature", "web", input: "echo $0\n").stdout == "sh\n")
    #expect(try scene.piko("shell", "feature", "db", input: "").status == 4)

    // What has changed since it was approved is not run.
    try scene.sandbox.write(
      "shells: {db: 'echo other'}\n", to: scene.worktree.appending(".piko.yml"))
    let changed = try scene.piko("shell", "feature", "db", input: "")
    #expect(changed.status == 128 && changed.stdout.isEmpty)
    #expect(changed.stderr.contains("are not approved"))
  }
}
