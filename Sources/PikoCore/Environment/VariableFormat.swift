/// A way to write variables down for whoever reads them.
package enum VariableFormat: String, CaseIterable, Sendable {
  /// `export NAME='value';` for POSIX shells and zsh.
  case sh
  /// `set -gx NAME 'value';` for fish.
  case fish
  /// Lines for `include` in a GNU makefile.
  case make
  /// `NAME=value` lines as Compose and dotenv libraries read them.
  case dotenv
  /// One JSON document.
  case json

  /// The line (or lines) that set one variable. JSON is written as a whole elsewhere.
  package func assignment(_ name: String, _ value: String) -> String {
    switch self {
    case .sh: "export \(name)=\(Quoting.shell(value));"
    case .fish: "set -gx \(name) \(Quoting.fish(value));"
    case .make: Quoting.make(name, value)
    case .dotenv: "\(name)=\(Quoting.dotenv(value))"
    case .json: ""
    }
  }
}

/// How a value is written so that each reader gets it back unchanged.
package enum Quoting {
  /// Single quotes, each `'` inside as `'\''` (POSIX, "Quoting").
  package static func shell(_ value: String) -> String {
    "'" + value.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
      + "'"
  }

  /// A word of a command in a hint: quoted only where a shell would take it apart.
  package static func word(_ text: String) -> String {
    isPlain(text) && !text.isEmpty && !text.hasPrefix("~") ? text : visible(text)
  }

  /// A text quoted for a shell as hints show it. A control character does not go to the terminal as it
  /// is: then it is in `$'…'` (POSIX.1-2024, "Dollar-Single-Quotes"), which bash and zsh read too.
  static func visible(_ text: String) -> String {
    guard text.masked != text else { return shell(text) }
    var quoted = "$'"
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": quoted += "\\n"
      case "\t": quoted += "\\t"
      case "\r": quoted += "\\r"
      case "'", "\\": quoted += "\\\(scalar)"
      case let other where other.properties.generalCategory == .control:
        for byte in String(other).utf8 {
          let digits = String(byte, radix: 8)
          quoted += "\\" + String(repeating: "0", count: 3 - digits.count) + digits
        }
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "'"
  }

  /// Whether a shell takes the text as it is, a `~` at its beginning apart.
  static func isPlain(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { scalar in
      scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
        || "/~._-+@:,".unicodeScalars.contains(scalar)
    }
  }

  /// Single quotes, in which fish reads `\\` and `\'` only.
  package static func fish(_ value: String) -> String {
    var text = "'"
    for character in value {
      if character == "\\" || character == "'" { text += "\\" }
      text.append(character)
    }
    return text + "'"
  }

  /// A plain word where that is safe, single quotes where nothing inside needs an escape (dotenv
  /// readers interpolate nothing there), else double quotes with escapes.
  package static func dotenv(_ value: String) -> String {
    let isPlain = value.unicodeScalars.allSatisfy { scalar in
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9", "_", "-", ".", "/", ":", ",", "@", "+": true
      default: false
      }
    }
    if isPlain { return value }
    if !value.contains("'"), !value.contains(where: \.isNewline), !value.contains("\\") {
      return "'\(value)'"
    }
    var text = "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\\": text += "\\\\"
      case "\"": text += "\\\""
      case "$": text += "\\$"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }

  /// An exported assignment for GNU make: `$` doubled, `#` escaped, a newline by a variable that is
  /// one, for a line of the value could end a `define` (GNU make manual, "Setting Variables" and
  /// "Defining Multi-Line Variables").
  fileprivate static func make(_ name: String, _ value: String) -> String {
    var text = ""
    var backslashes = 0
    for scalar in value.unicodeScalars {
      switch scalar {
      case "$": text += "$$"
      // make halves the backslashes before a `#`, and only those.
      case "#": text += String(repeating: "\\", count: backslashes + 1) + "#"
      case "\n": text += "$(PIKO_NEWLINE)"
      default: text.unicodeScalars.append(scalar)
      }
      backslashes = scalar == "\\" ? backslashes + 1 : 0
    }
    let first = value.unicodeScalars.first
    let last = value.unicodeScalars.last
    // Blanks at the beginning are dropped, and so is a carriage return at the end; a backslash there
    // would take the next line in.
    let start = first == " " || first == "\t" ? "$()" : ""
    let end = last == "\\" || last == "\r" ? "$()" : ""
    let newline = value.unicodeScalars.contains("\n") ? "define PIKO_NEWLINE\n\n\nendef\n" : ""
    return "\(newline)export \(name) := \(start)\(text)\(end)"
  }
}
