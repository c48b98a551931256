internal import CPosix

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What the standard streams are connected to, decided once.
package enum Terminal {
  /// Whether standard input is a terminal.
  package static let inputIsTerminal = isatty(STDIN_FILENO) == 1
  /// Whether standard output is a terminal.
  package static let outputIsTerminal = isatty(STDOUT_FILENO) == 1
  /// Whether standard error is a terminal.
  package static let errorIsTerminal = isatty(STDERR_FILENO) == 1
  /// Whether a question can be asked and its answer read: both standard input and error are
  /// terminals.
  package static let canPrompt = inputIsTerminal && errorIsTerminal

  /// Opens those of the three streams that the caller closed (`piko list >&-`): the next file that is
  /// opened would take their number, and the answer would be written into it.
  ///
  /// As with closed ones, nothing can be read from them, and writing an answer is an error (gnulib's
  /// stdopen is the model; git's `sanitize_stdfds` lets it be lost). The narration is nobody's loss.
  static func openClosedStreams() {
    for (descriptor, mode) in [
      (STDIN_FILENO, O_RDONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_WRONLY),
    ] where fcntl(descriptor, F_GETFD) == -1 && errno == EBADF {
      // The lowest free number, which is this one as those below it are open.
      _ = open("/dev/null", mode)
    }
  }

  /// The width of standard output in columns: `COLUMNS`, else the terminal's own, else 80.
  package static func columns() -> Int {
    if let text = ProcessEnvironment.value("COLUMNS"), let columns = Int(text), columns > 0 {
      return columns
    }
    let columns = Int(piko_terminal_columns(STDOUT_FILENO))
    return columns > 0 ? columns : 80
  }

  /// Whether a stream takes colour: a terminal, `NO_COLOR` empty or unset, `TERM` not `dumb`.
  /// Source of the rule: no-color.org.
  package static func allowsColour(onTerminal: Bool) -> Bool {
    onTerminal && ProcessEnvironment.value("NO_COLOR") == nil && !isDumb
  }

  /// Whether the terminal can do no more than show one line after the other: `TERM` is `dumb`.
  package static var isDumb: Bool { ProcessEnvironment.value("TERM") == "dumb" }
}

/// The few colours piko uses, as SGR codes.
package enum Colour: String {
  case red = "31"
  case green = "32"
  case yellow = "33"
  case cyan = "36"
  case faint = "2"

  /// `text` in this colour where `enabled`, else as it is.
  package func paint(_ text: String, when enabled: Bool) -> String {
    enabled ? "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" : text
  }
}
