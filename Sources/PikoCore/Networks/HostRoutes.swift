package import SystemPackage

/// The networks that this machine has routes to: of its interfaces, its engine, a VPN.
package enum HostRoutes {
  /// Every route but the default ones, loopback and link-local ones; empty where the system does not
  /// list them in `/proc` (proc(5), `/proc/net/route` and `/proc/net/ipv6_route`).
  package static func load(from directory: FilePath = "/proc/net") -> [Subnet] {
    let ipv4 = ShortFile.text(directory.appending("route")).map(ipv4(in:)) ?? []
    let ipv6 = ShortFile.text(directory.appending("ipv6_route")).map(ipv6(in:)) ?? []
    return ipv4 + ipv6
  }

  /// The routes in the text of `/proc/net/route`: columns Iface, Destination, …, Mask (the eighth),
  /// each number as the hex of a 32-bit word in the machine's own byte order.
  package static func ipv4(in text: String) -> [Subnet] {
    text.split(separator: "\n").dropFirst().compactMap { line in
      let columns = line.split(whereSeparator: \.isWhitespace)
      guard columns.count >= 8, let destination = UInt32(columns[1], radix: 16),
        let mask = UInt32(columns[7], radix: 16), mask != 0
      else { return nil }
      let address = UInt32(bigEndian: destination)
      guard address >> 24 != 127 else { return nil }
      return Subnet(family: .ipv4, address: UInt128(address), prefix: mask.nonzeroBitCount)
    }
  }

  /// The routes in the text of `/proc/net/ipv6_route`: columns destination and its prefix in hex.
  package static func ipv6(in text: String) -> [Subnet] {
    text.split(separator: "\n").compactMap { line in
      let columns = line.split(whereSeparator: \.isWhitespace)
      guard columns.count >= 2, let address = UInt128(columns[0], radix: 16),
        let prefix = Int(columns[1], radix: 16), prefix > 0, address != 1,
        address >> 118 != 0xfe80 >> 6, address >> 120 != 0xff
      else { return nil }
      return Subnet(family: .ipv6, address: address, prefix: prefix)
    }
  }
}
