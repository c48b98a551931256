import PikoCompose
package import PikoCore
package import PikoProject
package import PikoStore

/// The engine that an environment was last started on, where another one is asked now: a context was
/// switched, or `DOCKER_HOST` names another.
package struct FormerEngine {
  private let record: EnvironmentRecord
  private let address: EngineAddress
  private let now: EngineAddress
  private let owner: Owner

  /// - Returns: nil where it is the one that is asked now, or is not known.
  package init?(of record: EnvironmentRecord, in project: Project) throws {
    guard let moved = EngineAddress.moved(from: try project.engine(of: record)) else { return nil }
    self.record = record
    (address, now) = moved
    owner = try project.environment(record).owner
  }

  private var isShared: Bool { record.name == .sharedServices }

  /// What was started there, as messages name it.
  private var subject: String {
    isShared ? "the shared services" : "environment \(record.name.text.quoted)"
  }

  /// Whether it has containers of the environment; nil where that cannot be known.
  private var holds: Bool? {
    let engine = address.engine(timeout: .seconds(5))
    let containers = try? engine?.containers(labels: [Label.root, Label.environment])
    return containers.map { $0.contains { owner.owns($0.labels) } }
  }

  /// Refuses where it has, or may have, what the other engine has not.
  ///
  /// - Parameters:
  ///   - task: what cannot be done, after `cannot`.
  ///   - command: what was typed, to be typed for that engine.
  ///   - hint: another way out.
  package func refuse(_ task: String, _ command: String, hint: String? = nil) throws(Failure) {
    guard holds != false else { return }
    throw Failure(
      "cannot \(task) \(subject): \(isShared ? "they were" : "it was") started on the engine at "
        + "\(address.description.masked.quoted), and the one at "
        + "\(now.description.masked.quoted) has no container of \(isShared ? "them" : "it")",
      hints: ["to do it there, run '\(address.command(command))'"] + [hint].compactMap(\.self))
  }

  /// The same, but lets an environment be started anew where the engine it was on is gone.
  package func refuseToStart() throws(Failure) {
    let task = "bring up"
    let command = "piko up \(record.name)"
    if holds == nil, address.engine(timeout: .seconds(5)) != nil {
      return Output.warn(
        "\(subject) \(isShared ? "were" : "was") started on the engine at "
          + "\(address.description.masked.quoted), which does not answer")
    }
    try refuse(task, command)
  }

  /// Says what stays there when the environment goes all the same.
  package func tellLeft() {
    guard holds != false else { return }
    Output.warn(
      "left what \(subject) \(isShared ? "have" : "has") on the engine at "
        + address.description.masked.quoted)
    Output.hint(
      "to remove it, run '"
        + address.command("docker compose -p \(record.composeProject) down") + "'")
  }
}
