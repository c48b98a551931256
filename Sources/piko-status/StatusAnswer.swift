import PikoConfig
import PikoCore
import PikoInspection
import PikoStore

/// The report as `--json` gives it: the environment's own keys, and more beside them.
struct StatusAnswer: Encodable {
  private let environment: EnvironmentAnswer
  private let more: More

  init(_ report: Report) {
    environment = report.finding.answer
    more = More(
      services: report.services.map { Service($0, isMeasured: report.isMeasured) },
      commit: report.commit.map(Commit.init), scripts: report.scripts.map(Script.init),
      journal: report.steps.map(Step.init))
  }

  func encode(to encoder: any Encoder) throws {
    try environment.encode(to: encoder)
    try more.encode(to: encoder)
  }

  private struct More: Encodable {
    let services: [Service]
    let commit: Commit?
    let scripts: [Script]
    let journal: [Step]
  }

  private struct Service: Encodable {
    let service: ServiceFinding
    let isMeasured: Bool

    init(_ service: ServiceFinding, isMeasured: Bool) {
      self.service = service
      self.isMeasured = isMeasured
    }

    private enum Key: CodingKey {
      case name, state, health, exitCode, restarts, startedAt, image, ports, containers
      case cpuPercent, memoryBytes
    }

    func encode(to encoder: any Encoder) throws {
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
      if service.parts?.isEmpty == false {
        try container.encode(service.restarts, forKey: .restarts)
        if isMeasured {
          try container.encode(service.cpu, forKey: .cpuPercent)
          try container.encode(service.memory, forKey: .memoryBytes)
        }
      }
    }
  }

  private struct Commit: Encodable {
    let id: String
    let subject: String
    let committedAt: String

    init(_ commit: Git.Commit) {
      id = commit.id
      subject = commit.subject
      committedAt = Timestamp.rfc3339(commit.committedAt)
    }
  }

  private struct Script: Encodable {
    let name: String
    /// `none` where it never ran.
    let result: String
    let at: String?

    init(_ script: ScriptFinding) {
      name = script.script.rawValue
      result = script.result?.rawValue ?? "none"
      at = script.at.map { Timestamp.rfc3339($0) }
    }
  }

  private struct Step: Encodable {
    let verb: String
    let step: String
    let state: String
    let begunAt: String
    let endedAt: String?

    init(_ entry: Journal.Entry) {
      verb = entry.verb
      step = entry.step
      state = entry.state.rawValue
      begunAt = Timestamp.rfc3339(entry.begunAt)
      endedAt = entry.endedAt.map { Timestamp.rfc3339($0) }
    }
  }
}
