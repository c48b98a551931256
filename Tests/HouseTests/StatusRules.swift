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

  @Test(arguments: SourceTree.verbs)
  func aNameThatNothingHasIsStatusOne(verb: String) throws {
    // These take none, or make what they are given.
    let others = [
      "create", "doctor", "hook", "init", "isolate", "list", "pick", "server", "share", "trust",
      "config",
    ]
    guard !others.contains(verb) else { return }
    let sandbox = try Sandbox()
    let project = try sandbox.repository()
    let said = try sandbox.piko(
      [verb, "nothing"] + (Self.arguments[verb] ?? []), in: project,
      environment: ["EDITOR": "true"])
    #expect(said.status == 1, "\(said)")
    #expect(said.stderr.hasPrefix("error: "), "\(said)")
    #expect(said.stdout.isEmpty)
    #expect(try Page(FilePath("man/piko-\(verb).1")).statuses.contains(1))
  }
}
