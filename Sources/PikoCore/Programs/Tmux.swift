import Synchronization
package import SystemPackage

/// The `tmux` program: the one door to sessions, windows and clients.
///
/// The server is the one that tmux itself would choose: that of `TMUX` inside a session, else the
/// default one below `TMUX_TMPDIR`; or that of a socket. What is looked at is found by comparing
/// names here, what is acted on is named by tmux's own ids, so that no name is ever taken for a
/// pattern or a prefix (tmux(1), "COMMANDS").
package struct Tmux: Sendable {
  private let tmux = Program("tmux")
  /// The socket of its server; nil for the one that tmux itself would choose.
  package let socket: String?

  package init(at socket: String? = nil) { self.socket = socket }

  /// Whether tmux is installed.
  package var exists: Bool { tmux.exists }

  /// Every pane of every session, once for each session that shows it; none where no server runs.
  package func panes() throws(Failure) -> [Pane] {
    let listing = try query(["list-panes", "-a", "-F", Pane.format])
    guard listing.succeeded else {
      // Nobody may take one that cannot be asked for none: somebody may be working there.
      guard Tmux.saysThereIsNone(listing.errors) else {
        let reason = listing.errors.split(whereSeparator: \.isNewline).first.map { ": \($0)" } ?? ""
        throw Failure(
          "cannot ask tmux\(reason)", hint: "to try it by hand, run 'tmux list-sessions'",
          status: .cannotStart)
      }
      return []
    }
    return listing.text.split(separator: "\n").compactMap { Pane(line: $0, at: socket) }
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

  /// Whether a client shows the window of a pane now.
  package func isShown(pane id: String) throws(Failure) -> Bool {
    let answer = try query(["display-message", "-p", "-t", id, "#{window_active_clients}"])
    return answer.text.split(separator: "\n").first.map { $0 != "0" } ?? false
  }

  /// Says of a pane whether what it runs has ended and waits to be started again.
  package func mark(pane id: String, idle isIdle: Bool) throws(Failure) {
    _ = try query(
      ["set-option", "-p"] + (isIdle ? [] : ["-u"]) + ["-t", id, Pane.idle]
        + (isIdle ? [id] : []))
  }

  /// Runs a script in a directory; starts a server where none runs.
  ///
  /// - Returns: the ids of the panes that its ``TmuxScript/make(_:)`` made, in their order.
  /// - Throws: with tmux's own words where a command of it failed. What hooks of the user's say is no
  ///   failure of the script's where it came to its end all the same.
  package func run(_ script: TmuxScript, in directory: FilePath) throws(Failure) -> [String] {
    guard !script.isEmpty else { return [] }
    var whole = script
    whole.add("display-message", "-p", TmuxScript.endMark)
    // A server that begins runs the user's configuration first.
    let result = try ask(
      ["-u", "start-server", ";", "source-file", "-"], in: directory, environment: .forServer(),
      input: Array(whole.text.utf8), within: .seconds(60))
    let lines = result.text.split(separator: "\n")
    guard lines.contains(TmuxScript.endMark[...]) else {
      throw Failure("tmux did not do what it was told", detail: result.errors)
    }
    return lines.filter { $0.hasPrefix(TmuxScript.madeMark) }
      .map { String($0.dropFirst(TmuxScript.madeMark.count)) }
  }

  /// Ends a pane; its window goes with the last one, and its session with the last of these.
  package func kill(pane id: String) throws(Failure) { _ = try query(["kill-pane", "-t", id]) }

  /// Ends a session with what only it shows, and after it a pane that another one shows too. The
  /// server is told of both at once: this process may be in what ends.
  package func kill(session: String?, then pane: String?) throws(Failure) {
    var commands = session.map { ["kill-session", "-t", "\($0):"] } ?? []
    if let pane { commands += (commands.isEmpty ? [] : [";"]) + ["kill-pane", "-t", pane] }
    if !commands.isEmpty { _ = try query(commands) }
  }

  /// Has every client of these sessions show the session that was last used of the others, where
  /// there is one.
  package func leave(_ ending: Set<String>) throws(Failure) {
    let listing = try query(["list-clients", "-F", "#{session_id} #{client_name}"])
    let clients = listing.text.split(separator: "\n").compactMap { line -> Substring? in
      let words = line.split(separator: " ", maxSplits: 1)
      return words.count == 2 && ending.contains(String(words[0])) ? words[1] : nil
    }
    guard !clients.isEmpty else { return }
    let sessions = try query([
      "list-sessions", "-F", "#{session_last_attached} #{session_activity} #{session_id}",
    ])
    let others = sessions.text.split(separator: "\n")
      .map { $0.split(separator: " ", omittingEmptySubsequences: false) }
      .filter { $0.count == 3 && !ending.contains(String($0[2])) }
    let latest = others.max { first, second in
      (Int(first[0]) ?? 0, Int(first[1]) ?? 0) < (Int(second[0]) ?? 0, Int(second[1]) ?? 0)
    }
    guard let latest else { return }
    for client in clients {
      _ = try query(["switch-client", "-c", String(client), "-t", "\(latest[2]):"])
    }
  }

  /// Replaces this process by tmux showing a session, or, inside tmux, has the client of this process
  /// show it.
  package func become(showing id: String) throws(Failure) -> Never {
    let isInside = ProcessEnvironment.value("TMUX") != nil
    let command = isInside ? "switch-client" : "attach-session"
    try tmux.become(server + [command, "-t", "\(id):"], environment: .inherited())
  }

  /// The beginning of a command line that asks it, for a shell.
  package var command: String {
    (["tmux"] + server.map(Quoting.word)).joined(separator: " ")
  }

  /// The words that say which server is meant.
  private var server: [String] { socket.map { ["-S", $0] } ?? [] }

  /// Asks without starting a server; `-u` keeps names in UTF-8 whatever the locale.
  private func query(_ arguments: [String]) throws(Failure) -> Program.Result {
    try ask(["-u"] + arguments, environment: .pinned(), within: .seconds(10))
  }

  /// - Throws: where the server does not answer in time; also where it has not a moment ago, so that
  ///   several questions wait once.
  private func ask(
    _ arguments: [String], in directory: FilePath? = nil, environment: ChildEnvironment,
    input: [UInt8]? = nil, within limit: Duration
  ) throws(Failure) -> Program.Result {
    let key = socket ?? ""
    if let last = Tmux.silence.withLock({ $0[key] }), ContinuousClock.now < last + .seconds(30) {
      throw Tmux.noAnswer
    }
    try Tmux.requireAbsoluteSocket()
    do {
      return try tmux.run(
        server + arguments, in: directory, environment: environment, input: input, timeout: limit)
    } catch {
      // Where it cannot be started or a signal arrived, the status is another one.
      guard error.status == .failed else { throw error }
      Tmux.silence.withLock { $0[key] = ContinuousClock.now }
      throw Tmux.noAnswer
    }
  }

  /// When a server last did not answer, by its socket.
  private static let silence = Mutex<[String: ContinuousClock.Instant]>([:])

  private static let noAnswer = Failure(
    "tmux does not answer",
    hints: [
      "to see its server, run 'pgrep -a tmux'",
      "if it was stopped, run 'pkill -CONT tmux'",
    ], status: .cannotStart)
}

/// A session's name as commands in hints take it.
package enum TmuxTarget {
  /// The exact name, quoted for a shell.
  package static func argument(_ name: String) -> String { Quoting.shell("=\(name)") }
}
