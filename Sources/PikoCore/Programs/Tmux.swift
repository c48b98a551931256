package import SystemPackage

/// The `tmux` program: the one door to sessions, windows and clients.
///
/// The server is the one that tmux itself would choose: that of `TMUX` inside a session, else the
/// default one below `TMUX_TMPDIR`. What is looked at is found by comparing names here, what is
/// acted on is named by tmux's own ids, so that no name is ever taken for a pattern or a prefix
/// (tmux(1), "COMMANDS").
package struct Tmux: Sendable {
  private let tmux = Program("tmux")

  package init() {}

  /// Whether tmux is installed.
  package var exists: Bool { tmux.exists }

  /// One pane, with the window and the session it is in.
  package struct Pane: Sendable, Equatable {
    /// tmux's own ids: `$3`, `@5`, `%7`.
    package let session: String
    package let window: String
    package let pane: String
    /// The process that tmux started in it.
    package let process: Int32
    /// Whether a client shows its session.
    package let isAttached: Bool
    /// Whether its window has the name that piko gave it.
    package let hasGivenName: Bool
    /// Whether it is the pane that piko made the window with.
    package let isOwn: Bool
    /// Whether what it runs has ended and waits to be started again.
    package let isIdle: Bool
    package let sessionName: String
    /// The environment that the session was made for, as ``SessionMark`` writes it; empty where it
    /// is the user's own.
    package let mark: String
    /// Which of the environment's windows it is; empty for one of the user's.
    package let key: String

    static let format = [
      "#{session_id}", "#{window_id}", "#{pane_id}", "#{pane_pid}",
      "#{?session_attached,1,0}", "#{==:#{window_name},#{@piko_name}}", "#{?@piko_pane,1,0}",
      "#{?@piko_idle,1,0}", "#{session_name}", "#{@piko_environment}", "#{@piko_window}",
    ].joined(separator: "\t")

    /// Reads one line in ``format``; nil where it is none.
    init?(line: Substring) {
      let fields = line.split(separator: "\t", maxSplits: 10, omittingEmptySubsequences: false)
      guard fields.count == 11, let process = Int32(fields[3]) else { return nil }
      session = String(fields[0])
      window = String(fields[1])
      pane = String(fields[2])
      self.process = process
      isAttached = fields[4] == "1"
      hasGivenName = fields[5] == "1"
      isOwn = fields[6] == "1"
      isIdle = fields[7] == "1"
      sessionName = String(fields[8])
      mark = String(fields[9])
      key = String(fields[10])
    }
  }

  /// Every pane of every session; none where no server runs.
  package func panes() throws(Failure) -> [Pane] {
    let listing = try query(["list-panes", "-a", "-F", Pane.format])
    guard listing.succeeded else { return [] }
    return listing.text.split(separator: "\n").compactMap { Pane(line: $0) }
  }

  /// The names of the variables that every session has; none where no server runs.
  package func globalVariables() throws(Failure) -> [String] {
    let listing = try query(["show-environment", "-g"])
    return listing.text.split(separator: "\n").compactMap { line in
      line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).first
        .map(String.init)
    }
  }

  /// The value of a session's own option; empty where it is not set.
  package func option(_ name: String, ofSession id: String) throws(Failure) -> String {
    let value = try query(["show-options", "-q", "-v", "-t", "\(id):", name])
    return value.text.split(separator: "\n").first.map(String.init) ?? ""
  }

  /// The session that a pane is in; nil where there is no such pane.
  package func session(ofPane id: String) throws(Failure) -> String? {
    let answer = try query(["display-message", "-p", "-t", id, "#{session_id}"])
    let session = answer.text.split(separator: "\n").first.map(String.init)
    return answer.succeeded ? session : nil
  }

  /// Whether a client shows the window of a pane now.
  package func isShown(pane id: String) throws(Failure) -> Bool {
    let answer = try query(["display-message", "-p", "-t", id, "#{window_active_clients}"])
    return answer.text.split(separator: "\n").first.map { $0 != "0" } ?? false
  }

  /// Sets an option of a pane; nil takes it away.
  package func set(_ option: String, ofPane id: String, to value: String?) throws(Failure) {
    _ = try query(
      value.map { ["set-option", "-p", "-t", id, option, $0] }
        ?? ["set-option", "-p", "-u", "-t", id, option])
  }

  /// Runs a script in a directory; starts a server where none runs.
  ///
  /// - Throws: with tmux's own words where a command of it failed.
  package func run(_ script: TmuxScript, in directory: FilePath) throws(Failure) {
    let result = try tmux.run(
      ["-u", "start-server", ";", "source-file", "-"], in: directory, environment: .forServer(),
      input: Array(script.text.utf8))
    guard result.succeeded else {
      throw Failure("tmux did not do what it was told", detail: result.errors)
    }
  }

  /// Ends a pane; its window goes with the last one, and its session with the last of these.
  package func kill(pane id: String) throws(Failure) { _ = try query(["kill-pane", "-t", id]) }

  /// Ends a session with all that runs in it. Clients that show it go to another session of theirs.
  package func kill(session id: String) throws(Failure) {
    try leave(session: id)
    _ = try query(["kill-session", "-t", "\(id):"])
  }

  /// Has every client of a session show the session that was last used of the others, where there is
  /// one.
  package func leave(session id: String) throws(Failure) {
    let clients = try query(["list-clients", "-t", "\(id):", "-F", "#{client_name}"])
    guard clients.succeeded, !clients.output.isEmpty else { return }
    let sessions = try query([
      "list-sessions", "-F", "#{session_last_attached} #{session_activity} #{session_id}",
    ])
    let others = sessions.text.split(separator: "\n")
      .map { $0.split(separator: " ", omittingEmptySubsequences: false) }
      .filter { $0.count == 3 && $0[2] != id[...] }
    let latest = others.max { first, second in
      (Int(first[0]) ?? 0, Int(first[1]) ?? 0) < (Int(second[0]) ?? 0, Int(second[1]) ?? 0)
    }
    guard let latest else { return }
    for client in clients.text.split(separator: "\n") {
      _ = try query(["switch-client", "-c", String(client), "-t", "\(latest[2]):"])
    }
  }

  /// Replaces this process by tmux showing a session, or, inside tmux, has the client of this process
  /// show it.
  package func become(showing id: String) throws(Failure) -> Never {
    let isInside = ProcessEnvironment.value("TMUX") != nil
    let command = isInside ? "switch-client" : "attach-session"
    try tmux.become([command, "-t", "\(id):"], environment: .inherited())
  }

  /// Asks without starting a server; `-u` keeps names in UTF-8 whatever the locale.
  private func query(_ arguments: [String]) throws(Failure) -> Program.Result {
    try tmux.run(["-u"] + arguments)
  }
}

/// A session's name as commands in hints take it.
package enum TmuxTarget {
  /// The exact name, quoted for a shell.
  package static func argument(_ name: String) -> String { Quoting.shell("=\(name)") }
}
