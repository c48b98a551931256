import PikoConfig
import PikoCore
import PikoProject
import PikoStore

/// tmux sessions of environments that are no more. Somebody may be working in one: it is only named.
struct SessionsCheck: Check {
  let name = "sessions"

  func run(in site: Site) throws -> [Finding] {
    guard Program("tmux").exists, let register = site.register else { return [] }
    let listing = try Program("tmux").run(["list-sessions", "-F", "#{session_name}"])
    guard listing.succeeded else { return [] }  // no server: no sessions
    let prefix = (try? UserConfiguration.load())?.sessionPrefix ?? "piko/"
    let known = Set(try register.environments().map(\.session))
    let own = try site.isWhole ? "" : site.projects.first?.name().map { "\($0)/" } ?? "/"
    let sessions = listing.text.split(separator: "\n").map(String.init)
      .filter { $0.hasPrefix(prefix + own) }
    return Self.strays(sessions, prefix: prefix, known: known).map { session in
      .problem(
        .warning, "session \(session.quoted) belongs to no environment",
        command: "tmux kill-session -t \(Quoting.shell("=" + session))")
    }
  }

  /// The sessions that are named like an environment's and are none's.
  static func strays(_ sessions: [String], prefix: String, known: Set<String>) -> [String] {
    sessions.filter { session in
      guard session.hasPrefix(prefix), !known.contains(session) else { return false }
      let parts = session.dropFirst(prefix.count).split(
        separator: "/", omittingEmptySubsequences: false)
      return parts.count == 2 && parts.allSatisfy { !$0.isEmpty }
    }
  }
}
