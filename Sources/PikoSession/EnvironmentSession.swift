package import PikoCore
package import PikoProject
package import PikoStore
import SystemPackage

/// An environment's tmux session: found by its mark, made, completed and ended. Sessions and windows
/// of the user's are never touched, and neither are windows that the user gave another name.
package struct EnvironmentSession {
  private let record: EnvironmentRecord
  private let mark: SessionMark
  /// The marks of it: also those with the roots that the project had before it was moved.
  private let marks: Set<String>
  private let tmux = Tmux()

  package init(of record: EnvironmentRecord, in project: Project) {
    self.record = record
    mark = SessionMark(environment: record.name, root: project.root)
    let roots = [project.root] + ((try? project.formerRoots()) ?? [])
    marks = Set(roots.map { SessionMark(environment: record.name, root: $0).text })
  }

  /// The name it has or will be given.
  package var name: String { record.session }

  /// Its panes as they are now; empty without a session.
  package func panes() throws(Failure) -> [Tmux.Pane] {
    try tmux.panes().filter { marks.contains($0.mark) }
  }

  /// tmux's id of it; nil where there is none.
  package func id() throws(Failure) -> String? { try panes().first?.session }

  /// Its name as it is now and whether a client shows it; nil where there is none.
  package func presence() throws(Failure) -> (name: String, isAttached: Bool)? {
    guard tmux.exists, let pane = try panes().first else { return nil }
    return (pane.sessionName, pane.isAttached)
  }

  /// - Throws: where a session that is not this environment's has the name.
  package func requireNameFree() throws(Failure) {
    try requireNameFree(among: tmux.panes())
  }

  private func requireNameFree(among panes: [Tmux.Pane]) throws(Failure) {
    guard let other = panes.first(where: { $0.sessionName == name && !marks.contains($0.mark) })
    else {
      return
    }
    let owner = SessionMark(other.mark).map {
      "is of environment \($0.environment.text.quoted) of \(Paths.display($0.root).quoted)"
    }
    throw Failure(
      "cannot make session \(name.quoted): a session of that name \(owner ?? "is not piko's")",
      hint: "to make room, run 'tmux rename-session -t \(TmuxTarget.argument(name)) mine'")
  }

  /// Makes the session, or what is missing of it, and gives it the environment's variables as they
  /// are now. Windows that the layout has no more go.
  ///
  /// - Parameter keepsUnknown: keeps windows that the layout lacks: it may be incomplete.
  /// - Returns: whether there was none before.
  @discardableResult
  package func make(
    _ windows: [SessionWindow], variables: Variables, keepsUnknown: Bool
  ) throws -> Bool {
    let all = try tmux.panes()
    let panes = all.filter { marks.contains($0.mark) }
    let variables = carried(variables)
    var script = TmuxScript()
    guard let session = panes.first?.session else {
      try requireNameFree(among: all)
      let strange = try all.isEmpty ? [] : stranger(to: variables)
      try add(windows, creatingWith: variables, without: strange, to: &script)
      try tmux.run(script, in: record.path)
      return true
    }
    let known = Set(windows.map(\.key))
    let gone = panes.filter {
      !keepsUnknown && $0.isOwn && $0.hasGivenName && !$0.key.isEmpty && !known.contains($0.key)
    }
    try end(gone)
    refresh(session, with: variables, without: try stale(variables, in: session), in: &script)
    let there = Set(panes.map(\.key))
    let isAttached = panes.contains(where: \.isAttached)
    for window in windows {
      if !there.contains(window.key) {
        try add(window, to: "\(session):", isAttached: isAttached, in: &script)
      } else if window.isProcess,
        let idle = panes.first(where: { $0.key == window.key && $0.isIdle && $0.hasGivenName })
      {
        script.add(["respawn-pane", "-k", "-t", idle.pane, "--"] + (try command(of: window)))
        script.add("set-option", "-p", "-u", "-t", idle.pane, "@piko_idle")
      }
    }
    try tmux.run(script, in: record.path)
    return false
  }

  /// Ends the processes that the project's windows run on the host, and waits until they are gone.
  /// The windows stay.
  ///
  /// - Returns: the names of the windows in which something was ended.
  @discardableResult
  package func endProcesses() throws(Failure) -> [String] {
    let running = try panes().filter {
      $0.isOwn && $0.hasGivenName && SessionWindow.isProcess($0.key) && !$0.isIdle
    }
    let ended = running.filter { PaneProcesses(of: $0.process).end() }
    // Their windows say so a moment later.
    let deadline = ContinuousClock.now + .seconds(2)
    let ids = Set(ended.map(\.pane))
    while ContinuousClock.now < deadline,
      try panes().contains(where: { ids.contains($0.pane) && !$0.isIdle })
    {
      Pause.short()
    }
    return ended.map { String($0.key.drop { $0 != ":" }.dropFirst()) }
  }

  /// How many of the processes that the project's windows run on the host go on, and how many there
  /// are; nil where there is none.
  ///
  /// - Parameter panes: those of all sessions.
  package func processes(among panes: [Tmux.Pane]) -> (running: Int, total: Int)? {
    let own = panes.filter {
      marks.contains($0.mark) && $0.isOwn && SessionWindow.isProcess($0.key)
    }
    return own.isEmpty ? nil : (own.count { !$0.isIdle }, own.count)
  }

  /// Whether this process runs in a pane of the session.
  package func isAround() throws(Failure) -> Bool {
    guard let pane = ProcessEnvironment.value("TMUX_PANE"), ProcessEnvironment.value("TMUX") != nil,
      let id = try id()
    else { return false }
    return try tmux.session(ofPane: pane) == id
  }

  /// Ends the session and all that runs in it; clients that show it go to another session.
  ///
  /// - Returns: whether there was one.
  @discardableResult
  package func kill() throws(Failure) -> Bool {
    let panes = try panes()
    guard let session = panes.first?.session else { return false }
    for pane in panes where pane.isOwn && SessionWindow.isProcess(pane.key) {
      _ = PaneProcesses(of: pane.process).end()
    }
    try tmux.kill(session: session)
    return true
  }

  // MARK: - Making

  private func add(
    _ windows: [SessionWindow], creatingWith variables: Variables, without strange: [String],
    to script: inout TmuxScript
  ) throws {
    guard let first = windows.first else { return }
    let target = "=\(name):"
    // No terminal has this size: a window that is shown for the first time is resized, and the
    // process in it is told (tmux resizes a window when a client shows it, not before).
    var words = ["new-session", "-d", "-s", TmuxScript.literal(name)]
    words += [
      "-n", TmuxScript.literal(first.name), "-x", "\(Unseen.columns)", "-y", "\(Unseen.rows)",
    ]
    for (name, value) in variables.list { words += ["-e", "\(name)=\(value)"] }
    script.add(words)
    script.add("set-option", "-t", target, "@piko_environment", mark.text)
    remember(variables, of: target, in: &script)
    setMarks(of: first, at: target, in: &script)
    if !strange.isEmpty {
      for name in strange { script.add("set-environment", "-r", "-t", target, name) }
      script.add("respawn-pane", "-k", "-t", target)
    }
    for window in windows.dropFirst() {
      try add(window, to: target, isAttached: false, in: &script)
    }
  }

  /// - Parameter session: its target, which ends with a colon.
  private func add(
    _ window: SessionWindow, to session: String, isAttached: Bool, in script: inout TmuxScript
  ) throws {
    let last = "\(session){end}"
    var words = ["new-window", "-d", "-a", "-t", last, "-n", TmuxScript.literal(window.name)]
    if !window.isPlain { words += ["--"] + (try command(of: window)) }
    script.add(words)
    setMarks(of: window, at: last, in: &script)
    if isAttached, window.waitsToBeShown {
      // It was made in the size of the client that shows the session.
      script.add(
        "resize-window", "-t", last, "-x", "\(Unseen.columns)", "-y", "\(Unseen.rows)")
      script.add("set-option", "-w", "-u", "-t", last, "window-size")
    }
  }

  private func setMarks(of window: SessionWindow, at target: String, in script: inout TmuxScript) {
    script.add("set-option", "-w", "-t", target, "@piko_window", window.key)
    script.add("set-option", "-w", "-F", "-t", target, "@piko_name", "#{window_name}")
    script.add("set-option", "-p", "-t", target, "@piko_pane", "1")
  }

  /// What runs in a window: the verb beside this program.
  private func command(of window: SessionWindow) throws(Failure) -> [String] {
    [try Installation.program("piko-tmux").string, "--window", window.key, record.name.text]
  }

  /// Ends panes with what runs in them.
  private func end(_ panes: [Tmux.Pane]) throws(Failure) {
    for pane in panes {
      if SessionWindow.isProcess(pane.key) { _ = PaneProcesses(of: pane.process).end() }
      try tmux.kill(pane: pane.pane)
    }
  }

  // MARK: - Variables

  /// The environment's variables, and those of this process by which the verbs in the windows find
  /// the same register, configuration and engine.
  private func carried(_ variables: Variables) -> Variables {
    var all = variables
    for name in [
      "PIKO_STATE_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "DOCKER_HOST", "DOCKER_CONTEXT",
      "DOCKER_CONFIG",
    ] where all[name] == nil {
      if let value = ProcessEnvironment.value(name) { all[name] = value }
    }
    return all
  }

  private func refresh(
    _ session: String, with variables: Variables, without stale: [String],
    in script: inout TmuxScript
  ) {
    let target = "\(session):"
    for name in stale { script.add("set-environment", "-r", "-t", target, name) }
    for (name, value) in variables.list {
      script.add("set-environment", "-t", target, "--", name, value)
    }
    script.add("set-option", "-t", target, "@piko_environment", mark.text)
    remember(variables, of: target, in: &script)
  }

  private func remember(
    _ variables: Variables, of target: String, in script: inout TmuxScript
  ) {
    script.add(
      "set-option", "-t", target, "@piko_variables", variables.names.joined(separator: " "))
  }

  /// The variables of another environment that the server would give to every session.
  private func stranger(to variables: Variables) throws(Failure) -> [String] {
    try tmux.globalVariables().filter {
      ChildEnvironment.belongsToAnEnvironment($0) && variables[$0] == nil
    }
  }

  /// Those, and what the session was given before and the environment has no more.
  private func stale(
    _ variables: Variables, in session: String
  ) throws(Failure) -> [String] {
    let before = try tmux.option("@piko_variables", ofSession: session)
      .split(separator: " ").map(String.init)
    return try stranger(to: variables) + before.filter { variables[$0] == nil }
  }
}

/// The size of a window that nobody has seen yet.
private enum Unseen {
  static let columns = 97
  static let rows = 31
}
