import PikoCompose
import PikoConfig
import PikoControl
import PikoCore
import PikoProject
import PikoSession
import PikoStore
import SystemPackage

/// The process of a window: waits until the window is shown where what it runs is not free, runs the
/// verb or the command, and afterwards says how it ended and starts it again on a key.
///
/// It lives as long as the session, and has the databases open only while it asks them.
struct WindowProcess {
  private let location: ProjectRoot
  private let record: EnvironmentRecord
  private let window: SessionWindow
  private let pane = ProcessEnvironment.value("TMUX_PANE")

  /// - Throws: where nothing configures such a window.
  init(_ key: String, of name: String?) throws {
    let project = try Project.current()
    let record = try project.environment(name)
    let services = try project.services(of: record)
    let configuration = try Configuration.load(root: project.root, worktree: record.path)
    guard
      let window = SessionLayout.window(
        key, configuration, user: try UserConfiguration.load(), services: services)
    else {
      throw Failure(
        "environment \(record.name.text.quoted) has no window \(key.quoted)",
        hint: "to see its windows, run 'tmux list-windows'")
    }
    location = project.location
    self.record = record
    self.window = window
  }

  /// Runs until the user ends it.
  func run() throws -> Never {
    guard let keyboard = Keyboard() else {
      throw Failure(
        "a window's process needs a terminal",
        hint: "to make the session with its windows, run 'piko tmux \(record.name)'")
    }
    if window.waitsToBeShown, let pane { waitUntilShown(pane, keyboard) }
    while true {
      if window.needsContainer { waitForContainer(keyboard) }
      let status = start(keyboard)
      // A container that went away takes its shell along: back to waiting for it.
      if window.needsContainer, !isContainerRunning() { continue }
      say("\(window.name) ended with status \(status)")
      say("Enter: again, Ctrl-C: close")
      markIdle(true)
      // The engine calls a container running for a while after its processes have ended.
      let answer = keyboard.waitForEnter(
        or: window.needsContainer ? { !isContainerRunning() } : nil)
      if answer == .end { throw Finished(ExitStatus(code: status)) }
      markIdle(false)
    }
  }

  // MARK: - Waiting

  private func waitUntilShown(_ pane: String, _ keyboard: Keyboard) {
    while (try? Tmux().isShown(pane: pane)) == false {
      // tmux resizes the window when it is shown: a signal; a key does it too.
      if keyboard.waitForKeyOrResize() { return }
    }
  }

  private func waitForContainer(_ keyboard: Keyboard) {
    var isSaid = false
    while !isContainerRunning() {
      if !isSaid {
        say("\(window.service ?? "nothing") of \(record.name) is not running")
        say("waiting for 'piko up \(record.name)'")
        isSaid = true
      }
      keyboard.pause(milliseconds: 1000)
    }
  }

  /// Whether what the window looks into runs: its service, or for the logs anything.
  private func isContainerRunning() -> Bool {
    // Who put it down wants nothing to be asked of the engine.
    if let now = try? Project(at: location).reread(record), now.isPutDown { return false }
    guard
      let containers = try? Engine().containers(
        labels: ["\(Label.composeProject)=\(record.composeProject)"])
    else { return false }
    return containers.contains {
      $0.state == .running && !$0.isOneOff
        && (window.service == nil || $0.service == window.service)
    }
  }

  // MARK: - Running

  /// Runs what the window is for to its end and gives its status; 1 where that cannot be started.
  private func start(_ keyboard: Keyboard) -> Int32 {
    do {
      let (program, arguments) = try command()
      return try keyboard.lending {
        try Program(program).passThrough(
          arguments, in: record.path, environment: environment())
      }
    } catch let failure as Failure {
      Output.report(failure)
      return failure.status.code
    } catch {
      say("\(error)")
      return 1
    }
  }

  private func command() throws -> (program: String, arguments: [String]) {
    let name = record.name.text
    switch window.purpose {
    case .shell:
      return ("/bin/sh", ["-i"])
    case .service(let service):
      return (try Installation.program("piko-shell").string, [name, service])
    case .logs:
      return (try Installation.program("piko-logs").string, ["--follow", "--tail", "200", name])
    case .host(let text):
      try requireApproval()
      return ("/bin/sh", ["-c", text, "piko-window"])
    case .inService(let service, let text):
      try requireApproval()
      // The command and the name are arguments of the script, never a part of it.
      let script = #"export PROJECT="$1"; exec sh -c "$2""#
      return (
        try Installation.program("piko-exec").string,
        [name, service, "--", "sh", "-c", script, "piko-window", record.composeProject, text]
      )
    }
  }

  /// What the user's own configuration says needs no approval.
  private func requireApproval() throws {
    guard window.isOfProject else { return }
    try Project(at: location).requireApproval(
      of: Configuration.load(root: location.root, worktree: record.path), for: record)
  }

  private func environment() throws -> ChildEnvironment {
    guard case .host = window.purpose else { return .inherited() }
    return try .forUser(setting: Project(at: location).variables(of: record))
      .setting(["PROJECT": record.composeProject])
  }

  private func markIdle(_ isIdle: Bool) {
    guard case .host = window.purpose, let pane else { return }
    try? Tmux().mark(pane: pane, idle: isIdle)
  }

  private func say(_ text: String) { Output.narrate("[\(text.masked)]") }
}
