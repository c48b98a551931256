/// A subnet leased for a network.
package struct LeasedSubnets: Sendable, Equatable {
  /// In CIDR notation: `10.213.0.64/26`.
  package let ipv4: String
  /// In CIDR notation; only where the network uses IPv6.
  package let ipv6: String?

  package init(ipv4: String, ipv6: String? = nil) {
    self.ipv4 = ipv4
    self.ipv6 = ipv6
  }
}
