import PikoConfig
import PikoCore
import PikoStore

/// The report as `--json` gives it: the environment's own keys, and more beside them.
package struct StatusAnswer: Encodable {
  private let environment: EnvironmentAnswer
  private let more: More

  package init(_ report: Report) {
    environment = report.finding.answer
    more = More(
      services: report.services.map {
        ServiceAnswer($0, isMeasured: report.isMeasured)
      },
      commit: report.commit.map(Commit.init), scripts: report.scripts.map(Script.init),
      journal: report.steps.map(Step.init), sessionState: report.session.state.rawValue,
      sharedServices: report.shared.isEmpty ? nil : report.shared.map(\.answer))
  }

  package func encode(to encoder: any Encoder) throws {
    try environment.encode(to: encoder)
    try more.encode(to: encoder)
  }

  private struct More: Encodable {
    let services: [ServiceAnswer]
    let commit: Commit?
    let scripts: [Script]
    let journal: [Step]
    let sessionState: String
    /// Absent where it uses none.
    let sharedServices: [SharedFinding.Answer]?
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
