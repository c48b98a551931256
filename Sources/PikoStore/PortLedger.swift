package import PikoCore

/// The host ports of environments, leased for as long as they live.
package struct PortLedger {
  let database: Database

  /// How many further blocks one call may look through for a port that nothing answers on.
  private static let patience = 16

  /// What is leased to an environment, also for mappings that have vanished, in the order of
  /// mappings.
  package func leases(of environment: RegisteredEnvironment) throws(Failure) -> [PortRun] {
    try runs(of: environment.id)
  }

  /// What is leased to an environment for the mappings of its model, in their order.
  package func current(of environment: RegisteredEnvironment) throws(Failure) -> [PortRun] {
    try runs(of: environment.id, where: "AND NOT retired")
  }

  /// Records which mappings the model has. What is leased for others stays theirs until they come
  /// back or the environment is destroyed, and is shown nowhere meanwhile.
  package func retire(
    allBut mappings: Set<PortMapping>, of environment: RegisteredEnvironment
  ) throws(Failure) {
    let wanted = try leases(of: environment).map(\.mapping).filter { mappings.contains($0) }
    guard try current(of: environment).map(\.mapping) != wanted else { return }
    try database.transaction { () throws(Failure) in
      try database.execute(
        "UPDATE port_leases SET retired = 1 WHERE environment_id = ?", .integer(environment.id))
      for mapping in wanted {
        try execute("UPDATE port_leases SET retired = 0", on: mapping, of: environment.id)
      }
    }
  }

  /// The machine's leases by port, for naming whose a port is.
  package func holder(
    of port: Int, _ transport: Transport
  ) throws(Failure) -> RegisteredEnvironment? {
    let id = try database.row(
      "SELECT environment_id FROM port_leases WHERE port = ? AND transport = ?", .integer(port),
      .text(transport.rawValue)
    ) { $0.integer(0) }
    guard let id else { return nil }
    return try RegisteredEnvironment.load(
      from: database, where: "environments.id = ?", [.integer(id)]
    ).first
  }

  /// Gives every request its ports: those it has, else new ones by ``PortAssignment``'s rules. What
  /// is leased never moves, save a run that cannot grow where it is. An environment whose blocks are
  /// too small gets another one.
  ///
  /// - Parameters:
  ///   - forbidden: ports never given: those of the main checkout's own model.
  ///   - isFree: whether nothing answers on a port (``PortProbe``); asked outside any transaction,
  ///     once for a port.
  /// - Returns: the runs of the requests, in the order of mappings.
  package func lease(
    _ requests: [PortRequest], for environment: RegisteredEnvironment, forbidden: Set<Int>,
    isFree: @escaping (Int, Transport) -> Bool
  ) throws(Failure) -> [PortRun] {
    try settle(requests, moving: [], environment, forbidden, isFree)
  }

  /// Moves leased mappings, with what shares their number, to other ports.
  ///
  /// - Returns: their new runs, in the order of mappings.
  package func reassign(
    _ mappings: [PortMapping], of environment: RegisteredEnvironment, forbidden: Set<Int>,
    isFree: @escaping (Int, Transport) -> Bool
  ) throws(Failure) -> [PortRun] {
    let moving = try runs(of: environment.id).filter { run in
      mappings.contains { $0.sharesNumber(with: run.mapping) }
    }
    let requests = moving.map { PortRequest($0.mapping, count: $0.ports.count) }
    let left = Set(moving.flatMap(\.ports))
    return try settle(requests, moving: moving, environment, forbidden.union(left), isFree)
  }

  // MARK: Plan, probe, commit

  private func settle(
    _ requests: [PortRequest], moving: [PortRun], _ environment: RegisteredEnvironment,
    _ forbidden: Set<Int>, _ isFree: @escaping (Int, Transport) -> Bool
  ) throws(Failure) -> [PortRun] {
    let wanted = Set(requests.map(\.mapping))
    if let tooLong = requests.first(where: { $0.count > PortBlock.size }) {
      throw Failure(
        "cannot lease \(tooLong.count) consecutive ports for service "
          + "\(tooLong.mapping.service.quoted): a block has \(PortBlock.size)")
    }
    let probe = Probe(isFree)
    while true {
      try Interrupt.check()
      // Read without a lock: the commit looks whether it still holds.
      let snapshot = try snapshot(of: environment)
      let plan = try plan(requests, moving, snapshot, environment, forbidden, probe)
      guard !plan.assigned.isEmpty else {
        return snapshot.runs.filter { wanted.contains($0.mapping) }
      }
      if try commit(plan, moving, over: snapshot, environment) {
        return try runs(of: environment.id).filter { wanted.contains($0.mapping) }
      }
    }
  }

  private func snapshot(of environment: RegisteredEnvironment) throws(Failure) -> Snapshot {
    let blocks = BlockLedger(database: database)
    return Snapshot(
      runs: try runs(of: environment.id), blocks: try blocks.blocks(of: environment.id),
      free: try blocks.free(
        preferring: blocks.former(of: environment.name, in: environment.project)))
  }

  private func plan(
    _ requests: [PortRequest], _ moving: [PortRun], _ snapshot: Snapshot,
    _ environment: RegisteredEnvironment, _ forbidden: Set<Int>, _ probe: Probe
  ) throws(Failure) -> Plan {
    let kept = snapshot.runs.filter { !moving.contains($0) }
    var more: [PortBlock] = []
    while true {
      let outcome = PortAssignment(
        blocks: snapshot.blocks + more, existing: kept, forbidden: forbidden, isFree: probe.isFree
      ).assign(requests)
      if outcome.unplaced.isEmpty {
        let used = more.filter { block in
          outcome.assigned.contains { block.ports.contains($0.ports) }
        }
        return Plan(assigned: outcome.assigned, blocks: used)
      }
      guard more.count < PortLedger.patience + requests.count / 10 else {
        throw Failure(
          "cannot lease a port for service \(outcome.unplaced[0].mapping.service.quoted): "
            + "something answers on every port of \(more.count) blocks",
          hint: "to see what listens, run 'ss -ltunp'")
      }
      guard more.count < snapshot.free.count else { throw try exhausted(environment) }
      more.append(snapshot.free[more.count])
    }
  }

  /// Writes a plan; false where somebody changed what it was made from.
  private func commit(
    _ plan: Plan, _ moving: [PortRun], over snapshot: Snapshot, _ environment: RegisteredEnvironment
  ) throws(Failure) -> Bool {
    try database.transaction { () throws(Failure) in
      let now = try self.snapshot(of: environment)
      guard now.runs == snapshot.runs, now.blocks == snapshot.blocks,
        Set(now.free).isSuperset(of: plan.blocks)
      else { return false }
      let blocks = BlockLedger(database: database)
      for (index, block) in plan.blocks.enumerated() {
        try blocks.take(block, ordinal: now.blocks.count + index, for: environment.id)
      }
      for mapping in moving.map(\.mapping) + plan.assigned.map(\.mapping) {
        try delete(mapping, of: environment.id)
      }
      for run in plan.assigned { try insert(run, of: environment.id) }
      return true
    }
  }

  private func exhausted(_ environment: RegisteredEnvironment) throws(Failure) -> Failure {
    let oldest = try RegisteredEnvironment.load(from: database, where: "NOT shared", [])
      .min { $0.id < $1.id }
    return BlockLedger.exhausted(for: environment.name, oldest: oldest)
  }

  // MARK: Rows

  private func runs(
    of environment: Int, where condition: String = ""
  ) throws(Failure) -> [PortRun] {
    let rows = try database.rows(
      """
      SELECT service, target, transport, address, ordinal, min(port), max(port) FROM port_leases
      WHERE environment_id = ? \(condition) GROUP BY service, target, transport, address, ordinal
      """, .integer(environment)
    ) { row in
      PortRun(
        PortMapping(
          service: row.text(0), target: row.integer(1),
          transport: Transport(rawValue: row.text(2)) ?? .tcp, address: row.text(3),
          ordinal: row.integer(4)), ports: row.integer(5)...row.integer(6))
    }
    return rows.sorted { $0.mapping < $1.mapping }
  }

  private func insert(_ run: PortRun, of environment: Int) throws(Failure) {
    for (position, port) in run.ports.enumerated() {
      try database.execute(
        """
        INSERT INTO port_leases (environment_id, service, target, transport, address, ordinal,
          position, port) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """, .integer(environment), .text(run.mapping.service), .integer(run.mapping.target),
        .text(run.mapping.transport.rawValue), .text(run.mapping.address),
        .integer(run.mapping.ordinal), .integer(position), .integer(port))
    }
  }

  private func delete(_ mapping: PortMapping, of environment: Int) throws(Failure) {
    try execute("DELETE FROM port_leases", on: mapping, of: environment)
  }

  /// Executes a statement on the rows of one mapping.
  private func execute(
    _ statement: String, on mapping: PortMapping, of environment: Int
  ) throws(Failure) {
    try database.execute(
      """
      \(statement) WHERE environment_id = ? AND service = ? AND target = ?
        AND transport = ? AND address = ? AND ordinal = ?
      """, .integer(environment), .text(mapping.service), .integer(mapping.target),
      .text(mapping.transport.rawValue), .text(mapping.address), .integer(mapping.ordinal))
  }
}

/// What an assignment is planned from.
private struct Snapshot {
  let runs: [PortRun]
  let blocks: [PortBlock]
  let free: [PortBlock]
}

/// What an assignment will write.
private struct Plan {
  let assigned: [PortRun]
  let blocks: [PortBlock]
}

/// Answers about ports, each asked for once.
private final class Probe {
  private let ask: (Int, Transport) -> Bool
  private var answers: [Transport: [Int: Bool]] = [:]

  init(_ ask: @escaping (Int, Transport) -> Bool) { self.ask = ask }

  func isFree(_ port: Int, _ transport: Transport) -> Bool {
    if let answer = answers[transport]?[port] { return answer }
    let answer = ask(port, transport)
    answers[transport, default: [:]][port] = answer
    return answer
  }
}

extension PortMapping {
  /// Whether they differ in nothing but the transport.
  fileprivate func sharesNumber(with other: PortMapping) -> Bool {
    service == other.service && target == other.target && address == other.address
      && ordinal == other.ordinal
  }
}
