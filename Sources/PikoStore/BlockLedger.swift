internal import PikoCore

/// Which blocks of ports are whose. Its methods are parts of a transaction that the caller holds.
struct BlockLedger {
  let database: Database

  /// The blocks that nobody holds: those of `preferred` first, then the lowest.
  func free(preferring preferred: [PortBlock]) throws(Failure) -> [PortBlock] {
    let held = Set(try database.rows("SELECT number FROM blocks") { $0.integer(0) })
    let free = PortBlock.numbers.filter { !held.contains($0) }.map(PortBlock.init)
    let wanted = preferred.filter { !held.contains($0.number) }
    return wanted + free.filter { !wanted.contains($0) }
  }

  /// The blocks that an environment of this name held when it was last released.
  func former(of name: EnvironmentName, in project: Int) throws(Failure) -> [PortBlock] {
    try database.rows(
      "SELECT number FROM former_blocks WHERE project_id = ? AND name = ? ORDER BY ordinal",
      .integer(project), .text(name.text)
    ) { PortBlock($0.integer(0)) }
  }

  /// The blocks of an environment, in the order in which they were leased.
  func blocks(of environment: Int) throws(Failure) -> [PortBlock] {
    try database.rows(
      "SELECT number FROM blocks WHERE environment_id = ? ORDER BY ordinal", .integer(environment)
    ) { PortBlock($0.integer(0)) }
  }

  func take(_ block: PortBlock, ordinal: Int, for environment: Int) throws(Failure) {
    try database.execute(
      "INSERT INTO blocks (number, environment_id, ordinal) VALUES (?, ?, ?)",
      .integer(block.number), .integer(environment), .integer(ordinal))
  }

  /// Every block is leased.
  static func exhausted(for name: EnvironmentName, oldest: RegisteredEnvironment?) -> Failure {
    let count = PortBlock.numbers.count
    let failure = Failure(
      "cannot reserve ports for environment \(name.text.quoted): all \(count) blocks are leased",
      hint: "to see what holds them, run 'piko list --all'")
    guard let oldest else { return failure }
    return failure.hinting(
      "destroy what is no longer needed; the oldest is of project "
        + "\(oldest.projectName.quoted): in \(Paths.display(oldest.root).quoted), "
        + "run 'piko destroy \(oldest.name)'")
  }
}
