/// The tables of one database as the ordered list of steps that lead to them.
///
/// `PRAGMA user_version` counts the steps a file has been through: a step, once released, is never
/// edited, only followed by another.
package struct Schema: Sendable {
  /// How sure a committed transaction is after a loss of power; a killed process loses nothing
  /// either way (sqlite.org/pragma.html#pragma_synchronous, in WAL mode).
  package enum Durability: String, Sendable {
    /// Each commit waits for the disk.
    case full = "FULL"
    /// The last commits may be lost with the power; the file stays whole.
    case normal = "NORMAL"
  }

  /// The scripts, each run in one transaction.
  let migrations: [String]
  let durability: Durability

  package init(migrations: [String], durability: Durability) {
    self.migrations = migrations
    self.durability = durability
  }

  /// The version of a file that has been through every step.
  package var version: Int { migrations.count }
}
