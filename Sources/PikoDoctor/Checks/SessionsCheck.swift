import PikoCore
import PikoProject
import PikoStore

/// tmux sessions of environments that are no more. Somebody may be working in one: it is only named.
struct SessionsCheck: Check {
  let name = "sessions"

  func run(in site: Site) throws -> [Finding] {
    guard Tmux().exists, let register = site.register else { return [] }
    var known = Set(
      try register.environments().map { SessionMark(environment: $0.name, root: $0.root).text })
    for former in try register.projects.formerPlaces() {
      known.insert(SessionMark(environment: former.environment, root: former.root).text)
    }
    let panes = try Tmux().panes().filter {
      site.isWhole || SessionMark($0.mark)?.root == site.current?.root
    }
    return Self.strays(panes, known: known).map { session, mark in
      let place = SessionMark(mark).map {
        " \($0.environment.text.quoted) of \(Paths.display($0.root).quoted)"
      }
      return .problem(
        .warning, "session \(session.quoted) is left of environment\(place ?? "")",
        command: "tmux kill-session -t \(TmuxTarget.argument(session))")
    }
  }

  /// The sessions that piko made for environments which are not known, by name and mark.
  static func strays(
    _ panes: [Tmux.Pane], known: Set<String>
  ) -> [(session: String, mark: String)] {
    var strays: [String: String] = [:]
    for pane in panes where !pane.mark.isEmpty && !known.contains(pane.mark) {
      strays[pane.sessionName] = pane.mark
    }
    return strays.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }
}
