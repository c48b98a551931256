internal import CSQLite
internal import PikoCore
internal import SystemPackage

/// What SQLite says of a failed call, told as the user needs it: the file, the reason and what to
/// do. Source of the codes: sqlite.org/rescode.html.
struct DatabaseFault: Error {
  /// SQLite's extended result code.
  let code: Int32
  /// SQLite's own words.
  let message: String
  /// The `errno` behind it; 0 where there is none.
  let systemError: Int32
  let file: FilePath

  var failure: Failure {
    let name = Paths.display(file).quoted
    switch code & 0xFF {
    case SQLITE_NOTADB, SQLITE_CORRUPT:
      return Failure(
        "cannot read \(name): it is damaged or no database (\(message))",
        hint: "to set it aside and make it again, run 'piko doctor --fix'", status: .cannotStart)
    case SQLITE_FULL:
      return Failure(
        "cannot write \(name): \(Errno.noSpace)", hint: "free some space, then see 'df'",
        status: .cannotStart)
    case SQLITE_BUSY, SQLITE_LOCKED:
      return Failure(
        "cannot use \(name): another process has kept it locked for ten seconds",
        hint: "to see which, run 'fuser -v \(Paths.display(file))'", status: .cannotStart)
    case SQLITE_READONLY:
      return Failure(
        "cannot write \(name): \(reason)", hint: Paths.hint(toMove: file), status: .cannotStart)
    case SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_AUTH:
      return Failure(
        "cannot open \(name): \(reason)", hint: Paths.hint(toMove: file), status: .cannotStart)
    case SQLITE_IOERR where systemError == Errno.noSpace.rawValue:
      return Failure(
        "cannot write \(name): \(Errno.noSpace)", hint: "free some space, then see 'df'",
        status: .cannotStart)
    case SQLITE_IOERR:
      return Failure(
        "cannot use \(name): \(reason)", hint: "to see what the disk says, run 'dmesg'",
        status: .cannotStart)
    default:
      return Failure("cannot use \(name): \(message) (\(code))", status: .cannotStart)
    }
  }

  /// Whether it can come of a file that was deleted while others used it: its log or the memory that
  /// it shares with them is the next file's, or gone, for a moment.
  ///
  /// Seen: a log that is gone when it is to be deleted or read, one that was emptied while it was
  /// read, and shared memory that keeps changing hands (sqlite.org/rescode.html, `IOERR_SHORT_READ`
  /// and `PROTOCOL`).
  var isOfDeletedFile: Bool {
    switch code & 0xFF {
    case SQLITE_PROTOCOL: true
    case SQLITE_CANTOPEN: systemError == Errno.noSuchFileOrDirectory.rawValue
    case SQLITE_IOERR:
      code == SQLITE_IOERR | 2 << 8 || systemError == Errno.noSuchFileOrDirectory.rawValue
    default: false
    }
  }

  private var reason: String { systemError == 0 ? message : "\(Errno(rawValue: systemError))" }

  /// A file whose version is past every step this program knows.
  static func later(_ file: FilePath, version: Int, known: Int) -> Failure {
    Failure(
      "cannot use \(Paths.display(file).quoted): it was written by a later piko "
        + "(its version is \(version), this one knows \(known))",
      hint: "install that piko; to see which this one is, run 'piko --version'",
      status: .cannotStart)
  }
}
