import PikoCore
import Support
import SystemPackage
import Testing

/// Every verb has its page, its tests and its line, and all of them say the same.
@Suite struct ManualTests {
  private static let pages = SourceTree.names(in: "man").map { "man/\($0)" }
  /// STYLE 2.10's order.
  private static let sections = [
    "NAME", "SYNOPSIS", "DESCRIPTION", "ENVIRONMENT", "FILES", "EXIT STATUS", "EXAMPLES",
    "SEE ALSO",
  ]

  @Test(arguments: SourceTree.verbs)
  func everyVerbIsEverywhere(verb: String) throws {
    #expect(SourceTree.has(FilePath("man/piko-\(verb).1")), "no manual page")
    #expect(
      SourceTree.has(FilePath("Tests/CommandTests/\(verb.capitalized)Tests.swift")), "no tests")
    #expect(
      try SourceTree.commands().contains { $0.verb == verb }, "no line in share/piko/commands")
  }

  @Test func nothingIsLeftOfVerbsThatAreGone() throws {
    for command in try SourceTree.commands() {
      #expect(SourceTree.verbs.contains(command.verb), "share/piko/commands: \(command.verb)")
    }
    for page in SourceTree.names(in: "man") where page.hasPrefix("piko-") && page.hasSuffix(".1") {
      #expect(SourceTree.verbs.contains(String(page.dropFirst(5).dropLast(2))), "man/\(page)")
    }
  }

  @Test func commandsFileIsWellFormed() throws {
    var groups: [String] = []
    for command in try SourceTree.commands() {
      #expect(!command.group.isEmpty && !command.summary.isEmpty, "\(command.verb)")
      #expect(command.summary.count <= 60 && !command.summary.hasSuffix("."), "\(command.verb)")
      if groups.last != command.group { groups.append(command.group) }
    }
    #expect(groups.count == Set(groups).count, "a group is in two places: \(groups)")
  }

  @Test(arguments: SourceTree.verbs)
  func pageAndHelpAndCommandsGiveOneSummary(verb: String) throws {
    let command = try #require(try SourceTree.commands().first { $0.verb == verb })
    let page = try Page(FilePath("man/piko-\(verb).1"))
    #expect(page.summary.capitalizedFirst == command.summary)
    #expect(try HelpDump(of: verb).command.abstract == command.summary)
  }

  /// `piko help` shows the groups of `share/piko/commands`.
  @Test func theMainPageHasTheGroupsOfTheOverview() throws {
    var listed: [String] = []
    for command in try SourceTree.commands() {
      let title = command.group.capitalizedFirst
      if !listed.contains(title) { listed.append(title) }
      listed.append(command.verb)
    }
    #expect(try Page("man/piko.1").groups == listed)
  }

  @Test(arguments: SourceTree.verbs)
  func pageAndHelpNameTheSameOptions(verb: String) throws {
    let page = try Page(FilePath("man/piko-\(verb).1"))
    let dumped = try HelpDump(of: verb).options
    #expect(page.options.subtracting(dumped).sorted() == [], "in the page alone")
    #expect(dumped.subtracting(page.options).sorted() == [], "in the program alone")
  }

  @Test func pagesAreWellFormed() throws {
    #expect(Self.pages.count >= 5)
    let lint = try Program("mandoc").run(
      ["-T", "lint", "-W", "warning"] + Self.pages, in: SourceTree.root)
    #expect(lint.text + lint.errors == "")
  }

  @Test(arguments: pages)
  func pageHasItsSectionsInOrder(file: String) throws {
    let page = try Page(FilePath(file))
    let places = page.sections.map { Self.sections.firstIndex(of: $0) }
    if file.hasSuffix(".1") {
      #expect(!places.contains(nil), "\(page.sections)")
      for section in ["NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS", "EXAMPLES", "SEE ALSO"] {
        #expect(page.sections.contains(section), "no section \(section)")
      }
    }
    let known = places.compactMap(\.self)
    #expect(known == known.sorted(), "\(page.sections)")
    for reference in page.references where reference.hasPrefix("piko") {
      #expect(SourceTree.has(FilePath("man/\(reference)")), "refers to \(reference)")
    }
  }

  @Test(arguments: pages)
  func pageFitsATerminal(file: String) throws {
    let text = try Program("mandoc").output(
      ["-T", "utf8", "-O", "width=78", file], in: SourceTree.root, failing: "cannot format \(file)")
    for line in text.split(separator: "\n") {
      // Overstruck letters are drawn as letter, backspace, letter.
      let width = line.count - 2 * line.filter { $0 == "\u{8}" }.count
      #expect(width <= 80, "\(line)")
    }
  }
}

extension String {
  fileprivate var capitalized: String { capitalizedFirst }
  fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
