extension Tmux {
  /// One pane, with the window and the session it is in.
  ///
  /// What piko wrote into options counts only where it stands beside tmux's own id of what it was
  /// written for: a format takes an option that is not set from the window, the session, or what the
  /// user set for all (tmux(1), "OPTIONS"), and none of these is piko's word.
  package struct Pane: Sendable, Equatable {
    /// The socket of its server; nil for the one that tmux itself would choose.
    package let socket: String?
    /// tmux's own ids: `$3`, `@5`, `%7`.
    package let session: String
    package let window: String
    package let pane: String
    /// The process that tmux started in it; 0 where that has ended.
    package let process: Int32
    /// Its terminal's file.
    package let terminal: String
    /// Whether a client shows its session.
    package let isAttached: Bool
    /// Whether its window has the name that piko gave it.
    package let hasGivenName: Bool
    /// Whether what it runs has ended and waits to be started again.
    package let isIdle: Bool
    /// Whether nobody said what to start in it but the user's `default-command`.
    package let runsDefaultCommand: Bool
    /// The user's `default-shell` where nobody said what to start in it; empty where somebody did.
    package let shell: String
    package let sessionName: String
    package let windowName: String
    /// The environment that the session was made for, as ``SessionMark`` writes it; empty where it
    /// is the user's own.
    package let mark: String
    /// What piko made the pane for; nil where it is the user's own: also while something else runs in
    /// it than the verb that piko gave it, which the user had tmux start (tmux(1), `respawn-pane`).
    package private(set) var purpose: PaneMark?
    /// Whether a verb of piko's was started in it and nothing says for which window.
    package let lacksMark: Bool

    /// Whether what it ran has ended for good: `remain-on-exit` keeps such a pane.
    package var isDead: Bool { process == 0 }

    /// The option by which ``isIdle`` is told; its value is the pane's id.
    static let idle = "@piko_idle"

    static let format = [
      "#{session_id}", "#{window_id}", "#{pane_id}", "#{?pane_dead,0,#{pane_pid}}", "#{pane_tty}",
      "#{?session_attached,1,0}", "#{==:#{window_name},#{@piko_name}}",
      "#{==:#{\(idle)},#{pane_id}}",
      "#{&&:#{?default-command,1,0},#{||:#{==:#{pane_start_command},#{default-command}},"
        + "#{==:#{pane_start_command},\"#{default-command}\"}}}",
      "#{?pane_start_command,,#{default-shell}}",
      "#{m:*piko-tmux*--window *,#{pane_start_command}}",
      "#{session_name}", "#{window_name}",
      "#{?#{==:#{@piko_session},#{session_id}},#{@piko_environment},}",
      "#{?#{==:#{@piko_pane},#{pane_id}},#{@piko_window},}",
    ].joined(separator: "\t")

    /// Reads one line in ``format`` from the server of a socket; nil where it is none.
    init?(line: Substring, at socket: String?) {
      let fields = line.split(separator: "\t", maxSplits: 14, omittingEmptySubsequences: false)
      guard fields.count == 15, let process = Int32(fields[3]) else { return nil }
      self.socket = socket
      session = String(fields[0])
      window = String(fields[1])
      pane = String(fields[2])
      self.process = process
      terminal = String(fields[4])
      isAttached = fields[5] == "1"
      hasGivenName = fields[6] == "1"
      isIdle = fields[7] == "1"
      runsDefaultCommand = fields[8] == "1"
      shell = String(fields[9])
      let startsVerb = fields[10] == "1"
      sessionName = String(fields[11])
      windowName = String(fields[12])
      mark = String(fields[13])
      let mark = PaneMark(String(fields[14]))
      purpose = mark.flatMap { $0.isPlain || startsVerb || process == 0 ? $0 : nil }
      lacksMark = mark == nil && startsVerb
    }

    /// The same as one that piko made for this.
    package func made(for purpose: PaneMark) -> Pane {
      var pane = self
      pane.purpose = purpose
      return pane
    }
  }
}

extension TmuxScript {
  /// Marks a session as an environment's.
  package mutating func mark(session target: String, _ mark: SessionMark) {
    add("set-option", "-t", target, "@piko_environment", mark.text)
    add("set-option", "-F", "-t", target, "@piko_session", "#{session_id}")
  }

  /// Marks the pane that a window was made with, and remembers the name that the window has.
  package mutating func mark(pane target: String, _ mark: PaneMark) {
    add("set-option", "-w", "-F", "-t", target, "@piko_name", "#{window_name}")
    renew(pane: target, mark)
    add("set-option", "-p", "-F", "-t", target, "@piko_pane", "#{pane_id}")
  }
  /// Changes the mark of a pane that has one.
  package mutating func renew(pane target: String, _ mark: PaneMark) {
    add("set-option", "-p", "-t", target, "@piko_window", mark.text)
  }

  /// Says of a pane that what it runs goes on.
  package mutating func unmarkIdle(pane id: String) {
    add("set-option", "-p", "-u", "-t", id, Tmux.Pane.idle)
  }
}
