import PikoCompose
package import PikoCore
package import PikoProject
package import PikoStore
import SystemPackage

extension LiveEnvironment {
  /// Does a verb's work on an environment that was made: alone, by the environment's lock, and
  /// journalled.
  ///
  /// - Throws: where its creation or removal was cut off; whatever `work` does.
  package static func change<Value>(
    _ record: EnvironmentRecord, in project: Project, verb: String, narrator: Narrator,
    _ work: (LiveEnvironment, Operation) throws -> Value
  ) throws -> Value {
    let lock = try EnvironmentLock.acquire(
      record.name, root: project.root, verb: verb, waits: true, narrator: narrator)
    defer { lock.release() }
    // Who had the lock before may have changed what was read.
    let now = try project.reread(record)
    try now.requireMade()
    let live = try LiveEnvironment(now, in: project, narrator: narrator)
    try live.closeCutOff()
    do {
      return try live.journalled(verb) { try work(live, $0) }
    } catch let failure as Failure where Interrupt.received != nil {
      throw failure.hinting(
        "to go on, run 'piko \(arguments(goingOnWith: verb, record.name))'")
    }
  }

  /// What to type behind `piko` to go on with a verb's work that was cut off.
  package static func arguments(goingOnWith verb: String, _ name: EnvironmentName) -> String {
    "\(verb == "down" ? "down" : "up") \(name)"
  }

  /// Does a verb's work as an operation in the journal.
  package func journalled<Value>(
    _ verb: String, _ work: (Operation) throws -> Value
  ) throws -> Value {
    let operation = try Operation(verb, on: record.name, in: state)
    do {
      let value = try work(operation)
      try operation.end(as: .done)
      return value
    } catch {
      try? operation.end(as: .failed)
      throw error
    }
  }

  /// Writes down that operations which a killed process left open have failed: with the lock held,
  /// none of them is still at work, and what they left is gone on with.
  package func closeCutOff() throws {
    try state.journal.endUnfinished(of: record.name)
  }

  /// - Throws: where the worktree was removed by hand.
  package func requireWorktree() throws(Failure) {
    guard !isShared, !FileCopy.isDirectory(record.path) else { return }
    throw Failure(
      "the worktree of environment \(record.name.text.quoted) is gone: "
        + Paths.display(record.path).quoted,
      hint: "to remove what is left of it, run 'piko destroy \(record.name)'")
  }

  /// Whether it has containers, by its last isolation; true where there was none yet.
  package var mayHaveContainers: Bool {
    get throws { try project.composeVariables(of: record).map { !$0.isEmpty } ?? true }
  }

  /// The services that are meant to be up and have no container.
  func missingServices() throws -> [String] {
    let made = try Set(containers().compactMap(\.service))
    return try (project.activeServices(of: record) ?? []).subtracting(made).sorted()
  }

  /// Its containers without those of `docker compose run`.
  func containers() throws -> [EngineContainer] {
    try EngineObjects(environment, on: Engine()).containers().filter { !$0.isOneOff }
  }
}

extension EnvironmentRecord {
  /// - Throws: where its creation or removal was cut off, with how to go on.
  package func requireMade() throws(Failure) {
    switch status {
    case .ready: return
    case .creating:
      throw Failure(
        "environment \(name.text.quoted) is not complete: its creation was cut off",
        hint: "to make it again, run 'piko create \(createArguments)'")
    case .destroying:
      throw Failure(
        "environment \(name.text.quoted) is not complete: its removal was cut off",
        hint: "to finish that, run 'piko destroy \(name)'")
    }
  }

  private var createArguments: String {
    let from = madeBranch ? base.map { " --from \(Quoting.word($0.masked))" } ?? "" : ""
    if let normalised = try? EnvironmentName(normalizing: branch.text), normalised == name {
      return Quoting.word(branch.text.masked) + from
    }
    return "\(name) --branch \(Quoting.word(branch.text.masked))\(from)"
  }
}
