import PikoCore
import Support
import SystemPackage
import Testing

/// What the sources may and may not do: each rule has one place where its thing is done.
@Suite struct SourceRules {
  private static let sources = SourceTree.swiftFiles(below: "Sources")
  private static let everything = sources + SourceTree.swiftFiles(below: "Tests")
  /// The programs that stand on the C library alone, and so are their own doors.
  private static let bare = ["Sources/piko/", "Sources/git-piko/"]

  @Test func someSourcesAreLookedAt() {
    #expect(Self.sources.count > 20)
    #expect(Self.sources.contains("Sources/PikoCore/Command/Output.swift"))
  }

  /// A pattern that only these files, or files in these folders, may hold.
  struct Door: CustomTestStringConvertible, Sendable {
    let what: String
    let pattern: String
    let allowed: [String]
    var alsoTests = false
    var testDescription: String { what }
  }

  static let doors: [Door] = [
    Door(
      what: "full Foundation", pattern: #"^\s*(\w+ )?import Foundation$"#, allowed: [],
      alsoTests: true),
    Door(what: "libgit2", pattern: #"\bimport CLibgit2\b"#, allowed: ["Sources/PikoGit/"]),
    Door(what: "SQLite", pattern: #"\bimport CSQLite\b"#, allowed: ["Sources/PikoStore/"]),
    Door(what: "libyaml", pattern: #"\bimport CYaml\b"#, allowed: ["Sources/PikoConfig/"]),
    Door(
      what: "a public interface", pattern: #"^\s*(@\w+ )*(public|open)(\(set\))? "#, allowed: [],
      alsoTests: true),
    Door(
      what: "standard output", pattern: #"\b(print|debugPrint|dump|puts|fputs|putchar)\("#,
      allowed: ["Sources/PikoCore/Command/Output.swift"]),
    Door(
      what: "the descriptor of standard output", pattern: #"\bSTDOUT_FILENO\b"#,
      allowed: [
        "Sources/PikoCore/Command/Output.swift", "Sources/PikoCore/Command/Terminal.swift",
        "Sources/PikoCore/Programs/Program.swift", "Sources/piko/Messages.swift",
      ]),
    Door(
      what: "starting a program",
      pattern: #"\b(posix_spawnp?|fork|vfork|execv\w*|system|popen)\(|\bimport Subprocess\b"#,
      allowed: ["Sources/PikoCore/Programs/Program.swift"] + bare),
    Door(
      what: "the environment",
      pattern: #"\b(getenv|secure_getenv|setenv|putenv|unsetenv)\(|\benviron\b|\bProcessInfo\b"#,
      allowed: ["Sources/PikoCore/System/ProcessEnvironment.swift"] + bare),
    Door(
      what: "changing the test process", pattern: #"\b(setenv|unsetenv|putenv|chdir)\("#,
      allowed: ["Sources/"], alsoTests: true),
    Door(what: "a forced try", pattern: #"\btry!"#, allowed: [], alsoTests: true),
  ]

  @Test(arguments: doors)
  func hasOnePlaceFor(door: Door) throws {
    let pattern = try Regex(door.pattern)
    for file in door.alsoTests ? Self.everything : Self.sources
    where !door.allowed.contains(where: file.hasPrefix) {
      for (number, line) in try Self.code(of: file) where line.contains(pattern) {
        Issue.record("\(file):\(number): \(door.what) has no place here: \(line)")
      }
    }
  }

  @Test func theDispatcherImportsTheCLibraryAlone() throws {
    for file in Self.sources where Self.bare.contains(where: file.hasPrefix) {
      for (number, line) in try Self.code(of: file) where line.contains("import ") {
        let module = line.split(separator: " ").last
        #expect(module == "Glibc" || module == "Darwin", "\(file):\(number): \(line)")
      }
    }
  }

  @Test func filesStaySmallEnoughToRead() throws {
    for file in Self.everything {
      let count =
        try SourceTree.text(of: FilePath(file)).split(
          separator: "\n", omittingEmptySubsequences: false
        ).count - 1
      #expect(count <= (file.hasPrefix("Sources/piko-") ? 250 : 400), "\(file)")
    }
  }

  @Test func verbsAreTwoFilesOrMoreAndStartInMain() throws {
    for verb in SourceTree.verbs {
      let main = try SourceTree.text(of: FilePath("Sources/piko-\(verb)/main.swift"))
      #expect(main.contains(".launch()"), "Sources/piko-\(verb)/main.swift")
    }
  }

  @Test func formatterHasNothingToSay() throws {
    let lint = try Program("swift").run(
      ["format", "lint", "--strict", "--recursive", "Sources", "Tests", "Package.swift"],
      in: SourceTree.root)
    #expect(lint.status == 0, "\(lint.errors)")
  }

  /// The lines of a file with their numbers, without what stands in comments and string literals.
  private static func code(of file: String) throws -> [(Int, String)] {
    let literal = try Regex(##"#".*"#|"(\\.|[^"\\])*""##)
    let comment = try Regex(#"//.*$"#)
    return try SourceTree.text(of: FilePath(file))
      .split(separator: "\n", omittingEmptySubsequences: false).enumerated()
      .map { number, line in
        (number + 1, String(line).replacing(literal, with: "\"\"").replacing(comment, with: ""))
      }
  }
}
