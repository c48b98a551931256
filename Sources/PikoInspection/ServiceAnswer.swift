import PikoCore

/// One service of an environment as `--json` gives it.
package struct ServiceAnswer: Encodable, Sendable {
  private let service: ServiceFinding
  private let isMeasured: Bool

  /// - Parameter isMeasured: whether processor and memory were measured: they are null otherwise
  ///   where they were wanted, and absent where not.
  package init(_ service: ServiceFinding, isMeasured: Bool = false) {
    self.service = service
    self.isMeasured = isMeasured
  }

  private enum Key: CodingKey {
    case name, state, health, exitCode, restarts, startedAt, image, ports, containers
    case cpuPercent, memoryBytes
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(service.name, forKey: .name)
    try container.encode(service.state, forKey: .state)
    try container.encodeIfPresent(service.health, forKey: .health)
    try container.encodeIfPresent(service.exitCode, forKey: .exitCode)
    try container.encodeIfPresent(service.startedAt, forKey: .startedAt)
    try container.encodeIfPresent(service.image, forKey: .image)
    try container.encode(service.leases.map { PortAnswer($0) }, forKey: .ports)
    try container.encode(service.parts?.map(\.container.name), forKey: .containers)
    // Without containers there is nothing to count; with some, the engine was asked.
    if service.isDetailed, service.parts?.isEmpty == false {
      try container.encode(service.restarts, forKey: .restarts)
      if isMeasured {
        try container.encode(service.cpu, forKey: .cpuPercent)
        try container.encode(service.memory, forKey: .memoryBytes)
      }
    }
  }
}
