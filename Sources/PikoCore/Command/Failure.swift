package import SystemPackage

/// A failure that the user is told about: one `error:` line, its hints and the exit status.
///
/// Modules throw it, a verb lets it pass, and ``Command/launch()`` is the one place that prints it.
package struct Failure: Error, Sendable, Equatable {
  /// What went wrong, in git's form: lower case, no full stop, the trouble first, the subject in
  /// single quotes (git's CodingGuidelines, "Error Messages").
  package var message: String
  /// What to type next, a `hint:` line each; each one ends with the command.
  package var hints: [String]
  /// Another program's own words, shown indented below the error line.
  package var detail: String?
  /// The process's exit status.
  package var status: ExitStatus
  /// Where in a file the trouble stands, which the message begins with then.
  package var place: Place?

  /// A place in a file, counted from 1.
  package struct Place: Sendable, Hashable {
    package let file: FilePath
    package let line: Int
    package let column: Int

    package init(file: FilePath, line: Int, column: Int) {
      self.file = file
      self.line = line
      self.column = column
    }
  }

  package init(
    _ message: String, hint: String? = nil, detail: String? = nil, status: ExitStatus = .failed
  ) {
    self.init(message, hints: hint.map { [$0] } ?? [], detail: detail, status: status)
  }

  package init(
    _ message: String, hints: [String], detail: String? = nil, status: ExitStatus = .failed
  ) {
    self.message = message
    self.hints = hints
    self.detail = detail
    self.status = status
  }

  /// The same failure with one more hint.
  package func hinting(_ hint: String) -> Failure {
    var copy = self
    copy.hints.append(hint)
    return copy
  }
}

extension String {
  /// The text in single quotes as messages show it, its control characters made visible, so that
  /// no quoted input can move the cursor or forge a line (git masks them too).
  package var quoted: String { "'\(masked)'" }

  /// The text with control characters replaced by `?`, newlines and tabs by their escapes.
  package var masked: String {
    guard unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
      return self
    }
    var text = ""
    for scalar in unicodeScalars {
      switch scalar {
      case "\n": text += "\\n"
      case "\t": text += "\\t"
      case "\r": text += "\\r"
      case let other where other.properties.generalCategory == .control: text += "?"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}
