package import PikoCore

/// What a model needs leased before it can be isolated.
package struct Requirements: Sendable, Equatable {
  /// A published port of the model.
  package struct Port: Sendable, Equatable {
    package let mapping: PortMapping
    /// Its position among the service's ports.
    package let index: Int
    /// How many consecutive host ports it needs: the replicas of a service that publishes it
    /// without a fixed port, else 1.
    package let count: Int
    /// The host ports of the main checkout; empty where the engine picks one.
    package let published: ClosedRange<Int>?
  }

  /// A network that gets a subnet of its own.
  package struct Network: Sendable, Equatable {
    /// Its key in the model.
    package let key: String
    /// How many containers join it.
    package let hosts: Int
    package let needsIPv6: Bool
  }

  package let ports: [Port]
  package let networks: [Network]

  /// The needs of `model`.
  ///
  /// - Throws: where a port is not one piko can read.
  package init(of model: Model) throws(Failure) {
    var ports: [Port] = []
    for service in model.services { ports += try Requirements.ports(of: service) }
    self.ports = ports
    networks = model.networks
      .filter { !$0.isExternal && $0.parentInterface == nil && $0.ownsSubnet }
      .map { network in
        let members = model.services.filter { $0.networks.contains(network.key) }
        return Network(
          key: network.key, hosts: members.reduce(0) { $0 + max(1, $1.replicas) },
          needsIPv6: network.usesIPv6)
      }
  }

  /// The ports of one service, in the order of the model.
  package static func ports(of service: ModelService) throws(Failure) -> [Port] {
    var seen: [PortMapping: Int] = [:]
    var ports: [Port] = []
    for (index, entry) in service.ports.enumerated() {
      let path = service.path.key("ports").index(index)
      guard let target = entry["target"]?.integer,
        let transport = Transport(rawValue: entry["protocol"]?.string ?? "tcp")
      else { throw Failure("cannot isolate '\(path)': \(entry.brief.quoted) is no port") }
      let published = try Requirements.published(entry, at: path)
      let address = entry["host_ip"]?.string ?? ""
      let first = PortMapping(
        service: service.name, target: target, transport: transport, address: address)
      let ordinal = seen[first, default: 0]
      seen[first] = ordinal + 1
      let isFixed = published.map { $0.lowerBound == $0.upperBound } ?? false
      ports.append(
        Port(
          mapping: PortMapping(
            service: service.name, target: target, transport: transport, address: address,
            ordinal: ordinal),
          index: index, count: isFixed ? 1 : max(1, service.replicas), published: published))
    }
    return ports
  }

  /// Every host port that the model itself names: those of the main checkout, never leased.
  package var publishedPorts: Set<Int> {
    Set(ports.compactMap(\.published).flatMap { Array($0) })
  }

  private static func published(
    _ entry: JSONValue, at path: ModelPath
  ) throws(Failure) -> ClosedRange<Int>? {
    guard let value = entry["published"], value != .null else { return nil }
    let text = value.brief
    let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    if text.isEmpty || text == "0" { return nil }
    guard (1...2).contains(ends.count), let low = ends[0], let high = ends[ends.count - 1],
      low <= high, low > 0, high <= 65_535
    else { throw Failure("cannot isolate '\(path)': \(text.quoted) is no port or range of ports") }
    return low...high
  }
}

extension ModelNetwork {
  /// Whether the engine gives the network addresses: `host` and `none` have none.
  var ownsSubnet: Bool { driver != "host" && driver != "none" && driver != "null" }
}
