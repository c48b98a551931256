import PikoCompose
import PikoConfig
package import PikoCore
import PikoProject
import PikoStore
import SystemPackage

extension LiveEnvironment {
  /// A leased port that something listens on which is not this environment's.
  package struct TakenPort {
    package let lease: PortLease
    /// Who listens there, as a message says it.
    package let holder: String
  }

  /// The leased ports that others listen on: neither an own running container nor, for the ports of
  /// processes on the host, a process of this environment.
  package func takenPorts() throws -> [TakenPort] {
    let services = try Set(project.services(of: record))
    let hostPorts = try Set(configuration().ports.map(\.name))
    let leases = try project.leases(of: record).filter { lease in
      let service = lease.mapping.service
      guard services.contains(service) || hostPorts.contains(service) else { return false }
      return !PortProbe.isFree(lease.port, lease.mapping.transport)
    }
    guard !leases.isEmpty else { return [] }
    let containers = try mayHaveContainers ? Engine().containers() : []
    return try leases.compactMap { lease in
      let publisher = containers.first { $0.publishes(lease) }
      if let publisher {
        guard publisher.composeProject != record.composeProject else { return nil }
        return TakenPort(lease: lease, holder: "container \((publisher.names.first ?? "?").masked)")
      }
      guard let holder = PortHolder.find(lease.port, lease.mapping.transport) else {
        return TakenPort(lease: lease, holder: "another process")
      }
      if try project.isOwnProxy(holder, of: record) { return nil }
      let isOwn = holder.belongs(toWorktree: record.path)
      if hostPorts.contains(lease.mapping.service), isOwn { return nil }
      return TakenPort(lease: lease, holder: holder.description.masked)
    }
  }

  /// - Throws: where others listen on leased ports, naming each with its process.
  func refuseTakenPorts() throws {
    let taken = try takenPorts()
    guard !taken.isEmpty else { return }
    let sentences = taken.map {
      "port \($0.lease.port) of service \($0.lease.mapping.service.quoted) is taken by \($0.holder)"
    }
    throw Failure(
      sentences.joined(separator: "; "),
      hint: "to move what is taken to other ports, run 'piko ports \(record.name) --reassign'")
  }

  /// Moves the leases on which others listen to other ports and writes the override for them.
  ///
  /// - Returns: what moved, from and to which port, in the order of mappings.
  package func reassignTakenPorts(
    in operation: Operation
  ) throws -> [(from: TakenPort, to: Int)] {
    try requireWorktree()
    let taken = try takenPorts()
    guard !taken.isEmpty else { return [] }
    let before = try register.ports.leases(of: registered)
    let mappings = Set(taken.map(\.lease.mapping)).sorted()
    try operation.step(.reassign) {
      try isolate(isStrict: false, explains: false, moving: mappings)
    }
    let after = try register.ports.leases(of: registered)
    return taken.map { port in
      let mapping = port.lease.mapping
      // One of several ports in a row keeps its place in it.
      let place =
        before.first { $0.mapping == mapping }.map { port.lease.port - $0.ports.lowerBound } ?? 0
      let start = after.first { $0.mapping == mapping }?.ports.lowerBound ?? 0
      return (from: port, to: start + place)
    }
  }
}

extension EngineContainer {
  fileprivate func publishes(_ lease: PortLease) -> Bool {
    isAlive
      && ports.contains {
        $0.published == lease.port && $0.transport == lease.mapping.transport.rawValue
      }
  }
}
