package import PikoCore

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Waits until the containers of a Compose project are ready.
///
/// `docker compose up --wait` cannot be used: it fails when a one-shot service exits with 0.
package struct Readiness: Sendable {
  /// How a container stands.
  package enum Verdict: Sendable, Equatable {
    case ready
    case waiting
    /// It will not become ready by itself.
    case failed(String)
  }

  private let engine: Engine
  private let composeProject: String
  private let start: EngineMoment?

  /// - Parameter start: when the containers were last started: one that ended before was not meant
  ///   (its profile is off now), and how it ended says nothing.
  package init(of composeProject: String, on engine: Engine, startedAt start: EngineMoment? = nil) {
    self.engine = engine
    self.composeProject = composeProject
    self.start = start
  }

  /// Whether a container ended before the others were last started.
  package func isResting(_ container: EngineContainer) throws(Failure) -> Bool {
    guard let start, container.state == .exited || container.state == .dead,
      let end = try engine.endOfLife(of: container.id)
    else { return false }
    return end < start
  }

  /// Returns when every container is healthy, running without a health check, or ended with 0.
  ///
  /// - Parameters:
  ///   - services: only these services' containers; empty for all.
  ///   - timeout: how long that may take.
  ///   - start: when that began.
  ///   - settling: how long containers without a health check that have only just started are
  ///     watched: most that fail do so at once, but not before Compose has ended.
  /// - Throws: where a container fails or the time is over: the services named, with the last lines
  ///   they wrote; the interrupt where one arrived.
  package func wait(
    services: Set<String> = [], timeout: Duration = .seconds(120),
    since start: ContinuousClock.Instant = .now, settling: Duration = .zero
  ) throws(Failure) {
    let deadline = start + timeout
    let settled = ContinuousClock.now + min(settling, timeout)
    var pause: UInt32 = 20_000
    while true {
      let containers = try containers(services)
      let verdicts = try judged(containers)
      let waiting = verdicts.filter { $0.1 == .waiting }
      let missing = services.subtracting(containers.compactMap(\.service))
      if waiting.isEmpty, missing.isEmpty {
        let rest = settled - .now
        if rest <= .zero || !containers.contains(where: \.isFresh) { return }
        pause = UInt32(min(rest, .milliseconds(25)) / .microseconds(1)) + 1
      }
      if ContinuousClock.now >= deadline, !(waiting.isEmpty && missing.isEmpty) {
        throw timedOut(waiting.map(\.0), missing, after: timeout)
      }
      usleep(pause)
      pause = min(pause * 2, 250_000)
      try Interrupt.check()
    }
  }

  /// Throws where a container has failed that Compose's words name: its service, with the last lines
  /// it wrote. Others may have ended long before.
  package func refuseFailed(namedIn words: String) throws(Failure) {
    _ = try judged(
      containers([]).filter { container in
        container.names.contains { words.contains($0) }
          || container.service.map { words.contains("\"\($0)\"") } ?? false
      })
  }

  private func judged(
    _ containers: [EngineContainer]
  ) throws(Failure) -> [(EngineContainer, Verdict)] {
    var verdicts: [(EngineContainer, Verdict)] = []
    for container in containers {
      let verdict = Readiness.verdict(on: container)
      if case .failed = verdict, try isResting(container) { continue }
      verdicts.append((container, verdict))
    }
    let failed = verdicts.filter { if case .failed = $0.1 { true } else { false } }
    if !failed.isEmpty { throw failure(of: failed) }
    return verdicts
  }

  /// How a container stands.
  package static func verdict(on container: EngineContainer) -> Verdict {
    switch container.state {
    case .running:
      switch container.health {
      case .none, .healthy: return .ready
      case .starting: return .waiting
      case .unhealthy: return .failed("is unhealthy")
      }
    case .exited:
      let code = container.exitCode ?? 0
      return code == 0 ? .ready : .failed("ended with status \(code)")
    case .restarting:
      let code = container.exitCode ?? 0
      return code == 0 ? .waiting : .failed("ends with status \(code) and is started again")
    case .paused: return .failed("is paused")
    case .dead: return .failed("is dead")
    case .created, .removing: return .waiting
    }
  }

  private func containers(_ services: Set<String>) throws(Failure) -> [EngineContainer] {
    try engine.containers(labels: ["\(Label.composeProject)=\(composeProject)"])
      .filter { container in
        !container.isOneOff
          && (services.isEmpty || container.service.map { services.contains($0) } ?? false)
      }
      .sorted { $0.display < $1.display }
  }

  private func failure(of failed: [(EngineContainer, Verdict)]) -> Failure {
    let sentences = failed.map { container, verdict in
      guard case .failed(let what) = verdict else { return "" }
      return "service \(container.display.quoted) \(what)"
    }
    return Failure(
      sentences.joined(separator: ", "), detail: lastWords(of: failed.map(\.0)))
  }

  private func timedOut(
    _ waiting: [EngineContainer], _ missing: Set<String>, after timeout: Duration
  ) -> Failure {
    let names = Set(waiting.map(\.display)).union(missing).sorted().map(\.quoted)
    let seconds = Double(timeout.components.seconds) + Double(timeout.components.attoseconds) / 1e18
    let limit = seconds == seconds.rounded() ? "\(Int(seconds))" : "\(seconds)"
    let noun = names.count == 1 ? "service" : "services"
    return Failure(
      "\(noun) \(names.joined(separator: ", ")) not ready after \(limit) s",
      detail: lastWords(of: waiting))
  }

  /// What its health check last said, which is in no log.
  private func checkWords(of container: EngineContainer) -> [String] {
    guard let check = try? engine.details(of: container.id).lastCheck, check.status != 0 else {
      return []
    }
    return check.output.split(whereSeparator: \.isNewline).suffix(5).map {
      "health check: \(String($0).masked)"
    }
  }

  private func lastWords(of containers: [EngineContainer]) -> String? {
    var parts: [String] = []
    for container in containers {
      let text = (try? engine.logs(of: container.id, tail: 20)) ?? ""
      var lines = text.split(whereSeparator: \.isNewline).map { String($0).masked }
      if container.health != .none, container.health != .healthy {
        lines += checkWords(of: container)
      }
      guard !lines.isEmpty else { continue }
      parts += containers.count == 1 ? lines : ["\(container.display):"] + lines.map { "  \($0)" }
    }
    return parts.isEmpty ? nil : parts.joined(separator: "\n")
  }
}

extension EngineContainer {
  /// What messages call it: its service, else its name.
  fileprivate var display: String { service ?? names.first ?? id }

  /// Whether it is running for less than a second, and nothing says how it does.
  fileprivate var isFresh: Bool {
    state == .running && health == .none && status.hasPrefix("Up Less than a second")
  }
}
