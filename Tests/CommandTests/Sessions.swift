import PikoCore
import Support
import SystemPackage
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A suite about the sessions of one project.
protocol SessionSuite {
  var shop: Workshop { get }
}

extension SessionSuite {
  var sandbox: Sandbox { shop.sandbox }
  /// The tmux of its sandbox.
  var sessions: Sessions { Sessions(sandbox: shop.sandbox) }
}

/// The tmux of a sandbox: a server of its own, looked at and typed into as a person would.
struct Sessions {
  let sandbox: Sandbox
  /// The server's name, as `tmux -L` takes it.
  var server = "default"

  /// Runs tmux, which must succeed, and gives what it printed.
  @discardableResult
  func tmux(_ arguments: String...) throws -> String {
    try sandbox.output("tmux", ["-u", "-L", server] + arguments)
  }

  /// The names of all sessions; none without a server.
  func names() throws -> [String] {
    try sandbox.run("tmux", ["-u", "-L", server, "list-sessions", "-F", "#{session_name}"]).stdout
      .split(separator: "\n").map(String.init).sorted()
  }

  /// The names of a session's windows in their order.
  func windows(of session: String) throws -> [String] {
    try tmux("list-windows", "-t", "=\(session):", "-F", "#{window_name}")
      .split(separator: "\n").map(String.init)
  }

  /// What tmux says of a window or of a session, as its formats put it.
  func value(_ format: String, of target: String) throws -> String {
    try tmux("display-message", "-p", "-t", target, format)
  }

  /// The lines that a window shows, blank ones at the end left out.
  func text(of target: String) throws -> String {
    try tmux("capture-pane", "-p", "-J", "-t", target)
  }

  /// Types a line into a window.
  func type(_ line: String, into target: String) throws {
    try tmux("send-keys", "-t", target, "-l", "--", line)
    try tmux("send-keys", "-t", target, "Enter")
  }

  /// Waits until a window shows a text.
  func wait(
    for wanted: String, in target: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    var shown = ""
    let isShown = try Sessions.waits {
      shown = try text(of: target)
      return shown.contains(wanted)
    }
    #expect(isShown, "\(wanted) is not in:\n\(shown)", sourceLocation: sourceLocation)
  }

  /// Looks again and again until something is so; false where it is not within half a minute, or
  /// the time given.
  static func waits(
    within limit: Duration = .seconds(30), until condition: () throws -> Bool
  ) throws -> Bool {
    let deadline = ContinuousClock.now + limit
    while ContinuousClock.now < deadline {
      if try condition() { return true }
      usleep(30_000)
    }
    return false
  }

  /// A terminal of this size on which a command runs: a window of another server, so that what the
  /// command makes of it can be read and answered.
  func terminal(
    columns: Int = 120, rows: Int = 40, _ command: String, in directory: FilePath
  ) throws -> OuterTerminal {
    try OuterTerminal(sandbox, columns: columns, rows: rows, command, in: directory)
  }
}

/// A terminal for one command, and what is seen on it.
struct OuterTerminal {
  private let sandbox: Sandbox
  private let name: String

  init(
    _ sandbox: Sandbox, columns: Int, rows: Int, _ command: String, in directory: FilePath
  ) throws {
    self.sandbox = sandbox
    name = "outer-\(columns)x\(rows)-\(UInt32.random(in: 0..<UInt32.max))"
    // The command sees neither this server nor its settings, but a plain terminal.
    try sandbox.output(
      "tmux",
      [
        "-u", "-L", name, "-f", "/dev/null", "new-session", "-d", "-x", "\(columns)", "-y",
        "\(rows)", "-c", directory.string,
        "env -u TMUX -u TMUX_PANE TERM=screen sh -c '\(command); status=$?; echo; echo ended $status; exec cat'",
      ], environment: ["COLUMNS": nil])
    try sandbox.output("tmux", ["-L", name, "set-option", "-g", "status", "off"])
  }

  func text() throws -> String {
    try sandbox.output("tmux", ["-u", "-L", name, "capture-pane", "-p", "-J"])
  }

  /// Types keys by their names in tmux.
  func type(_ keys: String...) throws {
    try sandbox.output("tmux", ["-u", "-L", name, "send-keys"] + keys)
  }

  /// Waits until a text is seen.
  func wait(for wanted: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    var shown = ""
    let isShown = try Sessions.waits {
      shown = try text()
      return shown.contains(wanted)
    }
    #expect(isShown, "\(wanted) is not in:\n\(shown)", sourceLocation: sourceLocation)
  }
}
