internal import FoundationEssentials

/// A container as the engine lists it.
package struct EngineContainer: Sendable, Equatable, Decodable {
  package let id: String
  /// Its names without the leading `/`.
  package let names: [String]
  package let image: String
  package let state: State
  /// The engine's sentence about it: `Up 3 minutes (healthy)`, `Exited (1) 2 hours ago`.
  package let status: String
  package let labels: [String: String]
  package let ports: [Port]
  package let mounts: [Mount]
  /// The names of the networks it is on.
  package let networks: [String]
  /// The ids of the networks it was last started on; those may be gone since.
  package let networkIDs: [String]

  package enum State: String, Sendable, Decodable {
    case created, running, paused, restarting, removing, exited, dead
  }

  package enum Health: Sendable, Equatable {
    case none, starting, healthy, unhealthy

    /// The engine's word; nil where there is no health check.
    package var word: String? {
      switch self {
      case .none: nil
      case .starting: "starting"
      case .healthy: "healthy"
      case .unhealthy: "unhealthy"
      }
    }
  }

  package struct Port: Sendable, Equatable, Decodable {
    package let address: String?
    package let target: Int
    package let published: Int?
    package let transport: String

    private enum CodingKeys: String, CodingKey {
      case address = "IP"
      case target = "PrivatePort"
      case published = "PublicPort"
      case transport = "Type"
    }
  }

  package struct Mount: Sendable, Equatable, Decodable {
    package let type: String
    /// The volume's name; nil for other types.
    package let name: String?
    package let source: String?
    package let destination: String

    private enum CodingKeys: String, CodingKey {
      case type = "Type"
      case name = "Name"
      case source = "Source"
      case destination = "Destination"
    }
  }

  /// Its health, from the end of its status.
  package var health: Health {
    if status.hasSuffix("(healthy)") { return .healthy }
    if status.hasSuffix("(unhealthy)") { return .unhealthy }
    return status.hasSuffix("(health: starting)") ? .starting : .none
  }

  /// The status its process ended with; nil while it runs or before it ever ran.
  package var exitCode: Int? {
    guard state != .running, state != .paused, let open = status.firstIndex(of: "(") else {
      return nil
    }
    return Int(status[status.index(after: open)...].prefix { $0 != ")" })
  }

  /// Whether its process is there, or comes back by itself.
  package var isAlive: Bool { state == .running || state == .paused || state == .restarting }

  /// The names of the volumes that it mounts.
  package var volumes: [String] { mounts.filter { $0.type == "volume" }.compactMap(\.name) }

  /// Those of them that have no name of their own: the engine gave them 64 hex digits.
  package var namelessVolumes: [String] { volumes.filter(EngineVolume.isMadeUp) }

  /// Its Compose service; nil for a container that Compose did not make.
  package var service: String? { labels[Label.composeService] }
  /// The services whose end its own waits for before it starts.
  package var awaitedServices: Set<String> {
    var services: Set<String> = []
    for dependency in labels[Label.composeDependsOn]?.split(separator: ",") ?? [] {
      let parts = dependency.split(separator: ":")
      if parts.count > 1, parts[1] == "service_completed_successfully" {
        services.insert(String(parts[0]))
      }
    }
    return services
  }
  /// Its Compose project.
  package var composeProject: String? { labels[Label.composeProject] }
  /// Whether `docker compose run` made it.
  package var isOneOff: Bool { labels[Label.composeOneOff] == "True" }

  private enum CodingKeys: String, CodingKey {
    case id = "Id"
    case names = "Names"
    case image = "Image"
    case state = "State"
    case status = "Status"
    case labels = "Labels"
    case ports = "Ports"
    case mounts = "Mounts"
    case networkSettings = "NetworkSettings"
  }

  private struct NetworkSettings: Decodable {
    let networks: [String: Membership]?

    private enum CodingKeys: String, CodingKey { case networks = "Networks" }
  }

  private struct Membership: Decodable {
    let id: String?

    private enum CodingKeys: String, CodingKey { case id = "NetworkID" }
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    id = try container.decode(String.self, forKey: .id)
    let names = try container.decodeIfPresent([String].self, forKey: .names) ?? []
    self.names = names.map { $0.hasPrefix("/") ? String($0.dropFirst()) : $0 }
    image = try container.decodeIfPresent(String.self, forKey: .image) ?? ""
    let state = try container.decode(String.self, forKey: .state)
    self.state = State(rawValue: state) ?? .created
    status = try container.decodeIfPresent(String.self, forKey: .status) ?? ""
    labels = try container.decodeIfPresent([String: String].self, forKey: .labels) ?? [:]
    ports = try container.decodeIfPresent([Port].self, forKey: .ports) ?? []
    mounts = try container.decodeIfPresent([Mount].self, forKey: .mounts) ?? []
    let settings = try container.decodeIfPresent(NetworkSettings.self, forKey: .networkSettings)
    networks = (settings?.networks ?? [:]).keys.sorted()
    networkIDs = (settings?.networks ?? [:]).values.compactMap(\.id).filter { !$0.isEmpty }.sorted()
  }
}

