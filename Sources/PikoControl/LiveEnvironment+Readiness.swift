import PikoCompose
import PikoCore
import PikoStore

extension LiveEnvironment {
  /// How long what has only just started is watched.
  package static let settling = Duration.milliseconds(250)

  /// The same where Compose has just started it: a quarter of the time that this took, so that a
  /// machine that is busy is given longer; a tenth of a second at least, half a second at most.
  static func settling(after composing: Duration) -> Duration {
    min(max(composing / 4, .milliseconds(100)), .milliseconds(500))
  }

  /// Waits until the containers of services are ready.
  ///
  /// - Throws: where they are not, with how to read on.
  func ready(
    _ services: Set<String> = [], startedAt moment: EngineMoment?, timeout: Duration,
    since start: ContinuousClock.Instant = .now, settling: Duration = .zero
  ) throws {
    try judging(startedAt: moment) { readiness throws(Failure) in
      try readiness.wait(services: services, timeout: timeout, since: start, settling: settling)
    }
  }

  /// Asks how the containers stand.
  ///
  /// - Throws: what that does, with how to read on.
  func judging(
    startedAt moment: EngineMoment?, _ ask: (Readiness) throws(Failure) -> Void
  ) throws {
    do {
      try ask(readiness(startedAt: moment))
    } catch {
      guard Interrupt.received == nil else { throw error }
      if (try? containers().contains { $0.state == .paused }) == true {
        throw error.hinting("to let what is paused go on, run 'piko up \(record.name)'")
      }
      throw error.hinting("to read all they wrote, run 'piko logs \(record.name)'")
    }
  }

  func readiness(startedAt moment: EngineMoment?) -> Readiness {
    Readiness(of: record.composeProject, on: Engine(), startedAt: moment)
  }

  /// Whether its containers have been started since it was made.
  func wasStarted() throws -> Bool {
    // An environment that had the name before does not count.
    try state.journal.last(200, of: record.name).prefix { $0.step != StepName.reserve.rawValue }
      .contains { $0.step == StepName.start.rawValue && $0.state == .done }
  }

  /// When the containers were last started, all that were meant to be; nil where that is not known.
  func lastStart() throws -> EngineMoment? {
    let entry = try state.journal.last(200, of: record.name).first {
      $0.step == StepName.start.rawValue && $0.state == .done
    }
    return entry.flatMap { EngineMoment($0.begunExactlyAt) }
  }
}
