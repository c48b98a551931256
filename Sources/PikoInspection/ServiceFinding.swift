package import PikoCompose
package import PikoCore

/// One service of an environment as its containers were found.
package struct ServiceFinding: Sendable {
  /// One container of it, with what was asked of the engine for it alone.
  package struct Part: Sendable {
    package let container: EngineContainer
    /// Nil where it has gone meanwhile.
    package let details: EngineDetails?
    /// Nil where it does not run or was not measured.
    package let usage: ContainerUsage?

    /// The engine's word; `restarting` also between two restarts, where that is known.
    package var state: EngineContainer.State {
      container.state == .running && details?.hasJustRestarted == true
        ? .restarting : container.state
    }
  }

  package let name: String
  /// Its containers by name; nil where no engine answered.
  package let parts: [Part]?
  /// Its host ports.
  package let leases: [PortLease]
  /// Whether the engine was asked for each container by itself.
  package let isDetailed: Bool

  /// The services of an environment, by name; those without a container too.
  ///
  /// Restarts and the time of the start are in no listing of the engine: they are asked for each
  /// container by itself.
  /// - Parameters:
  ///   - names: the services of its model.
  ///   - isDetailed: whether to ask so.
  ///   - measures: whether to measure processor and memory, which takes a second or two.
  package static func all(
    of finding: Inspection.Finding, names: [String], isDetailed: Bool = true, measures: Bool
  ) throws(Failure) -> [ServiceFinding] {
    let containers = (finding.containers ?? []).sorted { $0.name < $1.name }
    let details: [EngineDetails?] =
      isDetailed
      ? Parallel.map(containers) { try? Engine().details(of: $0.id) }
      : containers.map { _ in nil }
    let running = containers.filter { $0.state == .running }.map(\.id)
    let usages = measures ? try ContainerUsage.measure(running) : []
    let parts = zip(containers, details).map { container, details in
      Part(
        container: container, details: details, usage: usages.first { $0.id == container.id })
    }
    return Set(names + containers.compactMap(\.service)).sorted().map { name in
      ServiceFinding(
        name: name,
        parts: finding.containers == nil ? nil : parts.filter { $0.container.service == name },
        leases: finding.leases.filter { $0.mapping.service == name }, isDetailed: isDetailed)
    }
  }

  /// The state of its containers: of several, that which most needs to be seen. `none` where it has
  /// no container, nil where that is not known.
  package var state: String? {
    guard let parts else { return nil }
    let states = parts.map(\.state)
    let gravest: [EngineContainer.State] = [
      .dead, .restarting, .removing, .exited, .created, .paused, .running,
    ]
    return gravest.first { states.contains($0) }?.rawValue ?? "none"
  }

  /// How many of its containers run only because they were just started again.
  var restarting: Int {
    (parts ?? []).count { $0.state == .restarting && $0.container.state == .running }
  }

  /// The worst health of its containers; nil where none has a health check.
  package var health: String? {
    let healths = (parts ?? []).map(\.container.health)
    if healths.contains(.unhealthy) { return "unhealthy" }
    if healths.contains(.starting) { return "starting" }
    return healths.contains(.healthy) ? "healthy" : nil
  }

  /// The worst status with which one of its containers ended; nil where none has.
  package var exitCode: Int? { (parts ?? []).compactMap(\.container.exitCode).max() }

  /// How often its containers were started again; nil where that is not known.
  package var restarts: Int? {
    let counts = (parts ?? []).compactMap { $0.details?.restarts }
    return counts.isEmpty ? nil : counts.reduce(0, +)
  }

  /// When the last of its running containers was started, RFC 3339; nil where none runs.
  package var startedAt: String? {
    (parts ?? []).filter { $0.container.state == .running }.compactMap { $0.details?.startedAt }
      .max()
  }

  /// The image of its containers.
  package var image: String? { parts?.first?.container.image }

  /// Percent of one processor that its containers use; nil where they were not measured.
  package var cpu: Double? { sum(\.cpu) }

  /// Bytes of memory that its containers use; nil where they were not measured.
  package var memory: Int? { sum(\.memory) }

  private func sum<Number: AdditiveArithmetic>(
    _ amount: (ContainerUsage) -> Number
  ) -> Number? {
    let usages = (parts ?? []).compactMap(\.usage)
    return usages.isEmpty ? nil : usages.map(amount).reduce(.zero, +)
  }
}

extension EngineContainer {
  /// Its name, or its id where it has none.
  package var name: String { names.first ?? id }
}
