import PikoCore

/// What a check found: one line of `piko doctor`.
package struct Finding {
  /// How bad it is; an error that stands makes the status 1.
  package enum Severity: String, Sendable, Comparable {
    case ok, warning, error

    package static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }
    private var rank: Int { self == .ok ? 0 : self == .warning ? 1 : 2 }
  }

  package let severity: Severity
  package let text: String
  /// What to type to mend it; of what is well, to be without it.
  package let command: String?
  /// Mends it, where that loses nothing, and says what was done; nil where it is the user's to do.
  package let mend: (() throws -> String)?

  /// All is well.
  package static func ok(_ text: String) -> Finding {
    Finding(severity: .ok, text: text, command: nil, mend: nil)
  }

  /// Something that is there for a reason, and that the user alone may find superfluous.
  package static func kept(_ text: String, removal: String) -> Finding {
    Finding(severity: .ok, text: text, command: removal, mend: nil)
  }

  /// What cannot be said while the engine does not answer. Where nothing needs one, all is well.
  static func unasked(_ site: Site) throws -> Finding {
    try site.usesContainers()
      ? .problem(
        .warning, "not known: the engine was not asked, as it does not answer", command: nil)
      : .ok("the engine was not asked, and is not needed here")
  }

  /// Something that the user mends by a command.
  package static func problem(
    _ severity: Severity, _ text: String, command: String?
  ) -> Finding {
    Finding(severity: severity, text: text, command: command, mend: nil)
  }

  /// Something that `piko doctor --fix` mends.
  package static func mendable(
    _ severity: Severity, _ text: String, mend: @escaping () throws -> String
  ) -> Finding {
    Finding(severity: severity, text: text, command: "piko doctor --fix", mend: mend)
  }
}

extension Failure {
  /// What the last hint says to type: what it has in quotes.
  var command: String? {
    guard let hint = hints.last, let open = hint.firstIndex(of: "'"),
      let close = hint.lastIndex(of: "'"), open < close
    else { return nil }
    return String(hint[hint.index(after: open)..<close])
  }
}

/// One thing that can be in order or not.
package protocol Check: Sendable {
  /// Its name in the report.
  var name: String { get }

  /// Looks, and changes nothing. No finding is as good as one that says so.
  func run(in site: Site) throws -> [Finding]
}
