/// The one of an environment's leased ports that a browser is to show.
package struct WebPort: Sendable, Equatable {
  package let lease: PortLease

  /// A container's label that says what to show of its service; see ``Wish``.
  package static let label = "dev.piko.open"

  /// What the label of a service says: `true` for the service, a number for its port of that target.
  package struct Wish: Sendable, Equatable {
    package let service: String
    package let target: Int?

    /// Nil where the label says nothing: it is `false`.
    package init?(service: String, label value: String) throws(Failure) {
      guard value != "false" else { return nil }
      self.service = service
      target = Int(value)
      guard target != nil || value == "true" || value.isEmpty else {
        throw Failure(
          "label '\(WebPort.label)' of service \(service.quoted) is no port: \(value.quoted)",
          hint: "give it one of the service's own ports, or 'true'")
      }
    }
  }

  /// The targets that web servers are known by, the likeliest first.
  private static let wellKnown = [
    80, 443, 8080, 3000, 8000, 5173, 4200, 5000, 8888, 8443, 8081, 3001, 9000,
  ]

  /// Targets that are known for protocols which no browser speaks: mail, name service, databases,
  /// queues (the service names of IANA's registry).
  private static let others: Set = [
    22, 25, 53, 389, 587, 1433, 1521, 1883, 2181, 3306, 4222, 5432, 5672, 6379, 9042, 9092, 11211,
    27017,
  ]

  /// Whether it is known for a protocol that no browser speaks.
  package var isOfOtherKind: Bool { WebPort.others.contains(lease.mapping.target) }

  /// Chooses: what a label wishes for comes first, then a well-known target, then the only port.
  ///
  /// - Parameters:
  ///   - leases: those to choose from.
  ///   - wishes: those of the labels.
  ///   - owner: what the leases are of, for messages: `environment 'x'`, `service 'y'`.
  /// - Throws: where there is none, or several that nothing tells apart.
  package init(
    among leases: [PortLease], wishes: [Wish] = [], of owner: String
  ) throws(Failure) {
    var candidates = WebPort.distinct(leases)
    let wishes = wishes.filter { wish in
      candidates.contains { $0.mapping.service == wish.service }
    }
    if !wishes.isEmpty {
      for wish in wishes {
        guard let target = wish.target, !candidates.contains(where: { wish.accepts($0) }) else {
          continue
        }
        throw Failure(
          "label '\(WebPort.label)' of service \(wish.service.quoted) names port \(target), "
            + "which it does not publish")
      }
      candidates = candidates.filter { lease in wishes.contains { $0.accepts(lease) } }
    }
    guard !candidates.isEmpty else { throw Failure("\(owner) publishes no TCP port") }
    for target in WebPort.wellKnown {
      let found = candidates.filter { $0.mapping.target == target }
      if found.count > 1 { throw WebPort.ambiguous(found, owner) }
      if let only = found.first {
        lease = only
        return
      }
    }
    guard candidates.count == 1, let only = candidates.first else {
      throw WebPort.ambiguous(candidates, owner)
    }
    lease = only
  }

  /// Where a browser on this machine finds it.
  package var url: String {
    let scheme = [443, 8443].contains(lease.mapping.target) ? "https" : "http"
    return "\(scheme)://\(host):\(lease.port)"
  }

  private var host: String {
    switch lease.mapping.address {
    case "", "0.0.0.0", "::": "localhost"
    case let address: address.contains(":") ? "[\(address)]" : address
    }
  }

  /// The TCP leases, one a target of a service: the same port bound to several addresses, or
  /// published by several replicas, is one thing to show.
  private static func distinct(_ leases: [PortLease]) -> [PortLease] {
    var seen: Set<String> = []
    return leases.sorted { $0.mapping == $1.mapping ? $0.port < $1.port : $0.mapping < $1.mapping }
      .filter { lease in
        lease.mapping.transport == .tcp
          && seen.insert("\(lease.mapping.service) \(lease.mapping.target)").inserted
      }
  }

  private static func ambiguous(_ leases: [PortLease], _ owner: String) -> Failure {
    let list = leases.map { "\($0.mapping.service):\($0.mapping.target)" }
    return Failure(
      "\(owner) has several ports to show: \(list.joined(separator: ", "))",
      hints: [
        "to choose for all, set 'open: SERVICE' in '.piko.yml' or the label '\(label): \"PORT\"'",
        "to choose once, run 'piko open NAME SERVICE'",
      ])
  }
}

extension WebPort.Wish {
  fileprivate func accepts(_ lease: PortLease) -> Bool {
    lease.mapping.service == service && (target ?? lease.mapping.target) == lease.mapping.target
  }
}
