import FoundationEssentials
import PikoCore
import SystemPackage

/// What a process does on a terminal.
extension ProcessEntry {
  /// Whether it reads or writes a terminal, or shows its errors there; nil where the system does not
  /// tell: it is another user's.
  func uses(terminal path: String) -> Bool? {
    var isKnown = false
    for number in 0...2 {
      guard let target = stream(number) else { continue }
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
    guard isShell, var words = words?.dropFirst() else { return false }
    while let word = words.popFirst() {
      let isOption = word.hasPrefix("--") || word.hasPrefix("-") && !word.contains("c")
      guard isOption || word.hasPrefix("+") else { return false }
      if Self.valued.contains(word) { words = words.dropFirst() }
    }
    return true
  }

  /// Whether it is a shell at whose prompt somebody types on a terminal.
  func isTypedInto(at terminal: String) -> Bool {
    isWaitingShell && stream(0) == terminal
  }

  /// Whether it is a text editor, by its name: `vim.basic` and `emacs-nox` too.
  var isEditor: Bool {
    let called = name == "busybox" ? words?.dropFirst().first ?? "" : name
    return Self.editors.contains(String(called.prefix { $0 != "." && $0 != "-" }))
  }

  /// Whether it is what a file is run by: the program itself, or the interpreter of a script.
  func runs(_ file: String) -> Bool {
    guard let wanted = FilePath(file).lastComponent?.string else { return false }
    let called = (words ?? []).prefix(2).compactMap { word in
      // A login shell's own name begins with a dash.
      FilePath(word.hasPrefix("-") ? String(word.dropFirst()) : word).lastComponent?.string
    }
    return called.contains(wanted)
  }

  /// What it was called with, its own name first; nil where the system does not tell.
  var words: [String]? {
    FileManager.default.contents(atPath: "/proc/\(identity.id)/cmdline").map { bytes in
      bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }
  }

  /// The file that one of its standard streams is; nil where it is none or the system does not tell.
  private func stream(_ number: Int) -> String? {
    try? FileManager.default.destinationOfSymbolicLink(
      atPath: "/proc/\(identity.id)/fd/\(number)")
  }

  /// Options of shells behind which a word of their own follows.
  private static let valued: Set<String> = [
    "--rcfile", "--init-file", "--init-command", "-C", "-o", "+o", "-O", "+O",
  ]

  private static let shells: Set<String> = [
    "sh", "ash", "bash", "csh", "dash", "elvish", "fish", "ksh", "ksh93", "mksh", "nu", "oksh",
    "rbash", "tcsh", "xonsh", "yash", "zsh",
  ]

  private static let editors: Set<String> = [
    "aee", "code", "codium", "dte", "e3", "e3em", "e3ne", "e3pi", "e3vi", "e3ws",
    "ed", "edit", "ee", "elvis", "emacs", "emacsclient", "eview", "evim", "ex", "featherpad",
    "geany", "gedit", "gview", "gvim", "gvimdiff", "helix", "hx", "jed", "jmacs", "joe", "jove",
    "jpico", "jstar", "kak", "kate", "kwrite", "lapce", "le", "levee", "lvim", "mcedit", "mg",
    "micro", "mined", "mle", "moe", "mousepad", "msedit", "nano", "ne", "nedit", "nvi", "nvim",
    "pico", "pluma", "qe", "rgview", "rgvim", "rnano", "rview", "rvim", "scite", "subl", "tilde",
    "vi", "view", "vile", "vim", "vimdiff", "vimx", "vis", "xed", "xemacs", "zed", "zile",
  ]
}
