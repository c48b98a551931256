import PikoCompose
import PikoCore
import PikoProject
import PikoStore

/// Whether every leased port is its environment's: published by its container while that runs, and
/// nobody's else.
struct PortsCheck: Check {
  let name = "ports"

  func run(in site: Site) throws -> [Finding] {
    guard let contents = site.engine.contents else { return [try .unasked(site)] }
    var findings: [Finding] = []
    for (project, record) in try site.environments() where record.status == .ready {
      let services = Set(try project.services(of: record))
      let leases = try project.leases(of: record).filter { services.contains($0.mapping.service) }
      let running = contents.containers.filter {
        $0.composeProject == record.composeProject && ($0.state == .running || $0.state == .paused)
      }
      let shown = site.shown(record.name, of: project.root)
      for lease in Self.unpublished(leases, by: running)
      where !PortProbe.isFree(lease.port, lease.mapping.transport) {
        let holder = PortHolder.find(lease.port, lease.mapping.transport)
        if let holder, try project.isOwnProxy(holder, of: record) { continue }
        findings.append(
          .problem(
            .warning,
            "port \(lease.port) of \(shown) (\(lease.mapping.service)) is used by "
              + (holder?.description ?? "another process"),
            command: site.command("ports \(record.name) --reassign", in: project.root)))
      }
      for (service, port) in Self.strange(leases, in: running) {
        findings.append(
          .problem(
            .warning,
            "service \(service.quoted) of \(shown) publishes port \(port), not the leased one",
            command: site.command("up \(record.name)", in: project.root)))
      }
    }
    return findings
  }

  /// The leases that no running container holds: whatever answers there is somebody else's.
  static func unpublished(_ leases: [PortLease], by running: [EngineContainer]) -> [PortLease] {
    let published = Set(
      running.flatMap { container in
        container.ports.compactMap { port in port.published.map { "\($0)/\(port.transport)" } }
      })
    return leases.filter { !published.contains("\($0.port)/\($0.mapping.transport.rawValue)") }
  }

  /// The ports that running containers publish without a lease.
  static func strange(
    _ leases: [PortLease], in running: [EngineContainer]
  ) -> [(service: String, port: Int)] {
    let leased = Set(
      leases.map { "\($0.mapping.service):\($0.port)/\($0.mapping.transport.rawValue)" })
    var seen: Set<String> = []
    var found: [(String, Int)] = []
    for container in running where !container.isOneOff {
      guard let service = container.service else { continue }
      for port in container.ports {
        guard let published = port.published else { continue }
        let key = "\(service):\(published)/\(port.transport)"
        if !leased.contains(key), seen.insert(key).inserted { found.append((service, published)) }
      }
    }
    return found
  }
}
