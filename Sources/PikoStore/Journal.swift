package import PikoCore

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// What piko does in a project, written before it is done: what a killed process leaves here is
/// finished or undone by the next one.
package struct Journal {
  /// How an operation or a step stands.
  package enum State: String, Sendable {
    /// Its action may have happened, in part or whole.
    case begun
    case done
    case failed
    /// What it did was taken back.
    case undone
  }

  /// One verb's work on one environment.
  package struct Operation: Sendable, Hashable {
    package let id: Int
    package let verb: String
    package let environment: EnvironmentName
    package let state: State
    /// Anything the verb needs to go on with, as JSON.
    package let detail: String?
    /// The process that began it.
    package let pid: Int
    /// Seconds since 1970.
    package let begunAt: Int
    /// Seconds since 1970; nil while it is begun.
    package let endedAt: Int?
  }

  /// One reversible part of an operation.
  package struct Entry: Sendable, Hashable {
    package let id: Int
    package let operation: Int
    package let verb: String
    package let step: String
    package let state: State
    /// What undoing it needs to know, as JSON.
    package let detail: String?
    /// Seconds since 1970.
    package let begunAt: Int
    /// The same to the millisecond by RFC 3339, as the engine writes its moments.
    package let begunExactlyAt: String
    /// Seconds since 1970; nil while it is begun.
    package let endedAt: Int?
  }

  let database: Database

  // MARK: Operations

  /// Records that this process begins a verb's work and gives the operation's id.
  package func begin(
    _ verb: String, on environment: EnvironmentName, detail: String? = nil
  ) throws(Failure) -> Int {
    try database.execute(
      "INSERT INTO operations (verb, environment, state, detail, pid) VALUES (?, ?, 'begun', ?, ?)",
      .text(verb), .text(environment.text), .optional(detail), .integer(Int(getpid())))
    return database.lastInsertion
  }

  /// Records how an operation ended. Steps of it that are still begun stay so; what undoing them
  /// would have needed is forgotten.
  package func end(operation: Int, as state: State) throws(Failure) {
    try database.execute(
      "UPDATE journal SET detail = NULL WHERE operation_id = ? AND detail IS NOT NULL",
      .integer(operation))
    try database.execute(
      "UPDATE operations SET state = ?, ended_at = CURRENT_TIMESTAMP WHERE id = ?",
      .text(state.rawValue), .integer(operation))
  }

  /// The operations on an environment that were begun and never ended, the oldest first. Whether one
  /// is still at work, the environment's ``FileLock`` says.
  package func unfinished(of environment: EnvironmentName) throws(Failure) -> [Operation] {
    try database.rows(
      "\(Journal.operations) WHERE environment = ? AND state = 'begun' ORDER BY id",
      .text(environment.text), read: Journal.operation)
  }

  /// Records those on an environment as failed, all but one: what they were cut off in is gone on with.
  package func endUnfinished(
    of environment: EnvironmentName, besides id: Int? = nil
  ) throws(Failure) {
    for operation in try unfinished(of: environment) where operation.id != id {
      try end(operation: operation.id, as: .failed)
    }
  }

  /// The unfinished operations on every environment, the oldest first.
  package func unfinished() throws(Failure) -> [Operation] {
    try database.rows(
      "\(Journal.operations) WHERE state = 'begun' ORDER BY id", read: Journal.operation)
  }

  /// A verb's last work on an environment, ended or not; nil where the journal knows of none.
  package func latest(
    _ verb: String, on environment: EnvironmentName
  ) throws(Failure) -> Operation? {
    try database.row(
      "\(Journal.operations) WHERE environment = ? AND verb = ? ORDER BY id DESC LIMIT 1",
      .text(environment.text), .text(verb), read: Journal.operation)
  }

  // MARK: Steps

  /// Records a step **before** it acts and gives the entry's id.
  ///
  /// - Parameter detail: what undoing it needs to know, as JSON.
  package func begin(
    step: String, of operation: Int, detail: String? = nil
  ) throws(Failure) -> Int {
    try database.execute(
      """
      INSERT INTO journal (operation_id, step, state, detail, begun_at)
      VALUES (?, ?, 'begun', ?, strftime('%Y-%m-%d %H:%M:%f', 'now'))
      """, .integer(operation), .text(step), .optional(detail))
    return database.lastInsertion
  }

  /// Replaces what undoing an operation's last step of a name needs to know, while it acts or later.
  package func note(_ detail: String, forStep step: String, of operation: Int) throws(Failure) {
    try database.execute(
      """
      UPDATE journal SET detail = ?
      WHERE id = (SELECT max(id) FROM journal WHERE operation_id = ? AND step = ?)
      """, .text(detail), .integer(operation), .text(step))
  }

  /// Records that a step's action is done.
  ///
  /// - Parameter detail: replaces what was recorded at its beginning; nil keeps that.
  package func finish(step entry: Int, detail: String? = nil) throws(Failure) {
    try set(entry, to: .done, detail: detail)
  }

  /// Records that a step's action failed; what it had done so far may still have to be undone.
  package func fail(step entry: Int, detail: String? = nil) throws(Failure) {
    try set(entry, to: .failed, detail: detail)
  }

  /// Records that nothing is left of what a step did.
  package func undo(step entry: Int) throws(Failure) { try set(entry, to: .undone, detail: nil) }

  /// The steps of an operation in the order in which they were begun.
  package func entries(of operation: Int) throws(Failure) -> [Entry] {
    try database.rows(
      "\(Journal.entries) WHERE operation_id = ? ORDER BY journal.id", .integer(operation),
      read: Journal.entry)
  }

  /// The last steps on an environment over all its operations, the latest first.
  package func last(_ count: Int, of environment: EnvironmentName) throws(Failure) -> [Entry] {
    try database.rows(
      "\(Journal.entries) WHERE environment = ? ORDER BY journal.id DESC LIMIT ?",
      .text(environment.text), .integer(count), read: Journal.entry)
  }

  /// The steps of all operations on an environment from one of them on, each once.
  package func steps(
    of environment: EnvironmentName, since operation: Int
  ) throws(Failure) -> [String] {
    try database.rows(
      """
      SELECT DISTINCT step FROM journal JOIN operations ON operations.id = operation_id
      WHERE environment = ? AND operation_id >= ?
      """, .text(environment.text), .integer(operation)
    ) { $0.text(0) }
  }

  /// Forgets all but the last `count` operations that have ended, with their steps. What is
  /// unfinished stays.
  package func trim(keeping count: Int = 200) throws(Failure) {
    try database.execute(
      """
      DELETE FROM operations WHERE state <> 'begun' AND id NOT IN
        (SELECT id FROM operations WHERE state <> 'begun' ORDER BY id DESC LIMIT ?)
      """, .integer(count))
  }

  private func set(_ entry: Int, to state: State, detail: String?) throws(Failure) {
    try database.execute(
      """
      UPDATE journal SET state = ?, detail = coalesce(?, detail), ended_at = CURRENT_TIMESTAMP
      WHERE id = ?
      """, .text(state.rawValue), .optional(detail), .integer(entry))
  }

  private static let operations = """
    SELECT id, verb, environment, state, detail, pid, \(seconds("begun_at")),
      \(seconds("ended_at")) FROM operations
    """

  private static func operation(_ row: borrowing Statement) -> Operation {
    Operation(
      id: row.integer(0), verb: row.text(1), environment: EnvironmentName(stored: row.text(2)),
      state: State(rawValue: row.text(3)) ?? .begun, detail: row.optionalText(4),
      pid: row.integer(5), begunAt: row.integer(6), endedAt: row.optionalInteger(7))
  }

  private static let entries = """
    SELECT journal.id, operation_id, verb, step, journal.state, journal.detail,
      \(seconds("journal.begun_at")), \(seconds("journal.ended_at")),
      strftime('%Y-%m-%dT%H:%M:%fZ', journal.begun_at)
    FROM journal JOIN operations ON operations.id = operation_id
    """

  private static func entry(_ row: borrowing Statement) -> Entry {
    Entry(
      id: row.integer(0), operation: row.integer(1), verb: row.text(2), step: row.text(3),
      state: State(rawValue: row.text(4)) ?? .begun, detail: row.optionalText(5),
      begunAt: row.integer(6), begunExactlyAt: row.text(8), endedAt: row.optionalInteger(7))
  }
}
