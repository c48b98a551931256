import PikoCompose
import PikoConfig
import PikoCore
import PikoProject
package import PikoSession
import PikoStore
import Synchronization
import SystemPackage

extension LiveEnvironment {
  /// Its tmux session.
  package var session: EnvironmentSession { EnvironmentSession(of: record, in: project) }

  /// Makes the session or what is missing of it, as one of an operation's steps. Without tmux there
  /// is none, which is said once in a process.
  ///
  /// - Throws: where a session of the name is not piko's.
  package func makeSession(in operation: Operation) throws {
    guard Tmux().exists else {
      if LiveEnvironment.saidThereIsNone.exchange(true, ordering: .relaxed) == false {
        narrator.say("no session: tmux is not installed")
      }
      return
    }
    try session.requireNameFree()
    let isNew = try operation.step(.session) { () -> Bool? in
      do {
        return try makeSession()
      } catch let failure as Failure {
        try Interrupt.check()
        // A session is a comfort: the environment runs without one.
        Output.warn("no session \(session.name.quoted): \(failure.message)", because: failure)
        return nil
      }
    }
    if isNew == true { narrator.finished("Created session \(session.name)") }
  }

  /// Makes the session or what is missing of it.
  ///
  /// - Returns: whether there was none before.
  @discardableResult
  package func makeSession() throws -> Bool {
    try requireWorktree()
    let configuration = try configuration()
    let names = try project.services(of: record)
    let shown = try names.isEmpty ? [] : shownServices()
    let windows = SessionLayout.windows(
      configuration, user: try UserConfiguration.load(), services: shown ?? names,
      hasContainers: !names.isEmpty)
    return try session.make(
      windows, variables: project.variables(of: state.environment(named: record.name) ?? record),
      keepsUnknown: shown == nil)
  }

  /// The services that have a window: those that are meant to go on, running or not. Nil where
  /// nothing runs or no engine answers: it is not known then.
  ///
  /// What another waits for the end of is a one-shot service, and so is what has ended with 0 beside
  /// running ones.
  private func shownServices() throws -> [String]? {
    guard let containers = try? containers() else {
      try Interrupt.check()
      return nil
    }
    guard containers.contains(where: \.isAlive) else { return nil }
    let active = try project.activeServices(of: record)
    let lasting = containers.filter { !($0.state == .exited && $0.exitCode == 0) }
    let awaited = containers.reduce(into: Set<String>()) { $0.formUnion($1.awaitedServices) }
    return Set(lasting.compactMap(\.service)).subtracting(awaited)
      .filter { active?.contains($0) ?? true }.sorted()
  }

  private static let saidThereIsNone = Atomic<Bool>(false)
}
