import PikoCompose
package import PikoCore
import PikoStore

/// An engine that environments were last started on, where another one is asked now and has nothing
/// of them: a context was switched, or `DOCKER_HOST` names another. What they do there is not known.
package struct OtherEngine {
  private let address: EngineAddress
  private let now: EngineAddress
  private let environments: [EnvironmentName]

  /// Of the environments that were started on another engine than the one that is asked.
  package static func all(of findings: [Inspection.Finding]) -> [OtherEngine] {
    let elsewhere = findings.filter { $0.moved != nil }
    return Dictionary(grouping: elsewhere) { $0.moved?.former.description ?? "" }
      .sorted { $0.key < $1.key }.compactMap { _, findings in
        findings.first?.moved.map {
          OtherEngine(
            address: $0.former, now: $0.now, environments: findings.map(\.record.name))
        }
      }
  }

  /// What there is to say of it, with what to type to see more.
  package var notice: Failure {
    let names = environments.map(\.text.quoted).joined(separator: ", ")
    let isOne = environments.count == 1
    return Failure(
      "\(isOne ? "environment \(names) was" : "environments \(names) were") started on the engine "
        + "at \(address.description.masked.quoted), and the one at "
        + "\(now.description.masked.quoted) has no container of \(isOne ? "it" : "them")",
      hint: "to see what runs there, run '\(address.command("piko list"))'")
  }
}
