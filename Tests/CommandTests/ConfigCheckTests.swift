import PikoCore
import Support
import SystemPackage
import Testing

/// That no mistake hides another one, wherever it stands.
@Suite struct ConfigCheckTests {
  let sandbox: Sandbox

  init() throws { sandbox = try Sandbox() }

  private func mistakes(_ arguments: String..., in directory: FilePath) throws -> [String] {
    let told = try sandbox.piko(["config", "--check"] + arguments, in: directory)
    #expect(told.stderr.isEmpty, "\(told)")
    let lines = told.stdout.split(separator: "\n")
    #expect(told.status == (lines.isEmpty ? 0 : 1))
    // The place and what is wrong, without the hint.
    return lines.map { line in
      String(line.split(separator: " (").first ?? "").replacing("<root>/project/", with: "")
    }
  }

  /// One that Compose has to be asked for beside one that keeps the file from being used, and a key
  /// given twice beside all others.
  @Test func aMistakeHidesNoneOfAnotherKind() throws {
    let project = try sandbox.repository(files: [
      "compose.yaml": "services: {web: {image: x}}\n",
      ".piko.yml": """
      naem: shop
      shared: wbe
      scripts: {setup: a, setup: b, run: [c]}
      env: {A: *nobody, B: !odd text, C: "${NOWHERE}"}
      ports: {api: 0}
      open: nothing

      """,
    ])
    #expect(
      try mistakes(in: project) == [
        ".piko.yml:1:1: error: unknown key 'naem'",
        ".piko.yml:2:1: error: 'shared' names an unknown service, 'wbe'",
        ".piko.yml:3:21: error: the key 'setup' is given twice",
        ".piko.yml:3:36: error: 'scripts.run' must be text, not a list",
        ".piko.yml:4:10: error: unknown alias '*nobody'",
        ".piko.yml:4:22: error: unknown tag '!odd'",
        ".piko.yml:4:36: error: the variable 'C' names an unknown one, 'NOWHERE'",
        ".piko.yml:5:14: error: 'ports.api' must be 1 to 65535, not '0'",
        ".piko.yml:6:1: error: 'open' names an unknown service, 'nothing'",
      ])
  }

  private static let compose = """
    services:
      web: {image: x, profiles: [debug], networks: [lan], volumes: ["data:/d", "../cache:/c"]}
    volumes: {data: {external: true}, spare: {external: true}}
    networks: {lan: {external: true}}

    """

  /// A file that is not there and one that Compose refuses keep nobody from what the others have.
  @Test func aWrongComposeFileHidesNoNameThatNothingHas() throws {
    let project = try sandbox.repository(files: [
      "compose.yaml": Self.compose, ".piko.yml": "compose: [missing.yaml]\nopen: nothing\n",
    ])
    #expect(
      try mistakes(in: project) == [
        ".piko.yml:1:11: error: cannot find compose file 'missing.yaml'",
        ".piko.yml:2:1: error: 'open' names an unknown service, 'nothing'",
      ])
    let names = "shared: [nothing, late]\nopen: web\n"
    try sandbox.write(names, to: project.appending(".piko.yml"))
    let unknown = ".piko.yml:1:10: error: 'shared' names an unknown service, 'nothing'"
    let override = project.appending("compose.override.yaml")
    try sandbox.write("services:\n  late: {image: x}\n  web: [\n", to: override)
    let told = try mistakes(in: project)
    #expect(told.count == 2 && told.first == unknown, "\(told)")
    #expect(told.last?.hasPrefix("compose.override.yaml:4:1: error: ") == true, "\(told)")
    try sandbox.write("services: {late: {image: x}, web: {prts: 1}}\n", to: override)
    let refused = try mistakes(in: project)
    #expect(refused.count == 2 && refused.first == unknown, "\(refused)")
    #expect(
      refused.last?.hasPrefix("compose.override.yaml:1:1: error: services.web Additional property")
        == true, "\(refused)")
    try sandbox.write("services: {late: {image: x}}\n", to: override)
    #expect(try mistakes(in: project) == [unknown])
  }

  @Test func profilesAndOutsideThingsThatNoComposeFileHasAreNamed() throws {
    let project = try sandbox.repository(files: [
      "compose.yaml": Self.compose,
      ".piko.yml": """
      profiles: [debug, debgu]
      isolation:
        volumes: {data: private, spare: shared, dta: private}
        binds: {../cache: private, "web:/c": private, ../cash: private}
        networks: {lan: shared, wlan: shared}

      """,
    ])
    #expect(
      try mistakes(in: project) == [
        ".piko.yml:1:19: error: 'profiles' names an unknown profile, 'debgu'",
        ".piko.yml:3:43: error: 'isolation.volumes' names an unknown volume, 'dta'",
        ".piko.yml:4:49: error: 'isolation.binds' names an unknown bind, '../cash'",
        ".piko.yml:5:27: error: 'isolation.networks' names an unknown network, 'wlan'",
      ])
  }

  /// What comes with a worktree, or is not in every checkout, is no mistake.
  @Test(arguments: [
    "compose: [late.yaml]\nscripts: {prepare: make}\nopen: late",
    "compose: [own/late.yaml]\ncopy: [/own]\nopen: late",
    "compose: [needs.yaml]\nopen: web",
  ])
  func aFileThatComesLaterIsNoMistake(configuration: String) throws {
    let project = try sandbox.repository(files: [
      "compose.yaml": Self.compose, ".piko.yml": configuration + "\n",
      "needs.yaml": "services: {web: {image: \"${TAG:?}\", env_file: [.env.local]}}\n",
    ])
    #expect(try mistakes(in: project) == [])
  }

  /// The root's file holds in a worktree that has none, with the ports of the environment.
  @Test func theRootsFileIsHeldAgainstTheEnvironmentThatItIsFor() throws {
    let project = try sandbox.repository(files: ["README": "x\n"])
    let worktree = try sandbox.create("x", "--no-start", in: project)
    try sandbox.write("ports: {web: 80}\n", to: project.appending(".piko.yml"))
    #expect(try sandbox.piko("up", "x", in: project).status == 0)
    try sandbox.write(
      """
      naem: shop
      ports: {web: 80, api: 81}
      env: {A: "${PIKO_WBE_PORT}", B: "${PIKO_WEB_PORT}${PIKO_API_PORT}", C: "${NOWHERE}"}

      """, to: project.appending(".piko.yml"))
    let rest = [
      ".piko.yml:3:10: error: the variable 'A' names an unknown one, 'PIKO_WBE_PORT'",
      ".piko.yml:3:72: error: the variable 'C' names an unknown one, 'NOWHERE'",
    ]
    let first = ".piko.yml:1:1: error: unknown key 'naem'"
    for told in [try mistakes("x", in: project), try mistakes(in: worktree)] {
      #expect(told == [first] + rest)
    }
    #expect(try mistakes(in: project) == [first, rest[1]])
    // With a file of its own it has none of the root's variables.
    try sandbox.write("opne: a\n", to: worktree.appending(".piko.yml"))
    #expect(
      try mistakes("x", in: project) == [
        first, rest[1], ".piko/worktrees/x/.piko.yml:1:1: error: unknown key 'opne'",
      ])
  }

  @Test func aCreateThatAMistakeStopsNamesWhatShowsAll() throws {
    let project = try sandbox.repository(files: [".piko.yml": "naem: x\nopne: y\n"])
    let hint = "hint: to see all mistakes, run 'piko config --check'\n"
    for options in [["--no-start"], ["--dry-run"]] {
      let told = try sandbox.piko(["create", "a"] + options, in: project)
      #expect(told.status == 128)
      #expect(
        told.stderr.hasSuffix("hint: the most similar key is 'name'\n" + hint), "\(told)")
    }
    #expect(try mistakes(in: project).count == 2)
    // Those of a branch that is checked out nowhere are not among what that shows.
    try sandbox.git("branch", "wrong", in: project)
    try sandbox.write("name: x\n", to: project.appending(".piko.yml"))
    let other = try sandbox.piko("create", "wrong", "--no-start", in: project)
    #expect(other.status == 128 && !other.stderr.contains("config --check"), "\(other)")
  }
}
