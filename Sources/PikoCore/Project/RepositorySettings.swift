import SystemPackage

/// The two settings of a repository's own configuration that say where its checkout is, read without
/// git: `core.bare` and `core.worktree` (git-config(1), "Syntax"). Included files are not followed;
/// git itself writes neither of the two into one.
struct RepositorySettings {
  /// Whether it has no checkout; nil where it does not say.
  private(set) var isBare: Bool?
  /// Its checkout, relative to the git directory; nil where it does not say.
  private(set) var worktree: FilePath?
  private var hasWorktreeFile = false

  /// The settings of a common directory; where worktrees have their own, those of the main one too.
  init(of commonDirectory: FilePath) {
    read(ShortFile.text(commonDirectory.appending("config")) ?? "")
    if hasWorktreeFile {
      read(ShortFile.text(commonDirectory.appending("config.worktree")) ?? "")
    }
  }

  private mutating func read(_ text: String) {
    var section = ""
    var pending = ""
    for raw in text.split(whereSeparator: \.isNewline) {
      var line = pending + String(raw)
      pending = ""
      if line.last == "\\", !line.hasSuffix("\\\\") {
        pending = String(line.dropLast())
        continue
      }
      line = line.trimmed
      if line.first == "[", let end = line.firstIndex(of: "]") {
        section = line[line.index(after: line.startIndex)..<end].lowercased().trimmed
        line = String(line[line.index(after: end)...]).trimmed
      }
      guard !line.isEmpty, line.first != "#", line.first != ";" else { continue }
      let equals = line.firstIndex(of: "=")
      let key = line[..<(equals ?? line.endIndex)].lowercased().trimmed
      let value = equals.map { RepositorySettings.value(line[line.index(after: $0)...]) }
      switch "\(section).\(key)" {
      case "core.bare": isBare = RepositorySettings.flag(value)
      case "core.worktree": worktree = value.flatMap { $0.isEmpty ? nil : FilePath($0) }
      case "extensions.worktreeconfig": hasWorktreeFile = RepositorySettings.flag(value)
      default: break
      }
    }
  }

  /// A setting without a value is true.
  private static func flag(_ text: String?) -> Bool {
    guard let text else { return true }
    return ["true", "yes", "on"].contains(text.lowercased()) || (Int(text) ?? 0) != 0
  }

  /// A value as git reads it: quotes and backslashes resolved, comments and blanks around dropped.
  private static func value(_ text: Substring) -> String {
    var value = ""
    var blanks = ""
    var quoted = false
    var escaped = false
    for character in text {
      if escaped {
        escaped = false
        let plain: [Character: String] = ["n": "\n", "t": "\t", "b": "\u{8}"]
        value += plain[character] ?? String(character)
      } else if character == "\\" {
        value += blanks
        blanks = ""
        escaped = true
      } else if character == "\"" {
        value += blanks
        blanks = ""
        quoted.toggle()
      } else if !quoted, character == "#" || character == ";" {
        break
      } else if !quoted, character == " " || character == "\t" {
        if !value.isEmpty { blanks.append(character) }
      } else {
        value += blanks
        blanks = ""
        value.append(character)
      }
    }
    return value
  }
}

extension StringProtocol {
  fileprivate var trimmed: String {
    var text = self[...]
    while let first = text.first, first.isWhitespace { text = text.dropFirst() }
    while let last = text.last, last.isWhitespace { text = text.dropLast() }
    return String(text)
  }
}
