package import PikoCore

/// The networks of environments, leased for as long as they live.
package struct SubnetLedger {
  let database: Database

  /// A network's lease.
  package struct Lease: Sendable, Hashable {
    /// The network's key in its Compose model.
    package let network: String
    package let subnet: Subnet
  }

  /// What is leased to an environment, by network, IPv4 before IPv6.
  package func leases(of environment: RegisteredEnvironment) throws(Failure) -> [Lease] {
    try database.rows(
      "SELECT network, cidr FROM subnets WHERE environment_id = ? ORDER BY network, family",
      .integer(environment.id)
    ) { ($0.text(0), Subnet($0.text(1))) }.compactMap { network, subnet in
      subnet.map { Lease(network: network, subnet: $0) }
    }
  }

  /// The subnet of an environment's network, leased where it has none of the pool's family yet.
  ///
  /// One that has become too small is replaced by a larger one; otherwise it stays, also where the
  /// pool has changed or `taken` lists it (its own network's route does).
  /// - Parameters:
  ///   - network: the network's key in the Compose model.
  ///   - hosts: how many containers it is to hold.
  ///   - taken: what routes and the engine's networks use.
  /// - Throws: where the pool has none left, with what to do.
  package func lease(
    _ network: String, for environment: RegisteredEnvironment, hosts: Int, from pool: SubnetPool,
    avoiding taken: [Subnet]
  ) throws(Failure) -> Subnet {
    if let kept = try kept(network, environment, hosts, pool) { return kept }
    return try database.transaction { () throws(Failure) in
      if let kept = try kept(network, environment, hosts, pool) { return kept }
      let leased = try database.rows(
        "SELECT cidr FROM subnets WHERE family = ?", .integer(pool.range.family.rawValue)
      ) { Subnet($0.text(0)) }.compactMap { $0 }
      guard let subnet = pool.next(forHosts: hosts, avoiding: taken + leased) else {
        throw Failure(
          "cannot lease a network for \(hosts) containers: \(pool.range) has none left that this "
            + "machine does not use",
          hints: [
            "give 'subnet_pool:' another range in the user's configuration; see "
              + "'man piko-config'",
            "or destroy what is no longer needed; see 'piko list --all'",
          ])
      }
      try release(network, of: environment, family: pool.range.family)
      try database.execute(
        "INSERT INTO subnets (cidr, environment_id, network, family) VALUES (?, ?, ?, ?)",
        .text(subnet.description), .integer(environment.id), .text(network),
        .integer(subnet.family.rawValue))
      return subnet
    }
  }

  /// Gives back the subnet of a network, where another must be leased because something else uses it
  /// now.
  package func release(
    _ network: String, of environment: RegisteredEnvironment, family: Subnet.Family
  ) throws(Failure) {
    try database.execute(
      "DELETE FROM subnets WHERE environment_id = ? AND network = ? AND family = ?",
      .integer(environment.id), .text(network), .integer(family.rawValue))
  }

  private func kept(
    _ network: String, _ environment: RegisteredEnvironment, _ hosts: Int, _ pool: SubnetPool
  ) throws(Failure) -> Subnet? {
    let text = try database.row(
      "SELECT cidr FROM subnets WHERE environment_id = ? AND network = ? AND family = ?",
      .integer(environment.id), .text(network), .integer(pool.range.family.rawValue)
    ) { $0.text(0) }
    guard let subnet = text.flatMap(Subnet.init), subnet.prefix <= pool.prefix(forHosts: hosts)
    else { return nil }
    return subnet
  }
}
