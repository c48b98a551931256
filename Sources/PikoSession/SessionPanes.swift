import PikoCore

/// The panes that are an environment's, among all that there are.
struct SessionPanes {
  /// The server that has them; the one that tmux itself would choose where there are none.
  let tmux: Tmux
  /// All of that server, whoever they belong to.
  let all: [Tmux.Pane]
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
    let all = all.map { marks.contains($0.mark) ? $0.recognised : $0 }
    let isOwn = { (pane: Tmux.Pane) in pane.purpose.map { marks.contains($0.owner) } ?? false }
    let found = all.first { marks.contains($0.mark) } ?? all.first(where: isOwn)
    // tmux's ids are those of one server.
    let tmux = Tmux(at: found?.socket)
    self.tmux = tmux
    self.all = all.filter { $0.socket == tmux.socket }
    session = self.all.first { marks.contains($0.mark) }?.session
    inside = self.all.filter { [session] in $0.session == session }
    var seen: Set<String> = []
    // A window that several sessions show is found in its own first.
    own = (inside + self.all).filter { isOwn($0) && seen.insert($0.pane).inserted }
    places = self.all.reduce(into: [:]) { $0[$1.window, default: []].insert($1.session) }
  }

  /// The shell that the session begins with, where piko was killed before it could mark it; what runs
  /// there is the user's either way.
  func unmarked(_ window: SessionWindow) -> Tmux.Pane? {
    guard window.key == SessionWindow.shellKey else { return nil }
    return inside.first { pane in
      pane.purpose == nil && pane.windowName == window.name
        && (!pane.shell.isEmpty || pane.runsDefaultCommand)
    }
  }

  /// Whether a pane goes on where the session ends: another one shows it, too.
  func isElsewhere(_ pane: Tmux.Pane) -> Bool {
    places[pane.window] != session.map { [$0] }
  }

  /// What goes where the environment does: all that only its session shows, and what piko made.
  var doomed: [Tmux.Pane] { inside.filter { !isElsewhere($0) } + own.filter(isElsewhere) }

  /// The sessions that have nothing else.
  var emptied: Set<String> {
    let ending = Set(doomed.map(\.pane))
    return Set(all.map(\.session)).subtracting(
      all.filter { !ending.contains($0.pane) && $0.session != session }.map(\.session))
  }
}

extension Tmux.Pane {
  /// The same with what it was made for, where piko was killed before it could mark it: its own
  /// session shows it, and the verb that runs there says which window it is.
  fileprivate var recognised: Tmux.Pane {
    guard lacksMark, let owner = SessionMark(mark), let words = ProcessEntry(of: process)?.words,
      words.count == 4, words[0].hasSuffix("/piko-tmux"), words[1] == "--window",
      words[3] == owner.environment.text
    else { return self }
    return made(for: PaneMark(key: words[2], isPlain: false, owner: mark))
  }
}
