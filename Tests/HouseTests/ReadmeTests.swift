import PikoCore
import Support
import SystemPackage
import Testing

/// What the README says of the tree is so.
@Suite struct ReadmeTests {
  private let text: String

  init() throws { text = try SourceTree.text(of: "README.md") }

  @Test func itsTableHasEveryVerb() throws {
    let start = try #require(text.firstRange(of: "| verb | does |\n")).upperBound
    let table = text[start...].prefix(
      upTo: text[start...].firstRange(of: "\n\n")?.lowerBound ?? start)
    let listed = table.split(separator: "\n").dropFirst().flatMap { row in
      let names = row.split(separator: "|").first ?? ""
      return names.split(separator: ",").map { $0.filter { $0 != "`" && $0 != " " } }
    }
    #expect(listed.sorted() == SourceTree.verbs)
  }

  @Test func whatItNamesIsThere() throws {
    let folders = ["Sources/", "Tests/", "share/", "man/"]
    let named = text.split { "`(), \n".contains($0) }.map { $0.prefix { $0 != "*" } }
      .filter { word in
        folders.contains { word.hasPrefix($0) } && !word.lowercased().contains("verb")
      }
      .filter { !$0.hasPrefix("Sources/piko-") || $0.count > "Sources/piko-".count }
      .filter { $0 != "Sources/C" }
    #expect(named.count > 15)
    for path in named { #expect(SourceTree.has(FilePath(String(path))), "\(path)") }
  }

  @Test func itsListingHasEveryModule() throws {
    for module in SourceTree.names(in: "Sources") where module.hasPrefix("Piko") {
      #expect(text.contains("\nSources/\(module) "), "\(module)")
    }
  }

  /// The verbs' commands that stand in a text, with the options they are given there.
  @Test func everyCommandThatIsShownHasItsVerbAndOptions() throws {
    var known: [String: Set<String>] = [:]
    for verb in SourceTree.verbs { known[verb] = try HelpDump(of: verb).options }
    var seen = 0
    for (place, command) in try Self.commands() {
      let words = command.split(separator: " ").drop { $0 == "piko" || $0 == "git" }.map(
        String.init)
      guard let verb = words.first, verb.allSatisfy({ $0.isLowercase }),
        !["help", "verb"].contains(verb)
      else {
        continue
      }
      let options = try #require(known[verb], "\(place): \(command)")
      // What follows a command's name is the command's own.
      let own = verb == "exec" ? [] : words.dropFirst().prefix { $0 != "--" }
      for word in own where word.hasPrefix("-") {
        let option = word.filter { !"')],".contains($0) }.prefix { $0 != "=" }
        #expect(options.contains(String(option)) || option == "-h", "\(place): \(command)")
      }
      seen += 1
    }
    #expect(seen > 100)
  }

  private static func commands() throws -> [(place: String, command: String)] {
    var found: [(String, String)] = []
    let readmes = SourceTree.names(in: "share/piko/examples")
      .map { "share/piko/examples/\($0)/README.md" }
    for place in readmes + ["README.md"] {
      for line in try SourceTree.text(of: FilePath(place)).split(separator: "\n") {
        let spans =
          line.hasPrefix("    ")
          ? [line]
          : line.split(separator: "`", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset % 2 == 1 }.map(\.element)
        found += spans.flatMap(parts).map { (place, $0) }
      }
    }
    for page in SourceTree.names(in: "man") {
      for line in try SourceTree.text(of: FilePath("man/\(page)")).split(separator: "\n")
      where line.hasPrefix(".Ql piko ") || line.hasPrefix("$ ") || line.hasPrefix(".Dl $ ") {
        // A macro's argument ends with the blank before a full stop or a macro's name.
        let shown = line.hasPrefix(".Ql ") ? line.dropFirst(4) : line
        let plain = shown.split(separator: " ").filter { $0 != "Ar" && $0 != "Fl" && $0 != "." }
        found += parts(plain.joined(separator: " ")[...]).map { ("man/\(page)", $0) }
      }
    }
    return found
  }

  /// The calls of piko in a line of a shell.
  private static func parts(_ line: Substring) -> [String] {
    line.split { "|&;()#\"<>".contains($0) }
      .map { $0.drop { $0 == " " || $0 == "$" || $0 == "'" } }
      .filter { $0.hasPrefix("piko ") || $0.hasPrefix("git piko ") }.map(String.init)
  }
}