/// A network as the engine lists it.
package struct EngineNetwork: Sendable, Equatable, Decodable {
  package let id: String
  package let name: String
  package let driver: String
  package let labels: [String: String]
  /// Its subnets in CIDR notation, IPv4 and IPv6.
  package let subnets: [String]

  private enum CodingKeys: String, CodingKey {
    case id = "Id"
    case name = "Name"
    case driver = "Driver"
    case labels = "Labels"
    case ipam = "IPAM"
  }

  private struct IPAM: Decodable {
    let config: [Pool]?

    private enum CodingKeys: String, CodingKey { case config = "Config" }
  }

  private struct Pool: Decodable {
    let subnet: String?

    private enum CodingKeys: String, CodingKey { case subnet = "Subnet" }
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    id = try container.decode(String.self, forKey: .id)
    name = try container.decode(String.self, forKey: .name)
    driver = try container.decodeIfPresent(String.self, forKey: .driver) ?? ""
    labels = try container.decodeIfPresent([String: String].self, forKey: .labels) ?? [:]
    let ipam = try container.decodeIfPresent(IPAM.self, forKey: .ipam)
    subnets = (ipam?.config ?? []).compactMap(\.subnet)
  }
}

extension [EngineNetwork] {
  /// Those that any of the containers is on, or was when it last ran.
  package func used(by containers: [EngineContainer]) -> [EngineNetwork] {
    let ids = Set(containers.flatMap(\.networkIDs))
    let names = Set(containers.flatMap(\.networks))
    return filter { ids.contains($0.id) || names.contains($0.name) }
  }
}

/// A volume as the engine lists it.
package struct EngineVolume: Sendable, Equatable, Decodable {
  package let name: String
  package let driver: String
  /// Nil where it has none.
  package let labels: [String: String]?
  /// When it was made, RFC 3339 in the engine's own zone; nil where its driver does not know.
  private let created: String?

  private enum CodingKeys: String, CodingKey {
    case name = "Name"
    case driver = "Driver"
    case labels = "Labels"
    case created = "CreatedAt"
  }

  /// Whether it has no name of its own.
  package var hasNoName: Bool { EngineVolume.isMadeUp(name) }

  /// Whether the engine made a name up.
  package static func isMadeUp(_ name: String) -> Bool {
    name.utf8.count == 64 && name.allSatisfy(\.isHexDigit)
  }

  /// When it was made, in seconds since 1970; nil where its driver does not know.
  package var createdAt: Int? {
    created.flatMap { try? Date($0, strategy: .iso8601) }
      .map { Int($0.timeIntervalSince1970) }
  }

  struct List: Decodable {
    let volumes: [EngineVolume]?

    private enum CodingKeys: String, CodingKey { case volumes = "Volumes" }
  }
}

/// An image as the engine lists it.
package struct EngineImage: Sendable, Equatable, Decodable {
  package let id: String
  /// Its references, `name:tag`; nil or empty where it has none.
  package let tags: [String]?
  /// Nil where it has none.
  package let labels: [String: String]?

  private enum CodingKeys: String, CodingKey {
    case id = "Id"
    case tags = "RepoTags"
    case labels = "Labels"
  }
}
