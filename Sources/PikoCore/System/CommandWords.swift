/// A command as it is written in a configuration or a variable, such as `code --wait`, as words.
package enum CommandWords {
  /// The words, blanks between them; quotes and backslashes as a POSIX shell reads them, and nothing
  /// of its expansions (POSIX, "Quoting").
  ///
  /// - Throws: where a quote is not closed, or no word remains.
  package static func split(_ text: String) throws(Failure) -> [String] {
    var words: [String] = []
    var word: String?
    var quote: Character?
    var rest = text[...]
    while let character = rest.popFirst() {
      switch (quote, character) {
      case (nil, " "), (nil, "\t"), (nil, "\n"):
        if let ended = word { words.append(ended) }
        word = nil
      case (nil, "'"), (nil, "\""):
        quote = character
        word = word ?? ""
      case (let open?, character) where open == character:
        quote = nil
      case (nil, "\\"):
        guard let next = rest.popFirst() else { throw unreadable(text, "it ends with '\\'") }
        word = (word ?? "") + String(next)
      case ("\"", "\\"):
        let escapes = rest.first.map { "\"\\$`".contains($0) } ?? false
        let next = escapes ? rest.popFirst() ?? "\\" : "\\"
        word = (word ?? "") + String(next)
      default:
        word = (word ?? "") + String(character)
      }
    }
    if let quote { throw unreadable(text, "the quote \(quote) is not closed") }
    if let word { words.append(word) }
    guard words.first?.isEmpty == false else { throw unreadable(text, "it names no program") }
    return words
  }

  private static func unreadable(_ text: String, _ reason: String) -> Failure {
    Failure("cannot read the command \(text.quoted): \(reason)", status: .cannotStart)
  }
}
