package import PikoCore

/// What the engine tells of a container only when it is asked for that one.
package struct EngineDetails: Sendable, Equatable, Decodable {
  /// How often the engine started it again by its restart policy.
  package let restarts: Int
  /// When its process was last started, RFC 3339; nil before the first time.
  package let startedAt: String?

  private enum CodingKeys: String, CodingKey {
    case restarts = "RestartCount"
    case state = "State"
  }

  private struct State: Decodable {
    let startedAt: String?

    private enum CodingKeys: String, CodingKey { case startedAt = "StartedAt" }
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    restarts = try container.decodeIfPresent(Int.self, forKey: .restarts) ?? 0
    let started = try container.decodeIfPresent(State.self, forKey: .state)?.startedAt
    // The engine has the year 1 for never.
    startedAt = started.flatMap { $0.hasPrefix("0001-") ? nil : $0 }
  }
}

extension Engine {
  /// The details of one container.
  package func details(of container: String) throws(Failure) -> EngineDetails {
    try decode("/containers/\(Engine.encoded(container))/json")
  }
}
