/// What a port is published for: one mapping of a service, which keeps its lease for as long as the
/// environment lives.
package struct PortMapping: Sendable, Hashable, Codable {
  /// The Compose service, or the name under `ports:` in `.piko.yml` for a process on the host.
  package let service: String
  /// The port inside the container.
  package let target: Int
  /// `tcp` or `udp`.
  package let transport: Transport
  /// The host address it is bound to; empty for all.
  package let address: String
  /// Tells apart mappings that are equal in all the rest, from 0.
  package let ordinal: Int

  package init(
    service: String, target: Int, transport: Transport, address: String = "", ordinal: Int = 0
  ) {
    self.service = service
    self.target = target
    self.transport = transport
    self.address = address
    self.ordinal = ordinal
  }
}

/// The transport protocol of a published port.
package enum Transport: String, Sendable, Hashable, Codable {
  case tcp
  case udp
  case sctp
}

/// A host port leased for a mapping.
package struct PortLease: Sendable, Hashable, Codable {
  package let mapping: PortMapping
  package let port: Int
  /// Whether it is that of a shared service, the same in all environments that use it.
  package let isShared: Bool

  package init(mapping: PortMapping, port: Int, isShared: Bool = false) {
    self.mapping = mapping
    self.port = port
    self.isShared = isShared
  }

  /// `10180->80`, with the address where it is bound to one and the protocol where it is not TCP.
  package var display: String {
    let address = mapping.address.isEmpty ? "" : "\(mapping.address):"
    let transport = mapping.transport == .tcp ? "" : "/\(mapping.transport.rawValue)"
    return "\(address)\(port)->\(mapping.target)\(transport)"
  }
}

extension PortMapping: Comparable {
  /// The order in which ports are assigned: service, target, protocol, then what remains.
  package static func < (left: Self, right: Self) -> Bool { left.key < right.key }

  private var key: (String, Int, String, String, Int) {
    (service, target, transport.rawValue, address, ordinal)
  }
}
