import Synchronization
package import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A program that runs beside this process, in a process group of its own: a Ctrl-C at this terminal
/// does not reach it.
package final class RunningProgram: Sendable {
  /// Where a line was written.
  package enum Stream: Sendable { case output, errors }

  private let output: Int32
  private let errors: Int32
  /// Nil once it has been waited for: its number may then be another's.
  private let child: Mutex<pid_t?>
  private let command: [String]
  private let directory: FilePath?

  /// Starts it with nothing to read.
  ///
  /// - Throws: status 128 where it cannot be started.
  package init(
    _ program: Program, _ arguments: [String], in directory: FilePath? = nil,
    environment: ChildEnvironment
  ) throws(Failure) {
    let output = try Pipe()
    let errors = try Pipe()
    child = Mutex(
      try program.spawn(
        arguments, in: directory, environment: environment,
        streams: [-1, output.writing, errors.writing], inOwnGroup: true))
    command = [program.name] + arguments
    self.directory = directory
    self.output = output.takeReading()
    self.errors = errors.takeReading()
  }

  deinit {
    close(output)
    close(errors)
  }

  /// Hands over what it writes, line by line as it comes and without the newlines, until it has ended.
  /// Called once, on a thread that may wait.
  ///
  /// - Returns: its exit status; 128 + n where signal n ended it.
  package func follow(_ line: (Stream, String) -> Void) -> Int32 {
    let started = ContinuousClock.now
    var readers = [LineReader(output), LineReader(errors)]
    while readers.contains(where: \.isOpen) {
      var polled = readers.map {
        pollfd(fd: $0.isOpen ? $0.descriptor : -1, events: Int16(POLLIN), revents: 0)
      }
      guard poll(&polled, 2, -1) > 0 else { continue }
      for (index, stream) in [Stream.output, .errors].enumerated()
      where polled[index].revents != 0 {
        for text in readers[index].read() { line(stream, text) }
      }
    }
    let status = end()
    Trace.child(command, in: directory, status: status, took: ContinuousClock.now - started)
    return status
  }

  /// Asks it and all that it started to end; nothing happens where it has ended.
  package func terminate() { send(SIGTERM) }

  /// Sends a signal to it and to all that it started; nothing happens where it has ended.
  package func send(_ signal: Int32) {
    child.withLock { if let child = $0 { kill(-child, signal) } }
  }

  /// Waits without reaping, then reaps under the lock, so that ``terminate()`` never meets the number
  /// of a process that is gone.
  private func end() -> Int32 {
    guard let pid = child.withLock({ $0 }) else { return 0 }
    var info = siginfo_t()
    while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) < 0, errno == EINTR {}
    return child.withLock { child in
      var status: Int32 = 0
      while waitpid(pid, &status, 0) < 0, errno == EINTR {}
      child = nil
      return Program.exitStatus(status)
    }
  }
}

/// Takes the text of a pipe apart into lines.
private struct LineReader {
  let descriptor: Int32
  private(set) var isOpen = true
  private var pending: [UInt8] = []

  init(_ descriptor: Int32) { self.descriptor = descriptor }

  mutating func read() -> [String] {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = buffer.withUnsafeMutableBytes {
      systemRead(descriptor, $0.baseAddress, $0.count)
    }
    if count < 0, errno == EINTR || errno == EAGAIN { return [] }
    guard count > 0 else {
      isOpen = false
      defer { pending = [] }
      return pending.isEmpty ? [] : [String(decoding: pending, as: UTF8.self)]
    }
    pending += buffer[..<count]
    var lines: [String] = []
    var rest = pending[...]
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      lines.append(String(decoding: rest[..<end], as: UTF8.self))
      rest = rest[(end + 1)...]
    }
    pending = Array(rest)
    return lines
  }
}
