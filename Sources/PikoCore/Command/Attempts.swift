/// The same work on several things, where the failure of one does not keep the others from it.
package struct Attempts {
  private var worst: Failure?

  package init() {}

  /// Does `work`; a failure is reported at once and remembered.
  ///
  /// - Parameter subject: what it is about, put before the failure's message; nil where that says it.
  /// - Throws: the failure itself where a signal arrived: nothing more is begun then.
  package mutating func attempt(_ subject: String? = nil, _ work: () throws -> Void) throws {
    do {
      try work()
    } catch var failure as Failure {
      if Interrupt.received != nil { throw failure }
      if let subject { failure.message = "\(subject): \(failure.message)" }
      Output.report(failure)
      if worst.map({ $0.status.code < failure.status.code }) ?? true { worst = failure }
    }
  }

  /// Ends the verb with the worst status that there was; nothing happens where all went well.
  package func finish() throws {
    if let worst { throw Finished(worst.status) }
  }
}
