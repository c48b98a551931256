import PikoCore
import Support
import SystemPackage
import Testing

@testable import PikoConfig

/// Every example that people copy is one that the parser takes.
@Suite struct ManualExampleTests {
  /// The literal displays of piko-config.5, those of the user's file apart.
  private func examples() throws -> (project: [String], user: [String]) {
    var project: [String] = []
    var user: [String] = []
    var isUsers = false
    var display: [Substring]?
    let page = try SourceTree.text(of: "man/piko-config.5")
    for line in page.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix(".S") { isUsers = line.hasPrefix(".Ss User") }
      if line.hasPrefix(".Bd -literal") {
        display = []
      } else if line == ".Ed", let lines = display {
        let text = lines.joined(separator: "\n").replacing("\\(dq", with: "\"") + "\n"
        if isUsers { user.append(text) } else { project.append(text) }
        display = nil
      } else {
        display?.append(line)
      }
    }
    return (project, user)
  }

  @Test func theManualShowsEveryKeyByAnExampleThatIsRight() throws {
    let (project, user) = try examples()
    var keys: Set<ProjectConfiguration.Key> = []
    for text in project {
      let read = try ProjectConfiguration(parsing: Array(text.utf8), from: "piko-config.5")
      #expect(!read.origins.isEmpty, "\(text)")
      keys.formUnion(read.origins.keys)
    }
    #expect(keys == Set(ProjectConfiguration.Key.allCases))
    var userKeys: Set<UserConfiguration.Key> = []
    for text in user {
      let read = try UserConfiguration(parsing: Array(text.utf8), from: "piko-config.5")
      userKeys.formUnion(read.origins.keys)
    }
    #expect(userKeys == Set(UserConfiguration.Key.allCases))
  }

  @Test func theManualExplainsEveryKeyInside() throws {
    let page = try SourceTree.text(of: "man/piko-config.5")
    let inner =
      Script.allCases.map(\.rawValue) + Window.Key.allCases.map(\.rawValue)
      + Isolation.Key.allCases.map(\.rawValue) + ["value", "containers"]
    for key in inner {
      #expect(page.contains("\n.Ic \(key)") || page.contains("\(key):"), "\(key)")
    }
  }

  @Test func theExamplesElsewhereAreRight() throws {
    let readme = try SourceTree.text(of: "README.md")
    let start = try #require(readme.firstRange(of: "```yaml\n")).upperBound
    let end = try #require(readme[start...].firstRange(of: "```")).lowerBound
    _ = try ProjectConfiguration(parsing: Array(readme[start..<end].utf8), from: "README.md")
    let example = try SourceTree.text(of: "share/piko/examples/no-containers/.piko.yml")
    _ = try ProjectConfiguration(parsing: Array(example.utf8), from: ".piko.yml")
  }
}
