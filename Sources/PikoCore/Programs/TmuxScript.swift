/// Commands for tmux, as a file of them is written (tmux(1), "COMMAND PARSING AND EXECUTION").
///
/// A script has no limit of length, where a command line of tmux ends at 16 kB.
package struct TmuxScript: Sendable, Equatable {
  private var groups: [[String]] = [[]]

  package init() {}

  package var isEmpty: Bool { groups.allSatisfy(\.isEmpty) }

  /// Adds a command: its words as they are, whatever they hold.
  package mutating func add(_ words: String...) { add(words) }

  /// The same with the words as an array.
  package mutating func add(_ words: [String]) {
    groups[groups.count - 1].append(words.map(TmuxScript.quoted).joined(separator: " "))
  }

  /// Adds a `new-session` or `new-window` whose pane ``Tmux/run(_:in:)`` tells: nothing that hooks of
  /// the user's do to windows meanwhile makes it another one.
  package mutating func make(_ words: [String]) {
    add(words.prefix(1) + ["-P", "-F", "\(TmuxScript.madeMark)#{pane_id}"] + words.dropFirst())
  }

  /// What stands before the id of a pane that was made.
  static let madeMark = "piko-made "
  /// What a script says at its end.
  static let endMark = "piko-done"

  /// Ends a group: where one of its commands fails, those behind it in the group are not run.
  package mutating func endGroup() { groups.append([]) }

  /// The file.
  package var text: String {
    groups.filter { !$0.isEmpty }.map { $0.joined(separator: " ; ") + "\n" }.joined()
  }

  /// A word that tmux expands as a format, written so that it stays what it is.
  package static func literal(_ text: String) -> String {
    text.split(separator: "#", omittingEmptySubsequences: false).joined(separator: "##")
  }

  /// A word in double quotes, in which tmux reads escapes and `$` and, at the beginning, `~`; a
  /// newline is an escape, for tmux drops the blanks behind a real one.
  private static func quoted(_ word: String) -> String {
    var text = "\""
    for scalar in word.unicodeScalars {
      switch scalar {
      case "\"", "\\", "$", "~": text += "\\\(scalar)"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }
}
