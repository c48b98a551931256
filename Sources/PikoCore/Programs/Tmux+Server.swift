import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension Tmux {
  /// The socket of the server that tmux itself would choose for this process (tmux(1), "-L").
  package static var chosenSocket: String {
    if let inside = ProcessEnvironment.value("TMUX")?.split(separator: ",").first {
      return String(inside)
    }
    return socket(below: ProcessEnvironment.value("TMUX_TMPDIR") ?? "")
  }

  /// The socket of the server that tmux chooses where no variable says otherwise.
  package static let defaultSocket = socket(below: "")

  private static func socket(below directory: String) -> String {
    let directory = directory.isEmpty ? "/tmp" : directory
    // tmux names its place in TMUX by the path that has no links.
    let place = ShortFile.canonical(FilePath(directory))?.string ?? directory
    return "\(place)/tmux-\(getuid())/default"
  }

  /// Whether tmux's words mean that there is no session: nobody listens at the socket, there is none,
  /// the server went while it was asked, or it has no session, which `exit-empty off` allows.
  static func saysThereIsNone(_ words: String) -> Bool {
    [
      "no server running", "(No such file or directory)", "(Connection refused)", "server exited",
      "lost server", "no current ",
    ].contains(where: words.contains)
  }

  /// - Throws: where the socket's path depends on the current directory: tmux started in another one
  ///   would begin a second server, which nobody finds again.
  static func requireAbsoluteSocket() throws(Failure) {
    guard !chosenSocket.hasPrefix("/") else { return }
    throw Failure(
      "cannot ask tmux: its socket \(chosenSocket.quoted) is named by a relative path",
      hint: "to use tmux's usual server instead, run 'unset TMUX'", status: .cannotStart)
  }

  /// Every pane of every session of the server that tmux itself would choose, and then of others.
  ///
  /// - Parameter others: their sockets; servers that do not run have no panes.
  package static func panes(alsoAt others: Set<String>) throws(Failure) -> [Pane] {
    var panes = try Tmux().panes()
    for socket in others.subtracting([chosenSocket]).sorted() where access(socket, F_OK) == 0 {
      panes += try Tmux(at: socket).panes()
    }
    return panes
  }
}
