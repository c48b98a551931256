internal import CSQLite
internal import PikoCore
internal import SystemPackage

/// A value bound to a statement's parameter; never spliced into its text.
enum Value {
  case null
  case integer(Int)
  case text(String)
  /// A path's own bytes, which need not be UTF-8.
  case path(FilePath)

  static func flag(_ flag: Bool) -> Value { .integer(flag ? 1 : 0) }
  static func optional(_ number: Int?) -> Value { number.map(Value.integer) ?? .null }
  static func optional(_ text: String?) -> Value { text.map(Value.text) ?? .null }
  static func optional(_ path: FilePath?) -> Value { path.map(Value.path) ?? .null }
}

/// A prepared statement with its values bound, standing on one row at a time.
struct Statement: ~Copyable {
  private let handle: OpaquePointer
  private let sql: String
  private let database: Database

  /// Binds `values` to the parameters, in order, of a statement that was prepared from `sql`.
  init(
    _ database: Database, handle: OpaquePointer, of sql: String, values: [Value]
  ) throws(Failure) {
    self.database = database
    self.handle = handle
    self.sql = sql
    for (index, value) in values.enumerated() {
      try database.check(Statement.bind(value, to: Int32(index + 1), of: handle))
    }
  }

  deinit { database.takeBack(handle, of: sql) }

  /// Moves to the next row; false after the last.
  func step() throws(Failure) -> Bool {
    let code = sqlite3_step(handle)
    if code == SQLITE_ROW { return true }
    guard code != SQLITE_DONE else { return false }
    try database.check(code)
    return false
  }

  /// The whole number in a column; 0 for NULL.
  func integer(_ column: Int32) -> Int { Int(sqlite3_column_int64(handle, column)) }

  func optionalInteger(_ column: Int32) -> Int? { isNull(column) ? nil : integer(column) }

  func flag(_ column: Int32) -> Bool { integer(column) != 0 }

  /// The text in a column; empty for NULL.
  func text(_ column: Int32) -> String {
    guard let bytes = sqlite3_column_text(handle, column) else { return "" }
    return String(cString: bytes)
  }

  func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

  /// The path in a column, byte for byte; empty for NULL.
  func path(_ column: Int32) -> FilePath {
    guard let bytes = sqlite3_column_text(handle, column) else { return FilePath() }
    return bytes.withMemoryRebound(
      to: CChar.self, capacity: Int(sqlite3_column_bytes(handle, column)) + 1
    ) { FilePath(platformString: $0) }
  }

  private func isNull(_ column: Int32) -> Bool {
    sqlite3_column_type(handle, column) == SQLITE_NULL
  }

  private static func bind(_ value: Value, to index: Int32, of handle: OpaquePointer) -> Int32 {
    switch value {
    case .null: sqlite3_bind_null(handle, index)
    case .integer(let number): sqlite3_bind_int64(handle, index, Int64(number))
    case .text(let text):
      piko_sqlite3_bind_copy(handle, index, text, Int32(text.utf8.count))
    case .path(let path):
      path.withPlatformString { piko_sqlite3_bind_copy(handle, index, $0, -1) }
    }
  }
}
