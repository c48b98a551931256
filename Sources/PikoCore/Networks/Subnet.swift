#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A range of IP addresses in CIDR form, `10.213.0.0/26` or `fd70:696b:6f00::/64`.
package struct Subnet: Sendable, Hashable, CustomStringConvertible {
  /// The version of the Internet Protocol.
  package enum Family: Int, Sendable {
    case ipv4 = 4
    case ipv6 = 6

    /// How many bits an address has.
    package var bits: Int { self == .ipv4 ? 32 : 128 }
  }

  package let family: Family
  /// The number of leading bits that all its addresses have in common.
  package let prefix: Int
  /// Its first address as a number.
  package let first: UInt128

  /// The subnet of `prefix` bits that holds an address; nil where the prefix is longer than an
  /// address.
  package init?(family: Family, address: UInt128, prefix: Int) {
    guard (0...family.bits).contains(prefix), address <= Subnet.mask(family.bits) else {
      return nil
    }
    self.family = family
    self.prefix = prefix
    first = address & ~Subnet.mask(family.bits - prefix)
  }

  /// The subnet that a text names; nil where it is not one. Bits after the prefix are dropped, and
  /// an address without a prefix stands for itself alone.
  package init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count <= 2, let address = parts.first,
      let (family, number) = Subnet.number(of: String(address))
    else { return nil }
    var prefix = family.bits
    if parts.count == 2 {
      guard parts[1].utf8.allSatisfy({ (48...57).contains($0) }), let given = Int(parts[1]) else {
        return nil
      }
      prefix = given
    }
    self.init(family: family, address: number, prefix: prefix)
  }

  /// Its last address as a number.
  package var last: UInt128 { first | Subnet.mask(family.bits - prefix) }

  /// Whether every address of `other` is one of its own.
  package func contains(_ other: Subnet) -> Bool {
    family == other.family && first <= other.first && other.last <= last
  }

  /// Whether an address, as text, is one of its own.
  package func contains(_ address: String) -> Bool {
    guard !address.contains("/"), let single = Subnet(address) else { return false }
    return contains(single)
  }

  /// Whether they have an address in common.
  package func overlaps(_ other: Subnet) -> Bool {
    family == other.family && first <= other.last && other.first <= last
  }

  package var description: String { "\(Subnet.text(of: first, family))/\(prefix)" }

  /// `count` bits set, from the lowest.
  private static func mask(_ count: Int) -> UInt128 {
    count >= 128 ? .max : (UInt128(1) << UInt128(count)) - 1
  }

  private static func number(of address: String) -> (Family, UInt128)? {
    var bytes = [UInt8](repeating: 0, count: 16)
    if inet_pton(AF_INET, address, &bytes) == 1 {
      return (.ipv4, bytes.prefix(4).reduce(UInt128(0)) { $0 << 8 | UInt128($1) })
    }
    if inet_pton(AF_INET6, address, &bytes) == 1 {
      return (.ipv6, bytes.reduce(UInt128(0)) { $0 << 8 | UInt128($1) })
    }
    return nil
  }

  private static func text(of number: UInt128, _ family: Family) -> String {
    let count = family.bits / 8
    let bytes = (0..<count).map { index in
      UInt8(truncatingIfNeeded: number >> UInt128((count - 1 - index) * 8))
    }
    var buffer = [CChar](repeating: 0, count: 64)
    inet_ntop(
      family == .ipv4 ? AF_INET : AF_INET6, bytes, &buffer, socklen_t(buffer.count))
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
