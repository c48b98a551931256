/// A `.env` file, read as far as finding compose files needs it: `NAME=value` lines, `export`,
/// comments and the two kinds of quotes. Compose itself reads it for everything else.
struct DotEnv {
  private(set) var variables: [String: String] = [:]

  init(_ text: String) {
    for line in text.split(whereSeparator: \.isNewline) {
      var rest = DotEnv.trimmed(line)
      if rest.hasPrefix("export ") { rest = DotEnv.trimmed(rest.dropFirst("export ".count)) }
      guard !rest.hasPrefix("#"), let equals = rest.firstIndex(of: "=") else { continue }
      let name = DotEnv.trimmed(rest[..<equals])
      variables[String(name)] = DotEnv.value(DotEnv.trimmed(rest[rest.index(after: equals)...]))
    }
  }

  private static func value(_ text: Substring) -> String {
    if let quote = text.first, quote == "\"" || quote == "'",
      let end = text.dropFirst().firstIndex(of: quote)
    {
      return String(text[text.index(after: text.startIndex)..<end])
    }
    let comment = text.firstRange(of: " #")
    return String(trimmed(comment.map { text[..<$0.lowerBound] } ?? text))
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text
    while let first = text.first, first == " " || first == "\t" { text = text.dropFirst() }
    while let last = text.last, last == " " || last == "\t" { text = text.dropLast() }
    return text
  }
}
