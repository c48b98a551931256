import PikoCore
import Support
import SystemPackage
import Testing

/// The exit statuses of the programs are those that their pages explain.
@Suite struct StatusRules {
  /// What a verb is given besides an environment's name.
  private static let arguments = [
    "exec": ["web", "true"], "logs": ["web"], "open": [], "shell": ["web"], "run": ["--", "true"],
    "env": ["--", "true"], "config": [], "share": [], "isolate": [],
  ]

  @Test(arguments: SourceTree.verbs)
  func pageExplainsTheStatusesThatAreGitsAlone(verb: String) throws {
    let explained = try Page(FilePath("man/piko-\(verb).1")).statuses
    #expect(explained.contains(129))
    #expect(Set(explained).isSubset(of: [0, 1, 126, 127, 128, 129, 130]))
    #expect(explained == explained.sorted())
  }

  @Test(arguments: SourceTree.verbs)
  func outsideOfARepositoryItCannotStart(verb: String) throws {
    // These need none.
    guard !["doctor", "hook", "server"].contains(verb) else { return }
    let sandbox = try Sandbox()
    let words = ["init", "list", "pick"].contains(verb) ? [] : ["name"]
    let said = try sandbox.piko(
      [verb] + words + (Self.arguments[verb] ?? []), environment: ["EDITOR": "true"])
    #expect(said.status == 128, "\(said)")
    #expect(said.stderr.contains("not a git repository"), "\(said)")
    #expect(try Page(FilePath("man/piko-\(verb).1")).statuses.contains(128))
  }

  /// What a verb refuses that is not given the name of an environment.
  private static let refused = [
    "create": ["main"], "init": [], "list": ["--services", "nothing"], "pick": ["--print"],
  ]

  @Test(arguments: SourceTree.verbs)
  func aNameThatNothingHasIsStatusOne(verb: String) throws {
    let explained = try Page(FilePath("man/piko-\(verb).1")).statuses
    // These refuse nothing that they are asked for.
    guard !["hook", "server"].contains(verb) else { return #expect(!explained.contains(1)) }
    let sandbox = try Sandbox()
    let project = try sandbox.repository(
      files: [".piko.yml": verb == "doctor" ? "no-such-key: 1\n" : "name: shop\n"])
    let words =
      verb == "doctor" ? [] : Self.refused[verb] ?? ["nothing"] + (Self.arguments[verb] ?? [])
    let said = try sandbox.piko([verb] + words, in: project, environment: ["EDITOR": "true"])
    #expect(said.status == 1, "\(said)")
    if verb == "doctor" {
      #expect(said.stdout.contains("\nerror   configuration: "), "\(said)")
    } else {
      #expect(said.stderr.hasPrefix("error: "), "\(said)")
      #expect(said.stdout.isEmpty)
    }
    #expect(explained.contains(1))
  }

  /// Those of a command that the user gives; `piko exec` finds out in a container, see its own tests.
  @Test(arguments: SourceTree.verbs)
  func aCommandThatCannotBeRunIs126AndOneThatIsNotThere127(verb: String) throws {
    let explained = try Page(FilePath("man/piko-\(verb).1")).statuses
    let runs = ["edit", "env", "exec", "run"].contains(verb)
    #expect(explained.contains(126) == runs && explained.contains(127) == runs)
    guard runs, verb != "exec" else { return }
    let sandbox = try Sandbox()
    let project = try sandbox.repository()
    let made = try sandbox.piko("create", "one", "-q", in: project)
    #expect(made.status == 0, "\(made)")
    try sandbox.write("no program\n", to: "file")
    for (status, command) in [(126, "\(sandbox.root)/file"), (127, "no-such-program")] {
      let words = verb == "edit" ? [] : ["--", command]
      let said = try sandbox.piko(
        [verb, "one"] + words, in: project, environment: ["VISUAL": command])
      #expect(said.status == status, "\(said)")
      #expect(said.stderr.hasPrefix("error: "), "\(said)")
    }
  }
}
