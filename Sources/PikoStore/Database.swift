internal import CSQLite
package import PikoCore
package import SystemPackage

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// One connection to one SQLite file, for one thread.
///
/// Writers begin immediate, so two of them wait for each other at the start of a transaction and
/// never meet in its middle; WAL lets readers go on beside a writer. Every error is a ``Failure`` of
/// status 128 that names the file.
package final class Database {
  let file: FilePath
  private let handle: OpaquePointer
  /// Prepared statements that are not in use, by their text: to prepare one takes longer than most
  /// take to run, and a listing asks the same of every environment.
  private var idle: [String: OpaquePointer] = [:]
  /// Why a call failed last.
  private var fault: DatabaseFault?

  /// Opens a file that exists and brings it to the schema's version.
  ///
  /// - Returns: nil where there is no such file; none is made.
  package static func existing(
    _ file: FilePath, schema: Schema
  ) throws(Failure) -> Database? {
    guard try isThere(file) else { return nil }
    do {
      return try Database.opening(file, schema: schema, flags: SQLITE_OPEN_READWRITE)
    } catch {
      // It may have been deleted since.
      guard try isThere(file) else { return nil }
      guard let frozen = Database.immutable(file) else { throw error }
      guard try frozen.version() == schema.version else { throw error }
      return frozen
    }
  }

  private static func isThere(_ file: FilePath) throws(Failure) -> Bool {
    var status = stat()
    if file.withPlatformString({ stat($0, &status) }) == 0 { return true }
    let error = Errno.current
    if error == .noSuchFileOrDirectory || error == .notDirectory { return false }
    throw Failure("cannot open \(Paths.display(file).quoted): \(error)", status: .cannotStart)
  }

  /// Opens a file, making it and the directories above it where they are missing.
  ///
  /// - Parameter directoryMode: the permissions of directories it makes, before the umask.
  package static func creating(
    _ file: FilePath, schema: Schema, directoryMode: UInt32
  ) throws(Failure) -> Database {
    try Directory.make(file.removingLastComponent(), mode: directoryMode)
    makeAlone(file)
    return try opening(file, schema: schema, flags: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)
  }

  /// Makes an empty file where there is none, without the log that a deleted one has left: others
  /// that still hold that one would go on with its shared memory, and nobody could use the new one.
  /// One process at a time does so, by a lock of the directory.
  private static func makeAlone(_ file: FilePath) {
    let directory = open(
      file.removingLastComponent().string, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { return }
    defer { close(directory) }
    guard flock(directory, LOCK_EX) == 0, (try? isThere(file)) == false else { return }
    for ending in ["-wal", "-shm", "-journal"] { unlink(file.string + ending) }
    let made = open(file.string, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    if made >= 0 { close(made) }
  }

  /// Opens a file and brings it to the schema's version.
  ///
  /// Of a file that was deleted while others had it open, the last of those takes the log with it,
  /// which has come to be the new file's (sqlite.org/howtocorrupt.html, "Unlinking or renaming a
  /// database file while in use"): then it is opened again, for two seconds at most.
  private static func opening(
    _ file: FilePath, schema: Schema, flags: Int32
  ) throws(Failure) -> Database {
    var tries: Int32 = 0
    while true {
      let failure: Failure
      let fault: DatabaseFault?
      do throws(DatabaseFault) {
        let database = try Database(file, flags: flags)
        do throws(Failure) {
          try database.prepare(for: schema)
          return database
        } catch {
          (failure, fault) = (error, database.fault)
        }
      } catch {
        (failure, fault) = (error.failure, error)
      }
      let canBe = flags & SQLITE_OPEN_CREATE != 0 ? true : try isThere(file)
      guard canBe, fault?.isOfDeletedFile == true, tries < 100, waitForLock(tries) == 1 else {
        throw failure
      }
      tries += 1
    }
  }

  private init(_ file: FilePath, name: String? = nil, flags: Int32) throws(DatabaseFault) {
    self.file = file
    var opened: OpaquePointer?
    let all = flags | SQLITE_OPEN_NOMUTEX
    let code =
      name.map { sqlite3_open_v2($0, &opened, all, nil) }
      ?? file.withPlatformString { sqlite3_open_v2($0, &opened, all, nil) }
    guard code == SQLITE_OK, let opened else {
      let fault = DatabaseFault(
        code: code, message: String(cString: sqlite3_errstr(code)),
        systemError: opened.map { sqlite3_system_errno($0) } ?? 0, file: file)
      sqlite3_close_v2(opened)
      throw fault
    }
    handle = opened
    sqlite3_extended_result_codes(handle, 1)
    sqlite3_busy_handler(handle, { _, tries in Database.waitForLock(tries) }, nil)
  }

  deinit {
    for statement in idle.values { sqlite3_finalize(statement) }
    sqlite3_close_v2(handle)
  }

  // MARK: Statements

  /// Runs one statement that answers nothing.
  func execute(_ sql: String, _ values: Value...) throws(Failure) {
    let statement = try statement(sql, values)
    while try statement.step() {}
  }

  /// Every row of a query.
  func rows<Row>(
    _ sql: String, _ values: Value..., read: (borrowing Statement) -> Row
  ) throws(Failure) -> [Row] {
    try rows(sql, values: values, read: read)
  }

  /// Every row of a query.
  func rows<Row>(
    _ sql: String, values: [Value], read: (borrowing Statement) -> Row
  ) throws(Failure) -> [Row] {
    let statement = try statement(sql, values)
    var rows: [Row] = []
    while try statement.step() { rows.append(read(statement)) }
    return rows
  }

  /// The first row of a query; nil where there is none.
  func row<Row>(
    _ sql: String, _ values: Value..., read: (borrowing Statement) -> Row
  ) throws(Failure) -> Row? {
    let statement = try statement(sql, values)
    return try statement.step() ? read(statement) : nil
  }

  /// The number of rows that the last statement changed.
  var changes: Int { Int(sqlite3_changes(handle)) }

  /// The id that the last insertion was given.
  var lastInsertion: Int { Int(sqlite3_last_insert_rowid(handle)) }

  /// Does `work` as a whole or not at all, alone among writers. No process and no engine is asked
  /// inside.
  func transaction<Result>(_ work: () throws(Failure) -> Result) throws(Failure) -> Result {
    try execute("BEGIN IMMEDIATE")
    do {
      let result = try work()
      try execute("COMMIT")
      return result
    } catch {
      // A full disk ends the transaction by itself; then there is nothing to roll back.
      if sqlite3_get_autocommit(handle) == 0 { try? execute("ROLLBACK") }
      throw error
    }
  }

  /// Throws what the result code of a call means.
  func check(_ code: Int32) throws(Failure) {
    guard code != SQLITE_OK, code != SQLITE_ROW, code != SQLITE_DONE else { return }
    let primary = code & 0xFF
    if primary == SQLITE_BUSY || primary == SQLITE_INTERRUPT { try Interrupt.check() }
    let fault = DatabaseFault(
      code: code, message: String(cString: sqlite3_errmsg(handle)),
      systemError: sqlite3_system_errno(handle), file: file)
    self.fault = fault
    throw fault.failure
  }

  private func statement(_ sql: String, _ values: [Value]) throws(Failure) -> Statement {
    var prepared = idle.removeValue(forKey: sql)
    if prepared == nil { try check(sqlite3_prepare_v2(handle, sql, -1, &prepared, nil)) }
    guard let prepared else {
      throw Failure("internal error: empty statement", status: .cannotStart)
    }
    return try Statement(self, handle: prepared, of: sql, values: values)
  }

  /// Keeps a statement for the next time, ended and without values.
  func takeBack(_ statement: OpaquePointer, of sql: String) {
    sqlite3_reset(statement)
    sqlite3_clear_bindings(statement)
    if let other = idle.updateValue(statement, forKey: sql) { sqlite3_finalize(other) }
  }

  // MARK: Opening

  /// Brings the file to the schema's version and sets what holds for this connection alone.
  private func prepare(for schema: Schema) throws(Failure) {
    if try version() != schema.version { try migrate(to: schema) }
    try execute("PRAGMA foreign_keys = ON")
    try execute("PRAGMA synchronous = \(schema.durability.rawValue)")
  }

  private func version() throws(Failure) -> Int {
    try row("PRAGMA user_version") { $0.integer(0) } ?? 0
  }

  private func migrate(to schema: Schema) throws(Failure) {
    let found = try version()
    guard found <= schema.version else {
      throw DatabaseFault.later(file, version: found, known: schema.version)
    }
    try switchToWAL()
    try transaction { () throws(Failure) in
      // Another process may have been through it meanwhile.
      let current = try version()
      guard current < schema.version else { return }
      for step in schema.migrations[current...] {
        try check(sqlite3_exec(handle, step, nil, nil, nil))
      }
      try execute("PRAGMA user_version = \(schema.version)")
    }
    let reached = try version()
    guard reached == schema.version else {
      throw DatabaseFault.later(file, version: reached, known: schema.version)
    }
  }

  /// The mode is kept in the file, so it is switched once in its life. SQLite does not call the busy
  /// handler in this place (it could deadlock), so the waiting is done here.
  private func switchToWAL() throws(Failure) {
    for tries in Int32(0)... {
      var prepared: OpaquePointer?
      var code = sqlite3_prepare_v2(handle, "PRAGMA journal_mode = WAL", -1, &prepared, nil)
      if code == SQLITE_OK { code = sqlite3_step(prepared) }
      sqlite3_finalize(prepared)
      if code & 0xFF == SQLITE_BUSY, Database.waitForLock(tries) == 1 { continue }
      return try check(code)
    }
  }

  /// A reader's last way into a file that nothing can be written beside (a read-only disk): SQLite
  /// cannot make the shared memory that WAL needs, and with no log beside it the file is whole.
  private static func immutable(_ file: FilePath) -> Database? {
    let directory = file.removingLastComponent()
    guard (directory.isEmpty ? "." : directory).withPlatformString({ access($0, W_OK) }) != 0,
      FilePath("\(file)-wal").withPlatformString({ access($0, F_OK) }) != 0
    else { return nil }
    var escaped = ""
    for scalar in file.string.unicodeScalars {
      switch scalar {
      case "%", "?", "#": escaped += "%" + String(scalar.value, radix: 16)
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return try? Database(
      file, name: "file:\(escaped)?immutable=1",
      flags: SQLITE_OPEN_READONLY | SQLITE_OPEN_URI)
  }

  /// Sleeps before the next try for a lock: 1 to 25 ms, spread so that many waiters do not march in
  /// step, for about ten seconds in all. 1 to try again, 0 to give up.
  private static func waitForLock(_ tries: Int32) -> Int32 {
    if tries > 800 || (Interrupt.received != nil && !Interrupt.isShielded) { return 0 }
    let longest = UInt32(min(tries + 1, 25)) * 1_000
    usleep(UInt32.random(in: longest / 2...longest))
    return 1
  }
}
