import FoundationEssentials
import PikoCore

/// What a process does on a terminal.
extension ProcessEntry {
  /// Whether it reads or writes a terminal, or shows its errors there; nil where the system does not
  /// tell: it is another user's.
  func uses(terminal path: String) -> Bool? {
    var isKnown = false
    for stream in 0...2 {
      let link = "/proc/\(identity.id)/fd/\(stream)"
      guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: link) else {
        continue
      }
      isKnown = true
      if target == path { return true }
    }
    return isKnown ? false : nil
  }

  /// Whether it is a shell, whatever it was given to run.
  var isShell: Bool { Self.shells.contains(name) }

  /// Whether it is a shell that somebody types into: one that was given neither a script nor a
  /// command.
  var isWaitingShell: Bool {
    guard isShell,
      let bytes = FileManager.default.contents(atPath: "/proc/\(identity.id)/cmdline")
    else { return false }
    var words = bytes.split(separator: 0).dropFirst().map { String(decoding: $0, as: UTF8.self) }[
      ...]
    while let word = words.popFirst() {
      let isOption = word.hasPrefix("--") || word.hasPrefix("-") && !word.contains("c")
      guard isOption || word.hasPrefix("+") else { return false }
      if Self.valued.contains(word) { words = words.dropFirst() }
    }
    return true
  }

  /// Options of shells behind which a word of their own follows.
  private static let valued: Set<String> = [
    "--rcfile", "--init-file", "--init-command", "-C", "-o", "+o", "-O", "+O",
  ]

  private static let shells: Set<String> = [
    "sh", "ash", "bash", "csh", "dash", "elvish", "fish", "ksh", "ksh93", "mksh", "nu", "oksh",
    "rbash", "tcsh", "xonsh", "yash", "zsh",
  ]
}
