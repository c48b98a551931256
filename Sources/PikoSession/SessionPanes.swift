import PikoCore

/// The panes that are an environment's, among all that there are.
struct SessionPanes {
  /// tmux's id of its session; nil where it has none.
  let session: String?
  /// Those of its session, whoever made them.
  let inside: [Tmux.Pane]
  /// Those that piko made for it, each once, wherever the user has taken them.
  let own: [Tmux.Pane]
  /// The sessions that show a window.
  private let places: [String: Set<String>]

  /// - Parameters:
  ///   - marks: what the environment's session is marked with.
  ///   - all: those of all sessions.
  init(_ marks: Set<String>, among all: [Tmux.Pane]) {
    session = all.first { marks.contains($0.mark) }?.session
    inside = all.filter { [session] in $0.session == session }
    var seen: Set<String> = []
    // A window that several sessions show is found in its own first.
    own = (inside + all).filter { pane in
      pane.purpose.map { marks.contains($0.owner) } ?? false && seen.insert(pane.pane).inserted
    }
    places = all.reduce(into: [:]) { $0[$1.window, default: []].insert($1.session) }
  }

  /// Whether a pane goes on where the session ends: another one shows it, too.
  func isElsewhere(_ pane: Tmux.Pane) -> Bool {
    places[pane.window] != session.map { [$0] }
  }

  /// What goes where the environment does: all that only its session shows, and what piko made.
  var doomed: [Tmux.Pane] { inside.filter { !isElsewhere($0) } + own.filter(isElsewhere) }

  /// The sessions that have nothing else.
  func emptied(among all: [Tmux.Pane]) -> Set<String> {
    let ending = Set(doomed.map(\.pane))
    return Set(all.map(\.session)).subtracting(
      all.filter { !ending.contains($0.pane) && $0.session != session }.map(\.session))
  }
}
