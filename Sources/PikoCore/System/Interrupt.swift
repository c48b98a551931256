import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// SIGINT, SIGTERM and SIGHUP for verbs that change things in several steps: caught, so that what
/// was begun can be undone. All other verbs leave the signals alone.
package enum Interrupt {
  private static let pending = Atomic<Int32>(0)
  private static let shields = Atomic<Int>(0)
  private static let tellsNobody = Atomic<Bool>(false)
  private static let restoresPipe = Atomic<Bool>(false)

  /// The signal that arrived since ``trap()``, if one did.
  package static var received: Int32? {
    let number = pending.load(ordering: .relaxed)
    return number == 0 ? nil : number
  }

  /// Whether what runs now must come to its end: a further Ctrl-C is only remembered.
  package static var isShielded: Bool { shields.load(ordering: .relaxed) > 0 }

  /// Starts catching. System calls are interrupted, not restarted: every wait in ``Program`` looks
  /// here when it wakes.
  ///
  /// What was begun comes to its end also where nobody reads any more what is told about it, in
  /// `piko destroy NAME | head -1` for one: SIGPIPE is ignored.
  ///
  /// - Parameter outlivesReader: false for a verb that has nothing to do but to tell.
  package static func trap(outlivesReader: Bool = true) {
    if outlivesReader {
      tellsNobody.store(true, ordering: .relaxed)
      if signal(SIGPIPE, SIG_IGN) == nil { restoresPipe.store(true, ordering: .relaxed) }
    }
    for signal in [SIGINT, SIGTERM, SIGHUP] {
      var action = sigaction()
      #if canImport(Glibc)
        action.__sigaction_handler.sa_handler = { Interrupt.pending.store($0, ordering: .relaxed) }
      #else
        action.__sigaction_u.__sa_handler = { Interrupt.pending.store($0, ordering: .relaxed) }
      #endif
      sigaction(signal, &action, nil)
    }
  }

  /// Lets the terminal go away: for a verb that ends the session it is typed in.
  package static func ignoreHangup() { _ = signal(SIGHUP, SIG_IGN) }

  /// Whether this process goes on where its streams lead to nobody any more.
  static var outlivesReader: Bool { tellsNobody.load(ordering: .relaxed) }

  /// Gives a program that replaces this process the signals as this process got them.
  static func untrap() {
    if restoresPipe.load(ordering: .relaxed) { signal(SIGPIPE, SIG_DFL) }
  }

  /// Throws where a signal has arrived; called between steps.
  package static func check() throws(Failure) {
    if let signal = received, !isShielded {
      throw Failure("interrupted by \(name(of: signal))", status: .signal(signal))
    }
  }

  /// Does `work` to its end whatever arrives: for undoing what was begun. Children started inside
  /// are out of the terminal's reach too.
  package static func shielded<Value, E: Error>(_ work: () throws(E) -> Value) throws(E) -> Value {
    shields.add(1, ordering: .relaxed)
    defer { shields.subtract(1, ordering: .relaxed) }
    return try work()
  }

  /// Ends this process by the signal itself, under its default action.
  package static func raiseUntrapped(_ number: Int32) {
    signal(number, SIG_DFL)
    raise(number)
  }

  /// Ends this process as `kill -9` does: nothing is cleaned up. For tests of what comes after.
  package static func killSelf() -> Never {
    kill(getpid(), SIGKILL)
    while true { pause() }
  }

  private static func name(of signal: Int32) -> String {
    switch signal {
    case SIGINT: "SIGINT"
    case SIGHUP: "SIGHUP"
    default: "SIGTERM"
    }
  }
}
