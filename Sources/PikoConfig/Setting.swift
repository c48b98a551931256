package import PikoCore

/// One value of the configuration that holds, and where it comes from.
package struct Setting: Sendable, Equatable {
  /// Who said it, the later ones over the earlier.
  package enum Source: String, Sendable, CaseIterable {
    /// Nobody: it is piko's own.
    case standard = "default"
    case user
    case root
    case worktree
  }

  /// Its path from the top of the file.
  package let path: [String]
  package let value: JSONValue
  package let source: Source
  /// Where its key stands; nil for piko's own.
  package let origin: Origin?

  /// The path as messages write it: `scripts.setup`.
  package var key: String { path.joined(separator: ".") }

  /// The value on one line.
  package var text: String { Setting.text(value) }

  private static func text(_ value: JSONValue) -> String {
    switch value {
    case .null: return ""
    case .bool(let flag): return "\(flag)"
    case .integer(let number): return "\(number)"
    case .number(let number): return "\(number)"
    case .array(let items): return items.map(text).joined(separator: ", ")
    case .string(let string):
      let lines = string.split(separator: "\n", omittingEmptySubsequences: false)
      let first = lines.first.map(String.init) ?? ""
      return lines.dropFirst().contains { !$0.isEmpty } ? first + " …" : first
    case .object(let members):
      // `value` and `command` are what it is about; the rest follows in brackets.
      let main = (members["value"] ?? members["command"]).map(text) ?? ""
      let rest = members.sorted { $0.key < $1.key }
        .filter { !["name", "value", "command"].contains($0.key) }
        .map { "\($0.key): \(text($0.value))" }
      let notes = rest.isEmpty ? "" : "(\(rest.joined(separator: ", ")))"
      return [main, notes].filter { !$0.isEmpty }.joined(separator: " ")
    }
  }
}
