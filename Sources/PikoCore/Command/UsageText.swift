import ArgumentParser

/// What a verb says of its command line, in the shape of git's `-h` (parse-options.c): the usage
/// lines, one for each form, what it does, and its arguments and options in columns.
struct UsageText {
  private let name: String
  private let abstract: String
  private let forms: [Substring]
  private let arguments: [DeclaredArgument]

  /// As wide as git's own texts, whatever the terminal: what is read in a log looks the same.
  private static let columns = 80
  private static let explanationColumn = 26

  init(of command: (some ParsableCommand).Type) {
    let configuration = command.configuration
    name = configuration.commandName ?? ""
    abstract = configuration.abstract
    arguments = UsageText.arguments(dumped: command._dumpHelp())
    let generated = command.usageString()
    let text = configuration.usage ?? UsageText.named(arguments, in: generated.afterLabel)
    forms = text.split(separator: "\n")
  }

  /// `usage: piko env [NAME]`, every further form behind `or:`.
  var usage: String {
    forms.enumerated().map { number, form in
      UsageText.wrapped(spelled(form), behind: number == 0 ? "usage: " : "   or: ")
    }.joined()
  }

  /// The whole text.
  var help: String {
    let shown = arguments.filter(\.isShown)
    let lists = [shown.filter(\.isPositional), shown.filter { !$0.isPositional }]
    return ([usage, "\(abstract)\n"] + lists.filter { !$0.isEmpty }.map(UsageText.table))
      .joined(separator: "\n")
  }

  /// The parser's complaint in git's words, with the option that was probably meant.
  func complaint(_ message: String) -> Failure {
    let lowered = message.prefix(1).lowercased() + message.dropFirst()
    let text = UsageText.named(arguments, in: lowered[...])
      .replacing(". Please provide one of ", with: ", it must be one of ")
    guard text.hasPrefix("unknown option '--"), let end = text.dropFirst(16).firstIndex(of: "'")
    else { return Failure(text.masked) }
    let typed = text[..<end].dropFirst(16)
    let failure = Failure("unknown option \(String(typed).quoted)")
    let known = arguments.filter(\.isShown).flatMap(\.names).filter { $0.hasPrefix("--") }
    let near = NearestName.of(
      String(typed.dropFirst(2).prefix { $0 != "=" }), among: known.map { String($0.dropFirst(2)) })
    return near.map { failure.hinting("the most similar option is '--\($0)'") } ?? failure
  }

  /// A form as it is typed: `piko env`, where the parser has the program's own name.
  private func spelled(_ form: Substring) -> String {
    let trimmed = String(form.drop { $0 == " " })
    guard trimmed.hasPrefix(name), let dash = name.firstIndex(of: "-") else { return trimmed }
    return "\(name[..<dash]) \(name[name.index(after: dash)...])\(trimmed.dropFirst(name.count))"
  }

  // MARK: - Columns

  /// The text behind a label, broken between words so that it stays within the columns; what is in
  /// brackets stays together, and further lines begin below the first argument.
  private static func wrapped(_ text: String, behind label: String) -> String {
    var words: [String] = []
    var depth = 0
    for word in text.split(separator: " ") {
      if depth > 0, let last = words.popLast() {
        words.append("\(last) \(word)")
      } else {
        words.append(String(word))
      }
      depth += word.reduce(0) { $0 + ($1 == "[" ? 1 : $1 == "]" ? -1 : 0) }
    }
    let indent = label.count + words.prefix(2).reduce(0) { $0 + $1.count + 1 }
    return label + filled(words, from: label.count, indent: indent)
  }

  private static func table(_ arguments: [DeclaredArgument]) -> String {
    arguments.map { argument in
      let label = "    \(argument.label)"
      let words = argument.explanation.split(separator: " ").map(String.init)
      let isLong = label.count + 2 > explanationColumn
      let gap = String(
        repeating: " ", count: isLong ? explanationColumn : explanationColumn - label.count)
      return label + (isLong ? "\n" : "") + gap
        + filled(words, from: explanationColumn, indent: explanationColumn)
    }.joined()
  }

  private static func filled(_ words: [String], from start: Int, indent: Int) -> String {
    var text = ""
    var column = start
    for (number, word) in words.enumerated() {
      if number > 0, column + 1 + word.count > columns - 1 {
        text += "\n" + String(repeating: " ", count: indent)
        column = indent
      } else if number > 0 {
        text += " "
        column += 1
      }
      text += word
      column += word.count
    }
    return text + "\n"
  }

  /// The parser's `<name>` as `NAME`.
  private static func named(_ arguments: [DeclaredArgument], in text: Substring) -> String {
    arguments.reduce(String(text)) { text, argument in
      text.replacing("<\(argument.value)>", with: argument.value.uppercased())
    }
  }
}

/// An argument or option as the parser declares it.
private struct DeclaredArgument {
  let names: [String]
  let value: String
  let explanation: String
  let isShown: Bool
  let isPositional: Bool
  let label: String

  init(_ dumped: JSONValue) {
    names = (dumped["names"]?.array ?? []).map { name in
      (name["kind"]?.string == "long" ? "--" : "-") + (name["name"]?.string ?? "")
    }
    value = dumped["valueName"]?.string ?? ""
    isShown = dumped["shouldDisplay"] == .bool(true)
    isPositional = dumped["kind"]?.string == "positional"
    let text = dumped["abstract"]?.string ?? ""
    let usual = dumped["defaultValue"]?.string.map { " (default: \($0))" } ?? ""
    let sentence = (text.hasSuffix(".") ? String(text.dropLast()) : text) + usual
    explanation = sentence.prefix(1).lowercased() + sentence.dropFirst()
    let isRepeated = isPositional && dumped["isRepeating"] == .bool(true)
    if isPositional {
      label = value.uppercased() + (isRepeated ? "..." : "")
    } else {
      let spelled = names.sorted { $0.count < $1.count }.joined(separator: ", ")
      label = spelled + (dumped["kind"]?.string == "option" ? " \(value.uppercased())" : "")
    }
  }
}

extension UsageText {
  /// The arguments in the parser's description of a command, which is JSON.
  fileprivate static func arguments(dumped text: String) -> [DeclaredArgument] {
    let tree = try? JSONValue(parsing: Array(text.utf8))
    return (tree?["command"]?["arguments"]?.array ?? []).map { DeclaredArgument($0) }
  }
}

extension String {
  /// The text without the parser's label in front.
  fileprivate var afterLabel: Substring {
    hasPrefix("Usage: ") ? dropFirst("Usage: ".count) : self[...]
  }
}
