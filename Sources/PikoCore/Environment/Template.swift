/// A value with `${NAME}` in it, as `env:` in `.piko.yml` has them; `$$` is one dollar.
///
/// It is no shell: any other dollar is an error, so that nothing is taken for data that a shell
/// would have replaced, and nothing is ever run.
package struct Template: Sendable, Hashable {
  /// What a template is made of.
  package enum Part: Sendable, Hashable {
    case literal(String)
    case variable(String)
  }

  /// The parts in order; no empty literal among them.
  package let parts: [Part]

  /// The text as it was written.
  package let text: String

  /// Splits `text` into its parts.
  ///
  /// - Throws: a ``Mistake`` at the first dollar that is neither `${NAME}` nor `$$`.
  package init(_ text: String) throws(Mistake) {
    self.text = text
    var parts: [Part] = []
    var literal = ""
    var rest = text[...]
    while let dollar = rest.firstIndex(of: "$") {
      literal += rest[..<dollar]
      rest = rest[dollar...].dropFirst()
      if rest.first == "$" {
        literal += "$"
        rest = rest.dropFirst()
        continue
      }
      let name = try Self.name(startingWith: &rest)
      if !literal.isEmpty { parts.append(.literal(literal)) }
      parts.append(.variable(name))
      literal = ""
    }
    literal += rest
    if !literal.isEmpty { parts.append(.literal(literal)) }
    self.parts = parts
  }

  /// The variables that it names, in order, with repetitions.
  package var variables: [String] {
    parts.compactMap { if case .variable(let name) = $0 { name } else { nil } }
  }

  /// Whether `text` is a name that shells accept for a variable: `[A-Za-z_][A-Za-z0-9_]*`.
  package static func isVariableName(_ text: some StringProtocol) -> Bool {
    guard let first = text.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9") ~= first) else {
      return false
    }
    return text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
        true
      default: false
      }
    }
  }

  /// Takes `{NAME}` from the front of what follows a dollar.
  private static func name(startingWith rest: inout Substring) throws(Mistake) -> String {
    guard rest.first == "{" else {
      let word = rest.prefix { isVariableName("_\($0)") }
      throw isVariableName(word)
        ? Mistake(reason: "'$\(word)' needs braces", correction: "${\(word)}")
        : Mistake(reason: "a dollar stands alone", correction: "$$")
    }
    guard let end = rest.firstIndex(of: "}") else {
      throw Mistake(reason: "'${' has no '}'", correction: "${NAME}")
    }
    let name = rest[rest.index(after: rest.startIndex)..<end]
    guard isVariableName(name) else {
      let shown = name.count > 40 ? "\(name.prefix(40))…" : String(name)
      throw Mistake(reason: "'${\(shown)}' names no variable".masked, correction: "${NAME}")
    }
    rest = rest[end...].dropFirst()
    return String(name)
  }

  /// Why a text is no template.
  package struct Mistake: Error, Equatable {
    /// What is wrong, as an error line ends with it.
    package let reason: String
    /// What to write in that place.
    package let correction: String

    package init(reason: String, correction: String) {
      self.reason = reason
      self.correction = correction
    }
  }
}
