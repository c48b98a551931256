package import PikoCore

/// What the engine tells of a container only when it is asked for that one.
package struct EngineDetails: Sendable, Equatable, Decodable {
  /// How often the engine started it again by its restart policy.
  package let restarts: Int
  /// When its process was last started, RFC 3339; nil before the first time.
  package let startedAt: String?
  /// How its health check last went; nil without one and before its first time.
  package let lastCheck: Check?
  /// What it was told to mount, by name or path; what the engine made for it is not among them.
  package let wantedSources: Set<String>
  /// Whether it was told to mount what other containers mount (`volumes_from`).
  package let takesVolumesOfOthers: Bool

  /// Whether its process has ended and was started again within the last ten seconds: after so long
  /// the engine itself takes a restarted one to run (moby's restart manager).
  package var hasJustRestarted: Bool {
    guard restarts > 0, let started = startedAt.flatMap({ EngineMoment($0) }) else { return false }
    return EngineMoment.ago(seconds: 10) < started
  }

  private enum CodingKeys: String, CodingKey {
    case restarts = "RestartCount"
    case state = "State"
    case host = "HostConfig"
  }

  private struct Host: Decodable {
    let binds: [String]?
    let mounts: [Mount]?
    let volumesFrom: [String]?

    private enum CodingKeys: String, CodingKey {
      case binds = "Binds"
      case mounts = "Mounts"
      case volumesFrom = "VolumesFrom"
    }
  }

  private struct Mount: Decodable {
    let source: String?

    private enum CodingKeys: String, CodingKey { case source = "Source" }
  }

  private struct State: Decodable {
    let startedAt: String?
    let health: Health?

    private enum CodingKeys: String, CodingKey {
      case startedAt = "StartedAt"
      case health = "Health"
    }
  }

  private struct Health: Decodable {
    let log: [Check]?

    private enum CodingKeys: String, CodingKey { case log = "Log" }
  }

  /// One run of a health check.
  package struct Check: Sendable, Equatable, Decodable {
    /// When it began, by the engine's own clock and time zone.
    package let start: String
    /// Its exit status.
    package let status: Int
    /// What it wrote on both its streams.
    package let output: String

    private enum CodingKeys: String, CodingKey {
      case start = "Start"
      case status = "ExitCode"
      case output = "Output"
    }
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    restarts = try container.decodeIfPresent(Int.self, forKey: .restarts) ?? 0
    let state = try container.decodeIfPresent(State.self, forKey: .state)
    // The engine has the year 1 for never.
    startedAt = state?.startedAt.flatMap { $0.hasPrefix("0001-") ? nil : $0 }
    lastCheck = state?.health?.log?.last
    let host = try container.decodeIfPresent(Host.self, forKey: .host)
    let binds = (host?.binds ?? []).map { String($0.prefix { $0 != ":" }) }
    wantedSources = Set(binds + (host?.mounts ?? []).compactMap(\.source))
    takesVolumesOfOthers = host?.volumesFrom?.isEmpty == false
  }
}

extension Engine {
  /// The details of one container.
  package func details(of container: String) throws(Failure) -> EngineDetails {
    try decode("/containers/\(Engine.encoded(container))/json")
  }
}
