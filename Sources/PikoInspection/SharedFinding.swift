package import PikoCompose
package import PikoCore
package import PikoProject
import PikoStore

/// A service that runs once for several environments of a project.
package struct SharedFinding: Sendable {
  package let project: String
  package let service: String
  /// Its containers; nil where the engine was not asked or did not answer, or is another one than they
  /// were started on.
  package let containers: [EngineContainer]?
  package let leases: [PortLease]
  /// The environments that use it, by name.
  package let consumers: [String]

  /// The shared services of a project that environments use, by name.
  ///
  /// - Parameter containers: those of the one query; nil where there was none.
  package static func all(
    in project: Project, _ containers: [EngineContainer]?
  ) throws -> [SharedFinding] {
    guard let register = project.register else { return [] }
    let consumers = try register.consumers(ofRoot: project.root)
    let services = Set(consumers.flatMap { $0.uses.map(\.service) }).sorted()
    guard !services.isEmpty,
      let registered = try register.sharedEnvironment(ofRoot: project.root)
    else { return [] }
    let record = project.sharedServices(as: registered)
    let leases = try project.leases(of: record)
    var own = containers?.filter { $0.composeProject == record.composeProject && !$0.isOneOff }
    // What they do on another engine is not known here.
    if own?.isEmpty == true, EngineAddress.moved(from: try project.engine(of: record)) != nil {
      own = nil
    }
    return services.map { service in
      SharedFinding(
        project: registered.projectName, service: service,
        containers: own?.filter { $0.service == service },
        leases: leases.filter { $0.mapping.service == service },
        consumers: consumers.filter { $0.uses.contains { $0.service == service } }
          .map(\.environment.name.text))
    }
  }

  /// `running`, `running, healthy`, `stopped`; `…` where no engine answered.
  package var state: String {
    guard let containers else { return "…" }
    guard let running = containers.first(where: \.isAlive) else { return "stopped" }
    return [running.state.rawValue, running.health.word].compactMap(\.self).joined(separator: ", ")
  }

  /// As `--json` gives it.
  package var answer: Answer {
    Answer(
      project: project, service: service,
      state: containers.map { $0.contains(where: \.isAlive) ? "running" : "stopped" },
      health: containers?.first(where: \.isAlive)?.health.word, consumers: consumers,
      ports: leases.map {
        PortAnswer(PortLease(mapping: $0.mapping, port: $0.port, isShared: true))
      })
  }

  package struct Answer: Encodable, Sendable {
    let project: String
    let service: String
    /// `running` or `stopped`; null where no engine answered.
    let state: String?
    /// `starting`, `healthy` or `unhealthy`; absent where it has no health check, or does not run.
    let health: String?
    let consumers: [String]
    let ports: [PortAnswer]

    package func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Key.self)
      try container.encode(project, forKey: .project)
      try container.encode(service, forKey: .service)
      try container.encode(state, forKey: .state)
      try container.encodeIfPresent(health, forKey: .health)
      try container.encode(consumers, forKey: .consumers)
      try container.encode(ports, forKey: .ports)
    }

    private enum Key: CodingKey {
      case project, service, state, health, consumers, ports
    }
  }
}
