/// A mapping that wants host ports, and how many: more than one where its service runs several
/// replicas that each publish it.
package struct PortRequest: Sendable, Hashable {
  package let mapping: PortMapping
  /// How many consecutive ports; at least 1.
  package let count: Int

  package init(_ mapping: PortMapping, count: Int = 1) {
    self.mapping = mapping
    self.count = max(1, count)
  }
}

/// The consecutive host ports leased for a mapping.
package struct PortRun: Sendable, Hashable {
  package let mapping: PortMapping
  package let ports: ClosedRange<Int>

  package init(_ mapping: PortMapping, ports: ClosedRange<Int>) {
    self.mapping = mapping
    self.ports = ports
  }

  /// Each port by itself.
  package func leases(isShared: Bool) -> [PortLease] {
    ports.map { PortLease(mapping: mapping, port: $0, isShared: isShared) }
  }

  /// The first port, as the mapping's lease.
  package var lease: PortLease { PortLease(mapping: mapping, port: ports.lowerBound) }
}
