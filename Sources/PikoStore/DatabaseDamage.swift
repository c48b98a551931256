internal import CSQLite
internal import PikoCore
package import SystemPackage

/// Whether a database file can be trusted, asked without changing it.
package enum DatabaseDamage {
  /// What is wrong with the content of a file, in SQLite's words; nil for a whole database, for none
  /// at all, and where the file cannot be read for another reason than its content.
  package static func find(in file: FilePath) -> String? {
    var opened: OpaquePointer?
    defer { sqlite3_close_v2(opened) }
    let code = file.withPlatformString { sqlite3_open_v2($0, &opened, SQLITE_OPEN_READWRITE, nil) }
    guard code == SQLITE_OK, let opened else { return nil }
    sqlite3_busy_timeout(opened, 10_000)
    var statement: OpaquePointer?
    defer { sqlite3_finalize(statement) }
    let prepared = sqlite3_prepare_v2(opened, "PRAGMA quick_check(1)", -1, &statement, nil)
    let stepped = prepared == SQLITE_OK ? sqlite3_step(statement) : prepared
    if [SQLITE_NOTADB, SQLITE_CORRUPT].contains(stepped & 0xFF) {
      return String(cString: sqlite3_errmsg(opened))
    }
    guard stepped == SQLITE_ROW, let text = sqlite3_column_text(statement, 0) else { return nil }
    let verdict = String(cString: text)
    return verdict == "ok" ? nil : verdict
  }

  /// The files that SQLite keeps beside a database.
  package static let companions = ["-wal", "-shm"]
}
