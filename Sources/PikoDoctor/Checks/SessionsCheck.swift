import PikoCore
import PikoProject
import PikoStore

/// tmux sessions and windows of environments that are no more. Somebody may be working in one: it is
/// only named.
struct SessionsCheck: Check {
  let name = "sessions"

  func run(in site: Site) throws -> [Finding] {
    guard Tmux().exists, let register = site.register else { return [] }
    var known = Set(
      try register.environments().map { SessionMark(environment: $0.name, root: $0.root).text })
    for former in try register.projects.formerPlaces() {
      known.insert(SessionMark(environment: former.environment, root: former.root).text)
    }
    let isOfInterest = { (mark: String) in
      site.isWhole || SessionMark(mark)?.root == site.current?.root
    }
    let servers = Dictionary(
      grouping: try Tmux.panes(alsoAt: register.sessionServers()), by: \.socket)
    let strays = servers.values.flatMap { Self.strays($0, known: known) }
    return strays.sorted { $0.text < $1.text }.filter { isOfInterest($0.mark) }.map { stray in
      let place = SessionMark(stray.mark).map {
        " \($0.environment.text.quoted) of \(Paths.display($0.root).quoted)"
      }
      return .problem(
        .warning, "\(stray.text) is left of environment\(place ?? "")", command: stray.command)
    }
  }

  /// What piko made in tmux for an environment which is not known.
  struct Stray: Equatable {
    let text: String
    /// The environment, as ``SessionMark`` writes it.
    let mark: String
    /// What ends it.
    let command: String
  }

  /// The sessions of such environments on one server, and their windows in other sessions.
  static func strays(_ panes: [Tmux.Pane], known: Set<String>) -> [Stray] {
    let isStray = { (mark: String) in !mark.isEmpty && !known.contains(mark) }
    var seen: Set<String> = []
    let sessions = panes.filter { isStray($0.mark) && seen.insert($0.session).inserted }
      .map { pane in
        Stray(
          text: "session \(pane.sessionName.quoted)", mark: pane.mark,
          command: "\(Tmux(at: pane.socket).command) kill-session "
            + "-t \(TmuxTarget.argument(pane.sessionName))")
      }
    let inside = Set(panes.filter { seen.contains($0.session) }.map(\.pane))
    let windows = panes.compactMap { pane -> Stray? in
      guard let mark = pane.purpose?.owner, isStray(mark), !inside.contains(pane.pane),
        seen.insert(pane.pane).inserted
      else { return nil }
      return Stray(
        text: "window \(pane.windowName.quoted) of session \(pane.sessionName.quoted)", mark: mark,
        command: "\(Tmux(at: pane.socket).command) kill-pane -t \(pane.pane)")
    }
    return sessions + windows
  }
}
