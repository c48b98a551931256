import FoundationEssentials
import PikoCompose
import PikoConfig
import PikoCore
import PikoInspection
import PikoStore

extension Report {
  /// The report for a person.
  var text: String {
    [summary, table(of: services), table(of: steps)].filter { !$0.isEmpty }
      .joined(separator: "\n")
  }

  private var summary: String {
    let environment = finding.environment
    var lines = ["\(environment.name): \(finding.state.display)"]
    func add(_ label: String, _ value: String?) {
      guard let value, !value.isEmpty else { return }
      lines.append("  " + label + String(repeating: " ", count: 10 - label.count) + value.masked)
    }
    add("", advice)
    if !isOfShared {
      add("branch", environment.branch.display)
      add("worktree", Paths.display(environment.path))
    }
    if !services.isEmpty { add("compose", environment.composeProject) }
    add("changes", changes)
    add("commit", commit.map { "\($0.id.prefix(10)) \(shortened($0)) (\(age($0.committedAt)))" })
    add("made", finding.record.createdAt.map { age($0) })
    add("ports", hostPorts)
    for service in shared { add(isOfShared ? "serves" : "shared", words(service)) }
    if !isOfShared { add("session", sessionWords) }
    add("scripts", scripts.map(words).joined(separator: ", "))
    return lines.map { $0 + "\n" }.joined()
  }

  /// What goes on, or what to type where something was cut off.
  private var advice: String? {
    if let holder { return "in use by \(holder)" }
    let name = finding.environment.name
    return switch finding.state {
    case .creating: "cut off; to make it again, run 'piko create \(name)'"
    case .destroying: "cut off; to finish, run 'piko destroy \(name)'"
    case .broken: "its worktree is gone; to remove the rest, run 'piko destroy \(name)'"
    default: nil
    }
  }

  private var sessionWords: String {
    switch session.state {
    case .none: "none"
    case .detached: session.name
    case .attached: "\(session.name), attached"
    case .unknown: "not known: tmux does not answer"
    }
  }

  private var changes: String? {
    guard let git = finding.git, let changed = git.changed else { return nil }
    var words = [changed == 0 ? "clean" : "\(changed) changed"]
    if let ahead = git.ahead, ahead > 0 { words.append("\(ahead) ahead of upstream") }
    if let behind = git.behind, behind > 0 { words.append("\(behind) behind it") }
    return words.joined(separator: ", ")
  }

  private func shortened(_ commit: Git.Commit) -> String {
    commit.subject.count > 45 ? commit.subject.prefix(44) + "…" : commit.subject
  }

  /// The ports of processes on the host: those of no service.
  private var hostPorts: String {
    finding.leases.filter { lease in
      !lease.isShared && !services.contains { $0.name == lease.mapping.service }
    }
    .map { "\($0.mapping.service) \($0.port)" }.joined(separator: ", ")
  }

  /// `redis, running, healthy, 10479->6379 (a, b)`: with the environments that use it; where its own
  /// line says all else `redis (a, b)`.
  private func words(_ service: SharedFinding) -> String {
    let more = isOfShared ? [] : [service.state] + service.leases.map(\.display)
    return ([service.service] + more).joined(separator: ", ")
      + " (\(service.consumers.joined(separator: ", ")))"
  }

  private func words(_ script: ScriptFinding) -> String {
    let result: String
    switch script.result {
    case .done: result = "done"
    case .failed: result = "failed"
    case .begun: result = "not ended"
    case .undone: result = "undone"
    case nil: result = "never ran"
    }
    return "\(script.script.rawValue) \(result)" + (script.at.map { " (\(age($0)))" } ?? "")
  }

  private func age(_ seconds: Int) -> String { "\(Timestamp.age(of: seconds)) ago" }

  // MARK: - Tables

  private func table(of services: [ServiceFinding]) -> String {
    guard !services.isEmpty else { return "" }
    let rows = services.flatMap { service -> [[String]] in
      let ports = service.leases.map(\.display)
      let first =
        [service.name, words(service), service.restarts.map { "\($0)" } ?? "-", uptime(service)]
        + (isMeasured ? [percent(service.cpu), size(service.memory)] : [])
        + [ports.first ?? "-", service.image ?? "-"]
      // Each further port has a line of its own.
      let blank = [String](repeating: "", count: isMeasured ? 6 : 4)
      return [first] + ports.dropFirst().map { blank + [$0, ""] }
    }
    return Table(
      header: ["SERVICE", "STATE", "RESTARTS", "UPTIME"]
        + (isMeasured ? ["CPU", "MEMORY"] : []) + ["PORTS", "IMAGE"], rows: rows
    ).fitted().text
  }

  /// `running`, `running, healthy`, `running 1/2`, `exited 1`.
  private func words(_ service: ServiceFinding) -> String {
    guard let state = service.state, let parts = service.parts else { return "…" }
    if parts.isEmpty { return "-" }
    var text = state
    if parts.count > 1 {
      text += " \(parts.filter { $0.state == .running }.count)/\(parts.count)"
    } else if let code = service.exitCode {
      text += " \(code)"
    }
    return text + (service.health.map { ", \($0)" } ?? "")
  }

  private func uptime(_ service: ServiceFinding) -> String {
    // The engine's fractions of a second are more than the parser takes.
    guard let started = service.startedAt?.prefix(19),
      let date = try? Date("\(started)Z", strategy: .iso8601)
    else { return "-" }
    return Timestamp.age(of: Int(date.timeIntervalSince1970))
  }

  private func percent(_ cpu: Double?) -> String {
    guard let cpu else { return "-" }
    let tenths = Int((cpu * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)%"
  }

  private func size(_ bytes: Int?) -> String {
    guard let bytes else { return "-" }
    let mebibytes = (bytes + 524_288) / 1_048_576
    return mebibytes == 0 ? "\(bytes / 1024)K" : "\(mebibytes)M"
  }

  private func table(of steps: [Journal.Entry]) -> String {
    guard !steps.isEmpty else { return "" }
    return Table(
      header: ["VERB", "STEP", "RESULT", "AGE"],
      rows: steps.map { entry in
        [
          entry.verb, entry.step, entry.state == .begun ? "not ended" : entry.state.rawValue,
          Timestamp.age(of: entry.endedAt ?? entry.begunAt),
        ]
      }
    ).fitted().text
  }
}
