import FoundationEssentials

/// A process that lives (proc(5), `/proc/pid/stat`).
struct ProcessEntry {
  let identity: Identity
  let parent: Int32
  let session: Int32
  /// The number of its controlling terminal; 0 for none.
  let terminal: Int32
  /// Whether it was stopped, by Ctrl-Z for one.
  let isStopped: Bool
  /// Its program's name, cut to 15 bytes by the system.
  let name: String

  /// A process and no later one of the same number.
  struct Identity: Hashable {
    let id: Int32
    /// When it began, in ticks of the clock since the machine did.
    let began: UInt64
  }

  init?(of id: Int32) {
    guard let bytes = FileManager.default.contents(atPath: "/proc/\(id)/stat") else { return nil }
    // The name in parentheses may hold anything.
    let text = String(decoding: bytes, as: UTF8.self)
    guard let start = text.firstIndex(of: "("), let end = text.lastIndex(of: ")"), start < end
    else { return nil }
    let fields = text[end...].dropFirst().split(separator: " ")
    guard fields.count > 19, fields[0] != "Z", fields[0] != "X", let parent = Int32(fields[1]),
      let session = Int32(fields[3]), let terminal = Int32(fields[4]),
      let began = UInt64(fields[19])
    else { return nil }
    identity = Identity(id: id, began: began)
    self.parent = parent
    self.session = session
    self.terminal = terminal
    isStopped = fields[0] == "T" || fields[0] == "t"
    name = String(text[start..<end].dropFirst())
  }

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
