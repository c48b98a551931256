import FoundationEssentials
package import PikoCore
package import PikoStore

/// One verb's work on one environment: every step is in the journal before it acts.
package struct Operation {
  package let state: State
  package let id: Int

  /// Records the beginning, with what going on with it after a crash needs to know.
  package init(
    _ verb: String, on environment: EnvironmentName, in state: State,
    goingOnWith detail: (some Encodable)? = String?.none
  ) throws {
    self.state = state
    let text = try detail.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) }
    id = try state.journal.begin(verb, on: environment, detail: text)
  }

  /// Takes a step: checks for an interrupt, writes it down with what undoing it needs, acts, and
  /// writes down how it went.
  package func step<Value>(
    _ name: StepName, undoing detail: (some Encodable)? = String?.none, _ act: () throws -> Value
  ) throws -> Value {
    try Interrupt.check()
    let text = try detail.map { try Operation.text($0) }
    let entry = try state.journal.begin(step: name.rawValue, of: id, detail: text)
    do {
      try Fault.check(name)
      let value = try act()
      try Fault.check(name, after: true)
      try Interrupt.check()
      try state.journal.finish(step: entry)
      return value
    } catch {
      try? state.journal.fail(step: entry)
      throw error
    }
  }

  /// Writes down more of what undoing a step needs, or instead of what was written at its beginning.
  package func note(_ detail: some Encodable, for step: StepName) throws {
    try state.journal.note(Operation.text(detail), forStep: step.rawValue, of: id)
  }

  private static func text(_ detail: some Encodable) throws -> String {
    String(decoding: try JSONEncoder().encode(detail), as: UTF8.self)
  }

  /// Records how all of it ended.
  package func end(as outcome: Journal.State) throws(Failure) {
    try state.journal.end(operation: id, as: outcome)
    try state.journal.trim()
  }
}
