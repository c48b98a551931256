/// A range of addresses that environments' networks are cut from.
package struct SubnetPool: Sendable, Hashable {
  /// All of it.
  package let range: Subnet

  package init(_ range: Subnet) { self.range = range }

  /// The pool of IPv4 networks where the user's configuration names none: 10.213.0.0/16.
  package static let ipv4 = SubnetPool(Subnet.known(.ipv4, 0x0AD5_0000, prefix: 16))

  /// The pool of IPv6 networks: a local prefix (RFC 4193) whose global id spells `piko`.
  package static let ipv6 = SubnetPool(
    Subnet.known(.ipv6, 0xfd70_696b_6f00 << 80, prefix: 48))

  /// How many addresses of a /26 are counted on for containers; the rest stays for the network's
  /// own address, gateway and broadcast and for containers being replaced.
  private static let hostsOfSmallest = 50

  /// The prefix of a network for `hosts` containers: 64 bits with IPv6; with IPv4 26, shorter where
  /// more than 50 are to fit.
  package func prefix(forHosts hosts: Int) -> Int {
    guard range.family == .ipv4 else { return 64 }
    let spare = 64 - SubnetPool.hostsOfSmallest
    var prefix = 26
    while prefix > 8, (1 << (32 - prefix)) - spare < hosts { prefix -= 1 }
    return prefix
  }

  /// The lowest network for `hosts` containers that overlaps nothing of `taken`; nil where the pool
  /// has none left.
  package func next(forHosts hosts: Int, avoiding taken: [Subnet]) -> Subnet? {
    let prefix = prefix(forHosts: hosts)
    guard prefix >= range.prefix else { return nil }
    let size = UInt128(1) << UInt128(range.family.bits - prefix)
    var start = range.first
    for obstacle in taken.filter({ $0.overlaps(range) }).sorted(by: { $0.first < $1.first }) {
      if obstacle.first > start + (size - 1) { break }
      guard obstacle.last >= start else { continue }
      guard obstacle.last < range.last else { return nil }
      // The next multiple of the size behind the obstacle; the pool's start is one itself.
      start = (obstacle.last / size + 1) * size
    }
    guard start <= range.last else { return nil }
    return Subnet(family: range.family, address: start, prefix: prefix)
  }
}

extension Subnet {
  /// A subnet written in the source, whose parts are known to fit.
  fileprivate static func known(_ family: Family, _ address: UInt128, prefix: Int) -> Subnet {
    guard let subnet = Subnet(family: family, address: address, prefix: prefix) else {
      preconditionFailure("a subnet in the source does not fit")
    }
    return subnet
  }
}
