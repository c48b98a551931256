package import PikoCore
package import PikoProject
package import PikoStore
import SystemPackage

/// An environment's tmux session: found by its mark, made, completed and ended, and with it the
/// windows that piko made for it, wherever the user has taken them. Sessions and windows of the
/// user's are never touched, and neither are windows that the user gave another name or works in
/// when the configuration drops them.
package struct EnvironmentSession {
  private let record: EnvironmentRecord
  private let project: Project
  let mark: SessionMark
  /// The marks of it: also those with the roots that the project had before it was moved.
  private let marks: Set<String>

  package init(of record: EnvironmentRecord, in project: Project) {
    self.record = record
    self.project = project
    mark = SessionMark(environment: record.name, root: project.root)
    let roots = [project.root] + ((try? project.formerRoots()) ?? [])
    marks = Set(roots.map { SessionMark(environment: record.name, root: $0).text })
  }

  /// The name it has or will be given.
  package var name: String { record.session }

  /// Looked for on the server that tmux would choose now, then on the one where it was last made.
  private func panes() throws(Failure) -> SessionPanes {
    let server = try project.sessionServer(of: record)
    return SessionPanes(marks, among: try Tmux.panes(alsoAt: Set(server.map { [$0] } ?? [])))
  }

  /// tmux's id of it; nil where there is none.
  package func id() throws(Failure) -> String? { try panes().session }

  /// Whether there is one, or a window of it that the user has taken elsewhere.
  package func hasAny() throws(Failure) -> Bool {
    let panes = try panes()
    return panes.session != nil || !panes.own.isEmpty
  }

  /// The names of the windows that piko made for it and another session shows, too or alone.
  package func windowsElsewhere() throws(Failure) -> [String] {
    guard Tmux().exists else { return [] }
    let panes = try panes()
    return panes.own.filter(panes.isElsewhere).map(\.windowName)
  }

  /// Its name as it is now and whether a client shows it; nil where there is none.
  package func presence() throws(Failure) -> (name: String, isAttached: Bool)? {
    guard Tmux().exists, let pane = try panes().inside.first else { return nil }
    return (pane.sessionName, pane.isAttached)
  }

  /// - Throws: where it would have to be made, and one that is not this environment's has the name.
  package func requireNameFree() throws(Failure) {
    try requireNameFree(among: panes())
  }

  private func requireNameFree(among panes: SessionPanes) throws(Failure) {
    guard panes.session == nil,
      let other = panes.all.first(where: { $0.sessionName == name && !marks.contains($0.mark) })
    else { return }
    let owner = SessionMark(other.mark).map {
      "is of environment \($0.environment.text.quoted) of \(Paths.display($0.root).quoted)"
    }
    throw Failure(
      "cannot make session \(name.quoted): a session of that name \(owner ?? "is not piko's")",
      hint: "to make room, run '\(panes.tmux.command) rename-session "
        + "-t \(TmuxTarget.argument(name)) mine'")
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
    let panes = try panes()
    let tmux = panes.tmux
    try project.recordSessionServer(tmux.socket ?? Tmux.chosenSocket, of: record)
    let variables = carried(variables)
    var making = TmuxScript()
    var made: [SessionWindow] = []
    var found: [(SessionWindow, String)] = []
    let strange = try panes.all.isEmpty ? [] : stranger(to: variables, at: tmux)
    if let session = panes.session {
      let known = Set(windows.map(\.key))
      let caller = CallingCommand()
      let gone = panes.own.filter { pane in
        !keepsUnknown && pane.hasGivenName && pane.purpose.map { !known.contains($0.key) } ?? false
          && !isAround(pane, caller) && PaneWork(in: pane, besides: caller).programs.isEmpty
      }
      try end(gone, at: tmux)
      let stale = try strange + stale(variables, in: session, at: tmux)
      refresh(session, with: variables, without: stale, in: &making)
    } else if let first = windows.first {
      try requireNameFree(among: panes)
      create(with: first, variables, without: strange, in: &making)
      made.append(first)
    }
    for window in windows.dropFirst(made.count) {
      guard let pane = panes.own.first(where: { $0.purpose?.key == window.key }) else {
        if let left = panes.unmarked(window) {
          found.append((window, left.pane))
          continue
        }
        try add(window, to: panes.session.map { "\($0):" } ?? "=\(name):", in: &making)
        made.append(window)
        continue
      }
      guard pane.isDead || window.isProcess && pane.isIdle else { continue }
      making.add(["respawn-pane", "-k", "-t", pane.pane] + (try command(of: window)))
      making.unmarkIdle(pane: pane.pane)
    }
    // What is made is marked, whatever signal arrives meanwhile: nobody would know it for piko's.
    try Interrupt.shielded { () throws(Failure) in
      let ids = try tmux.run(making, in: record.path)
      var marking = TmuxScript()
      for (window, id) in Array(zip(made, ids)) + found {
        marking.mark(
          pane: id, PaneMark(key: window.key, isPlain: window.isPlain, owner: mark.text))
        settle(window, at: id, strange: strange, in: panes, &marking)
        // One that ended at once needs no mark, and keeps no other from its own.
        marking.endGroup()
      }
      remark(panes.own, &marking)
      _ = try tmux.run(marking, in: record.path)
    }
    guard try id() != nil else {
      throw Failure(
        "tmux ended it as soon as it was made",
        hint: "to see which of your settings asks for that, run 'tmux show-options -g'")
    }
    return panes.session == nil
  }

  /// Ends the processes that the project's windows run on the host, and waits until they are gone.
  /// The windows stay. What the user has going in one of them goes on, and so does the window that
  /// this process was called from until ``endOwnProcesses()``.
  ///
  /// - Returns: the names of the windows in which something was, or will then be, ended; and what the
  ///   user has going.
  @discardableResult
  package func endProcesses() throws(Failure) -> (ended: [String], kept: [PaneWork.Finding]) {
    let caller = CallingCommand()
    let running = try panes().own.filter(\.runsProcess)
    let kept = running.map { ($0.pane, finding(in: $0, besides: caller)) }
      .filter { !$0.1.programs.isEmpty }
    let ended = running.filter { pane in
      guard !kept.contains(where: { $0.0 == pane.pane }) else { return false }
      return isAround(pane, caller) || PaneProcesses(of: pane.process).end()
    }
    // Their windows say so a moment later.
    let deadline = ContinuousClock.now + .seconds(2)
    let ids = Set(ended.filter { !isAround($0, caller) }.map(\.pane))
    while ContinuousClock.now < deadline,
      try panes().own.contains(where: { ids.contains($0.pane) && $0.runsProcess })
    {
      Pause.short()
    }
    let names = ended.compactMap { pane in
      pane.purpose.map { String($0.key.drop { $0 != ":" }.dropFirst()) }
    }
    return (names, kept.map(\.1))
  }

  /// Ends what runs in the window of the project's that this process was called from, all but this
  /// process. Called when all is done and said.
  package func endOwnProcesses() throws(Failure) {
    guard Tmux().exists else { return }
    let caller = CallingCommand()
    for pane in try panes().own
    where pane.runsProcess && isAround(pane, caller)
      && PaneWork(in: pane, besides: caller).programs.isEmpty
    {
      _ = PaneProcesses(of: pane.process).end()
    }
  }

  private func finding(
    in pane: Tmux.Pane, besides caller: CallingCommand
  ) -> PaneWork.Finding {
    PaneWork.Finding(
      programs: PaneWork(in: pane, besides: caller).programs, window: pane.windowName)
  }

  /// How many of the processes that the project's windows run on the host go on, and how many there
  /// are; nil where there is none.
  package func processes() throws(Failure) -> (running: Int, total: Int)? {
    Tmux().exists ? processes(in: try panes()) : nil
  }

  /// The same where the panes are there already.
  ///
  /// - Parameter panes: those of all sessions.
  package func processes(among panes: [Tmux.Pane]) -> (running: Int, total: Int)? {
    processes(in: SessionPanes(marks, among: panes))
  }

  private func processes(in panes: SessionPanes) -> (running: Int, total: Int)? {
    let own = panes.own.filter(\.isProcess)
    return own.isEmpty ? nil : (own.count(where: \.runsProcess), own.count)
  }

  /// The pane that this process runs in, where it ends with the session.
  private func ownPane(of panes: SessionPanes) -> Tmux.Pane? {
    let caller = CallingCommand()
    return panes.doomed.first { isAround($0, caller) }
  }

  /// Whether this process runs in a pane, by what tmux has told it or by what has started it.
  private func isAround(_ pane: Tmux.Pane, _ caller: CallingCommand) -> Bool {
    let isTold =
      pane.socket == nil && ProcessEnvironment.value("TMUX") != nil
      && ProcessEnvironment.value("TMUX_PANE") == pane.pane
    return isTold || caller.isBelow(pane)
  }

  /// Whether this process runs in a pane that ends with the session.
  package func isAround() throws(Failure) -> Bool { ownPane(of: try panes()) != nil }

  /// What the user has going in windows that end with the session, besides shells that wait and the
  /// command that this process was called by.
  package func work() throws(Failure) -> [PaneWork.Finding] {
    guard Tmux().exists else { return [] }
    let caller = CallingCommand()
    return try panes().doomed.map { finding(in: $0, besides: caller) }
      .filter { !$0.programs.isEmpty }
  }

  /// Ends the session with all that runs in it, and the windows that piko made for it and another
  /// session shows. What the user made and another session shows stays; clients that would be left
  /// with nothing go to another session.
  ///
  /// - Returns: the name that it had; nil where there was none.
  @discardableResult
  package func kill() throws(Failure) -> String? {
    let panes = try panes()
    let tmux = panes.tmux
    let around = ownPane(of: panes)?.pane
    // What this process was called from comes last.
    for pane in panes.own.filter({ $0.pane != around }) + panes.own.filter({ $0.pane == around })
    where pane.isProcess {
      _ = PaneProcesses(of: pane.process).end()
    }
    try tmux.leave(panes.emptied)
    let elsewhere = panes.own.filter(panes.isElsewhere).map(\.pane)
    for pane in elsewhere where pane != around { try tmux.kill(pane: pane) }
    try tmux.kill(session: panes.session, then: elsewhere.first { $0 == around })
    return panes.inside.first?.sessionName
  }

  /// Replaces this process by tmux showing the session, or, inside tmux, has the client of this
  /// process show it.
  ///
  /// - Throws: where there is none, and inside the tmux of another server.
  package func show() throws(Failure) -> Never {
    let panes = try panes()
    guard let id = panes.session, let now = panes.inside.first?.sessionName else {
      throw Failure(
        "session \(name.quoted) ended at once", hint: "to see why, run 'tmux new-session'")
    }
    guard panes.tmux.socket == nil || ProcessEnvironment.value("TMUX") == nil else {
      throw Failure(
        "session \(now.quoted) is on another tmux server",
        hint: "to show it, outside this tmux run "
          + "'\(panes.tmux.command) attach -t \(TmuxTarget.argument(now))'")
    }
    try panes.tmux.become(showing: id)
  }

  // MARK: - Making

  private func create(
    with first: SessionWindow, _ variables: Variables, without strange: [String],
    in script: inout TmuxScript
  ) {
    let target = "=\(name):"
    // No terminal has this size: a window that is shown for the first time is resized, and the
    // process in it is told (tmux resizes a window when a client shows it, not before).
    var words = [
      "new-session", "-d", "-s", TmuxScript.literal(name), "-n", TmuxScript.literal(first.name),
      "-x", "\(Unseen.columns)", "-y", "\(Unseen.rows)",
    ]
    for (name, value) in variables.list { words += ["-e", "\(name)=\(value)"] }
    script.make(words)
    // The user's own setting may have it end before anybody has seen it.
    script.add("set-option", "-t", target, "destroy-unattached", "off")
    // tmux's own ten columns would show all sessions of a project alike.
    script.add(
      "set-option", "-F", "-t", target, "status-left-length",
      "#{?#{==:#{status-left-length},10},\(name.count + 3),#{status-left-length}}")
    script.mark(session: target, mark)
    remember(variables, of: target, in: &script)
    for name in strange { script.add("set-environment", "-r", "-t", target, name) }
  }

  /// - Parameter session: its target, which ends with a colon.
  private func add(
    _ window: SessionWindow, to session: String, in script: inout TmuxScript
  ) throws(Failure) {
    let words = ["-d", "-a", "-t", "\(session){end}", "-n", TmuxScript.literal(window.name)]
    script.make(["new-window"] + words + (try command(of: window)))
  }

  /// Marks panes that lack a mark or have one with a root that the project had before.
  private func remark(_ panes: [Tmux.Pane], _ script: inout TmuxScript) {
    for pane in panes {
      guard let purpose = pane.purpose else { continue }
      if pane.lacksMark {
        script.mark(pane: pane.pane, purpose.owned(by: mark))
      } else if purpose.owner != mark.text {
        script.renew(pane: pane.pane, purpose.owned(by: mark))
      }
      script.endGroup()
    }
  }

  /// What a window that was just made still needs.
  private func settle(
    _ window: SessionWindow, at pane: String, strange: [String], in panes: SessionPanes,
    _ script: inout TmuxScript
  ) {
    // The shell of a session that is made began with what the server gives to all.
    if panes.session == nil, !strange.isEmpty, window.isPlain, window.key == SessionWindow.shellKey
    {
      script.add("respawn-pane", "-k", "-t", pane)
    }
    guard window.waitsToBeShown, panes.inside.contains(where: \.isAttached) else { return }
    // It was made in the size of the client that shows the session.
    script.add("resize-window", "-t", pane, "-x", "\(Unseen.columns)", "-y", "\(Unseen.rows)")
    script.add("set-option", "-w", "-u", "-t", pane, "window-size")
  }

  /// The words that say what runs in a window: the verb beside this program, or nothing.
  private func command(of window: SessionWindow) throws(Failure) -> [String] {
    guard !window.isPlain else { return [] }
    let verb = try Installation.program("piko-tmux").string
    return ["--", verb, "--window", window.key, record.name.text]
  }

  /// Ends panes with what runs in them.
  private func end(_ panes: [Tmux.Pane], at tmux: Tmux) throws(Failure) {
    for pane in panes {
      if pane.isProcess { _ = PaneProcesses(of: pane.process).end() }
      try tmux.kill(pane: pane.pane)
    }
  }
}

extension Tmux.Pane {
  /// Whether it was made for a process of the project on the host.
  fileprivate var isProcess: Bool { purpose.map { SessionWindow.isProcess($0.key) } ?? false }

  /// Whether that process goes on.
  fileprivate var runsProcess: Bool { isProcess && !isIdle && !isDead }
}

/// The size of a window that nobody has seen yet.
private enum Unseen {
  static let columns = 97
  static let rows = 31
}
