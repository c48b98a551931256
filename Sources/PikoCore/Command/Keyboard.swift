internal import CPosix

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The terminal of a window while nothing else has it.
///
/// What is typed at a running command is for that alone: signals from the keyboard end this process
/// only while it waits.
package struct Keyboard {
  /// Nil without a terminal.
  package init?() {
    guard Terminal.inputIsTerminal else { return nil }
    // A handler, and not the default, so that a wait ends with the signal; blocked but for the wait,
    // so that none is lost between a look and the wait after it.
    signal(SIGWINCH) { _ in }
    var resize = sigset_t()
    sigemptyset(&resize)
    sigaddset(&resize, SIGWINCH)
    sigprocmask(SIG_BLOCK, &resize, nil)
  }

  /// How a wait for a line ended.
  package enum Answer: Sendable {
    case enter
    /// The condition held.
    case condition
    /// The end of the input.
    case end
  }

  /// Waits for a line.
  ///
  /// - Parameter condition: ends the wait too; looked at every second, nil for never.
  package func waitForEnter(or condition: (() -> Bool)? = nil) -> Answer {
    // What was typed before is no answer.
    tcflush(STDIN_FILENO, TCIFLUSH)
    while true {
      if let condition {
        var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        guard poll(&input, 1, 1000) > 0 else {
          if condition() { return .condition }
          continue
        }
      }
      var byte: UInt8 = 0
      let count = read(STDIN_FILENO, &byte, 1)
      if count == 1, byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") { return .enter }
      if count == 0 || count < 0 && errno != EINTR { return .end }
    }
  }

  /// Waits until the window is resized or Enter is typed; true for the latter.
  package func waitForKeyOrResize() -> Bool {
    guard piko_wait_for_input(STDIN_FILENO) > 0 else { return false }
    var byte: UInt8 = 0
    return read(STDIN_FILENO, &byte, 1) != -1
  }

  /// Waits, not longer than that.
  package func pause(milliseconds: Int32) { poll(nil, 0, milliseconds) }

  /// Does `work`, during which the keyboard's signals are for the process that `work` runs.
  package func lending<Value>(_ work: () throws -> Value) rethrows -> Value {
    // A handler is not inherited by what is run, as ignoring would be.
    let before = [SIGINT, SIGQUIT].map { signal($0) { _ in } }
    defer { for (number, old) in zip([SIGINT, SIGQUIT], before) { signal(number, old) } }
    return try work()
  }
}
