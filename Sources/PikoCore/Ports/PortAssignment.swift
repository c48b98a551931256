/// Which host ports the mappings of one environment get.
///
/// A mapping's preferred port has its target's last two digits; where that is taken, the next free
/// one in the block, wrapping. What has a lease keeps it. TCP and UDP of one service, target,
/// address and ordinal share a number. The order is by service, target and protocol, so that the
/// same model always gives the same ports.
package struct PortAssignment {
  /// The port of `piko server`; never leased.
  package static let serverPort = 19_876

  /// What came of an assignment.
  package struct Outcome: Sendable, Equatable {
    /// New runs, and runs that moved because they could not grow where they were.
    package var assigned: [PortRun] = []
    /// What no block had room for.
    package var unplaced: [PortRequest] = []
  }

  /// The environment's blocks, in the order in which they are filled.
  private let blocks: [PortBlock]
  private let existing: [PortMapping: ClosedRange<Int>]
  private let forbidden: Set<Int>
  private let isFree: (Int, Transport) -> Bool
  /// Who holds each port of the environment.
  private var holders: [Int: Endpoint]

  /// - Parameters:
  ///   - existing: what is leased already, of services that have vanished too.
  ///   - forbidden: ports never given, whatever their transport.
  ///   - isFree: whether nothing on the machine answers on a port.
  package init(
    blocks: [PortBlock], existing: [PortRun], forbidden: Set<Int> = [],
    isFree: @escaping (Int, Transport) -> Bool
  ) {
    self.blocks = blocks
    self.existing = Dictionary(
      existing.map { ($0.mapping, $0.ports) }, uniquingKeysWith: { first, _ in first })
    self.forbidden = forbidden.union([PortAssignment.serverPort])
    self.isFree = isFree
    holders = [:]
    for run in existing { for port in run.ports { holders[port] = Endpoint(run.mapping) } }
  }

  /// Finds ports for every request that has none, or fewer than it needs.
  package func assign(_ requests: [PortRequest]) -> Outcome {
    var working = self
    return working.place(requests)
  }

  private mutating func place(_ requests: [PortRequest]) -> Outcome {
    var counts: [PortMapping: Int] = [:]
    for request in requests {
      counts[request.mapping] = max(counts[request.mapping] ?? 1, request.count)
    }
    var outcome = Outcome()
    let grouped = Dictionary(grouping: counts.keys.sorted(), by: Endpoint.init)
    for (endpoint, mappings) in grouped.sorted(by: { $0.value[0] < $1.value[0] }) {
      var pending: [PortRequest] = []
      var shared: Int?
      for mapping in mappings {
        let count = counts[mapping] ?? 1
        guard let ports = existing[mapping] else {
          pending.append(PortRequest(mapping, count: count))
          continue
        }
        let grown = ports.lowerBound...max(ports.upperBound, ports.lowerBound + count - 1)
        if grown == ports {
          shared = shared ?? ports.lowerBound
        } else if fits(grown, for: endpoint, [mapping.transport], holding: ports) {
          take(grown, for: mapping, into: &outcome)
          shared = shared ?? ports.lowerBound
        } else {
          pending.append(PortRequest(mapping, count: count))
        }
      }
      place(pending, of: endpoint, beside: shared, into: &outcome)
    }
    return outcome
  }

  private mutating func place(
    _ pending: [PortRequest], of endpoint: Endpoint, beside shared: Int?,
    into outcome: inout Outcome
  ) {
    guard !pending.isEmpty else { return }
    let length = pending.map(\.count).max() ?? 1
    let transports = Set(pending.map(\.mapping.transport))
    let first =
      shared.flatMap { port in
        fits(port...(port + length - 1), for: endpoint, transports, holding: nil) ? port : nil
      } ?? search(length, for: endpoint, transports)
    guard let first else {
      outcome.unplaced += pending
      return
    }
    for request in pending {
      take(first...(first + request.count - 1), for: request.mapping, into: &outcome)
    }
  }

  private func search(_ length: Int, for endpoint: Endpoint, _ transports: Set<Transport>) -> Int? {
    for block in blocks {
      let start = endpoint.target % PortBlock.size
      for step in 0..<PortBlock.size {
        let first = block.ports.lowerBound + (start + step) % PortBlock.size
        let ports = first...(first + length - 1)
        guard !ports.contains(where: { holders[$0] != nil }) else { continue }
        if fits(ports, for: endpoint, transports, holding: nil) { return first }
      }
    }
    return nil
  }

  /// Whether a run lies in one block of the environment and every port of it that is not `held`
  /// already is free of others, allowed and unanswered.
  private func fits(
    _ ports: ClosedRange<Int>, for endpoint: Endpoint, _ transports: Set<Transport>,
    holding held: ClosedRange<Int>?
  ) -> Bool {
    guard blocks.contains(where: { $0.ports.contains(ports) }) else { return false }
    return ports.allSatisfy { port in
      if held?.contains(port) == true { return true }
      guard holders[port] == nil || holders[port] == endpoint, !forbidden.contains(port) else {
        return false
      }
      return transports.allSatisfy { isFree(port, $0) }
    }
  }

  private mutating func take(
    _ ports: ClosedRange<Int>, for mapping: PortMapping, into outcome: inout Outcome
  ) {
    for port in ports { holders[port] = Endpoint(mapping) }
    outcome.assigned.append(PortRun(mapping, ports: ports))
  }
}

/// What TCP and UDP share: everything of a mapping but its transport.
private struct Endpoint: Hashable {
  let service: String
  let target: Int
  let address: String
  let ordinal: Int

  init(_ mapping: PortMapping) {
    service = mapping.service
    target = mapping.target
    address = mapping.address
    ordinal = mapping.ordinal
  }
}
