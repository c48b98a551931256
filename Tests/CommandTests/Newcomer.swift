import FoundationEssentials
import PikoCore
import Support
import SystemPackage
import Testing

/// A person with piko installed and a shell on a terminal, who types what a page says.
struct Newcomer {
  let sandbox: Sandbox
  private let terminal: OuterTerminal

  /// - Parameters:
  ///   - directory: where the shell begins.
  ///   - environment: further lines for the shell, before the first prompt.
  init(_ sandbox: Sandbox, in directory: FilePath, before: String = "") throws {
    self.sandbox = sandbox
    let prefix = try Newcomer.installation(in: sandbox)
    // A pager would take what is typed ahead.
    try sandbox.write(
      """
      PS1='% '
      PATH=\(prefix)/bin:$PATH
      export GIT_PAGER=cat
      \(before)

      """, to: "home/.newcomer")
    terminal = try OuterTerminal(
      sandbox, columns: 200, rows: 60, "exec bash --noprofile --rcfile $HOME/.newcomer -i",
      in: directory)
    try terminal.wait(for: "%")
  }

  /// The built programs and the files of `share/` and `man/`, as an installation lays them out. The
  /// examples in it are built from the tests' image, since no registry may be at hand.
  static func installation(in sandbox: Sandbox) throws -> FilePath {
    let prefix = sandbox.root.appending("prefix")
    guard !sandbox.exists("prefix") else { return prefix }
    let files = FileManager.default
    try files.createDirectory(
      atPath: prefix.appending("bin").string, withIntermediateDirectories: true)
    for program in SourceTree.verbs.map({ "piko-\($0)" }) + ["piko", "git-piko"] {
      try files.createSymbolicLink(
        atPath: prefix.pushing("bin").appending(program).string,
        withDestinationPath: BuiltPrograms.path(of: program).string)
    }
    try sandbox.output(
      "cp", ["-R", SourceTree.root.appending("share").string, prefix.string])
    for name in SourceTree.names(in: "share/piko/examples") {
      let file = prefix.pushing("share/piko/examples").appending(name).appending(".env")
      guard sandbox.exists(file) else { continue }
      let lines = try sandbox.read(file).split(separator: "\n").map {
        $0.hasPrefix("BASE_IMAGE=") ? "BASE_IMAGE=\(TestImage.tag)" : $0
      }
      try sandbox.write(lines.joined(separator: "\n") + "\n", to: file)
    }
    return prefix
  }

  /// Types a command, waits for the next prompt, and gives what was seen in between.
  ///
  /// - Parameter steps: what has to be on the terminal, one after another, and which keys are typed
  ///   then, by their names in tmux: for a program that waits for a person.
  func type(
    _ command: String, steps: [(wait: String, keys: [String])] = [],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> [String] {
    let lines = try enter(command)
    for step in steps {
      try terminal.wait(for: step.wait, sourceLocation: sourceLocation)
      for key in step.keys { try terminal.type(key) }
    }
    // What is seen before the shell has cleared the terminal is the last command's.
    let first = "% \(command.prefix { $0 != "\n" }.prefix(60))"
    var shown: [String] = []
    let isDone = try Sessions.waits(within: .seconds(180)) {
      shown = try terminal.text().split(separator: "\n").map(Self.trimmed).filter { !$0.isEmpty }
      return shown.count > lines && shown.last == "%"
        && shown.first?.hasPrefix(Self.trimmed(first[...])) == true
    }
    #expect(
      isDone, "'\(command)' does not end:\n\(shown.joined(separator: "\n"))",
      sourceLocation: sourceLocation)
    return Array(shown.dropFirst(lines).dropLast())
  }

  /// Types a command that goes on until it is interrupted, and waits until all of this is seen.
  func start(
    _ command: String, until seen: [String], sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    _ = try enter(command)
    for part in seen { try terminal.wait(for: part, sourceLocation: sourceLocation) }
  }

  /// Ends it.
  func interrupt() throws {
    try terminal.type("C-c")
    let isDone = try Sessions.waits(within: .seconds(60)) {
      try terminal.text().split(separator: "\n").map(Self.trimmed)
        .last { !$0.isEmpty }?.hasSuffix("%") == true
    }
    let shown = try terminal.text()
    #expect(isDone, "not interrupted:\n\(shown)")
  }

  /// Types a command on a clear terminal, and gives the number of its lines.
  private func enter(_ command: String) throws -> Int {
    try terminal.type("C-l")
    let lines = command.split(separator: "\n")
    for line in lines {
      try terminal.type("-l", "--", String(line))
      try terminal.type("Enter")
    }
    return lines.count
  }

  /// A line of the terminal without the blanks at its end.
  private static func trimmed(_ line: Substring) -> String {
    String(line.reversed().drop { $0 == " " }.reversed())
  }

  /// Whether a page's line is one of those that were seen: the same but for versions, ports, times
  /// and where the project lies.
  static func saw(_ line: String, in seen: [String]) -> Bool {
    seen.contains { general($0) == general(line) }
  }

  private static func general(_ line: String) -> String {
    var words: [String] = []
    for word in line.split(separator: " ") {
      if let path = word.firstRange(of: "/.piko/worktrees/"), word.hasPrefix("/") {
        words.append(String(word[path.lowerBound...]))
      } else if word.first?.isNumber == true, word.last.map({ "smh".contains($0) }) == true {
        words.append("AGE")
      } else if word.first?.isNumber == true, word.contains(".") {
        words.append("VERSION")
      } else if let colon = word.lastIndex(of: ":"), word[colon...].dropFirst().count == 5,
        word[colon...].dropFirst().allSatisfy(\.isNumber)
      {
        words.append("\(word[...colon])PORT")
      } else if word.count == 5, word.allSatisfy(\.isNumber) {
        words.append("PORT")
      } else {
        words.append(String(word))
      }
    }
    return words.joined(separator: " ")
  }
}
