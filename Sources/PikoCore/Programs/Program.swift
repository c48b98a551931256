internal import CPosix
import Synchronization
package import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// An outside program: the one door through which piko starts another process.
///
/// Arguments are arrays; no shell ever sees a value. There are three ways to run: ``run(_:in:environment:input:endingInput:timeout:)``
/// collects, ``passThrough(_:in:environment:answerOnError:)`` hands the streams over, and
/// ``become(_:in:environment:)`` replaces this process.
package struct Program: Sendable {
  /// A name looked up on `PATH`, or a path.
  package let name: String

  package init(_ name: String) { self.name = name }

  /// What a collected child left behind.
  package struct Result: Sendable {
    /// Its exit status; 128 + n where signal n ended it.
    package let status: Int32
    /// Its standard output.
    package let output: [UInt8]
    /// Its standard error.
    package let errors: String

    package var succeeded: Bool { status == 0 }
    /// Its standard output as text; bytes that are not UTF-8 are replaced.
    package var text: String { String(decoding: output, as: UTF8.self) }
  }

  /// Runs the program to its end and collects what it writes. A status other than 0 is a result, not
  /// an error.
  ///
  /// - Parameters:
  ///   - input: what it reads on standard input; nothing where nil.
  ///   - endingInput: whether it sees the end of `input`; a program that relays it to a server must
  ///     not, where the server takes the end for a caller that has gone.
  ///   - timeout: after which it is terminated and a failure thrown.
  /// - Throws: status 128 where it cannot be started; the interrupt where one arrived.
  package func run(
    _ arguments: [String], in directory: FilePath? = nil,
    environment: ChildEnvironment = .pinned(), input: [UInt8]? = nil, endingInput: Bool = true,
    timeout: Duration? = nil
  ) throws(Failure) -> Result {
    let started = ContinuousClock.now
    let stdout = try Pipe()
    let stderr = try Pipe()
    let stdin = try input.map { (_) throws(Failure) in try Pipe() }
    let child = try spawn(
      arguments, in: directory, environment: environment,
      streams: [stdin?.reading ?? -1, stdout.writing, stderr.writing])
    stdin?.closeReading()
    stdout.closeWriting()
    stderr.closeWriting()
    var collector = Collector(
      child: child, output: stdout, errors: stderr, input: stdin, pending: input ?? [],
      endsInput: endingInput, deadline: timeout.map { started + $0 })
    collector.collect()
    let status = Program.wait(for: child)
    Trace.child(
      [name] + arguments, in: directory, status: status, took: ContinuousClock.now - started)
    try Interrupt.check()
    if collector.timedOut {
      throw Failure("\(name.quoted) did not answer in \(timeout.map { "\($0)" } ?? "time")")
    }
    return Result(
      status: status, output: collector.collected[0],
      errors: String(decoding: collector.collected[1], as: UTF8.self))
  }

  /// Runs the program and gives its standard output as text.
  ///
  /// - Throws: where its status is not 0, with its own words as the failure's detail.
  package func output(
    _ arguments: [String], in directory: FilePath? = nil,
    environment: ChildEnvironment = .pinned(), failing purpose: @autoclosure () -> String
  ) throws(Failure) -> String {
    let result = try run(arguments, in: directory, environment: environment)
    guard result.succeeded else { throw Failure(purpose(), detail: result.errors) }
    return result.text
  }

  /// Runs the program on this process's own streams and gives its exit status.
  ///
  /// - Parameter answerOnError: sends its standard output to standard error, so that piko's own
  ///   answer stays alone on standard output.
  package func passThrough(
    _ arguments: [String], in directory: FilePath? = nil, environment: ChildEnvironment,
    answerOnError: Bool = false
  ) throws(Failure) -> Int32 {
    let started = ContinuousClock.now
    let child = try spawn(
      arguments, in: directory, environment: environment,
      streams: [
        STDIN_FILENO, Program.read(answerOnError ? STDERR_FILENO : STDOUT_FILENO),
        Program.read(STDERR_FILENO),
      ])
    var signalled = false
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {
      if Interrupt.received != nil, !Interrupt.isShielded, !signalled {
        kill(child, SIGTERM)
        signalled = true
      }
    }
    let code = Program.exitStatus(status)
    Trace.child(
      [name] + arguments, in: directory, status: code, took: ContinuousClock.now - started)
    try Interrupt.check()
    return code
  }

  /// One of this process's streams for a child; -1, nowhere, where it leads to nobody any more and
  /// this process goes on all the same: the child would be ended by its first word.
  private static func read(_ stream: Int32) -> Int32 {
    guard Interrupt.outlivesReader else { return stream }
    var state = pollfd(fd: stream, events: 0, revents: 0)
    return poll(&state, 1, 0) > 0 && state.revents & Int16(POLLERR | POLLNVAL) != 0 ? -1 : stream
  }

  /// Replaces this process by the program.
  ///
  /// - Throws: status 127 where it is not found and 126 where it cannot be run, as shells do.
  package func become(
    _ arguments: [String], in directory: FilePath? = nil, environment: ChildEnvironment
  ) throws(Failure) -> Never {
    if let directory, chdir(directory.string) != 0 {
      throw Failure(
        "cannot enter \(Paths.display(directory).quoted): \(Errno.current)", status: .cannotStart)
    }
    fflush(nil)
    Interrupt.untrap()
    let file = located ?? refused
    CStrings.with([name] + arguments) { argv in
      CStrings.with(environment.entries(in: directory)) { envp in
        _ = execve(file ?? name, argv, envp)
      }
    }
    let error = file == nil ? Errno.noSuchFileOrDirectory : Errno.current
    throw Failure(
      "cannot run \(name.quoted): \(error == .noSuchFileOrDirectory ? "not found" : "\(error)")",
      status: ExitStatus(code: error == .noSuchFileOrDirectory ? 127 : 126))
  }

  /// Whether the program can be found.
  package var exists: Bool { located != nil }

  /// Where the program is found; nil where it is not.
  package var path: FilePath? { located.map { FilePath($0) } }

  /// The program's path: itself where it names a directory, else the first match on `PATH`.
  private var located: String? { candidates.first { access($0, X_OK) == 0 } }

  /// A file of the program's name that may not be executed.
  private var refused: String? { candidates.first { access($0, F_OK) == 0 } }

  private var candidates: [String] {
    if name.contains("/") { return [name] }
    let path = ProcessEnvironment.value("PATH") ?? "/usr/bin:/bin"
    return path.split(separator: ":").map { "\($0)/\(name)" }
  }

  // MARK: - Starting

  func spawn(
    _ arguments: [String], in directory: FilePath?, environment: ChildEnvironment,
    streams: [Int32], inOwnGroup: Bool = false
  ) throws(Failure) -> pid_t {
    if let directory, access(directory.string, X_OK) != 0 {
      throw Failure(
        "cannot enter \(Paths.display(directory).quoted): \(Errno.current)", status: .cannotStart)
    }
    // The system would take what is before it for the whole.
    if let cut = arguments.first(where: { $0.utf8.contains(0) }) {
      throw Failure("\(cut.quoted) has a NUL in it", status: .usage)
    }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (target, source) in streams.enumerated() {
      if source < 0 {
        posix_spawn_file_actions_addopen(&actions, Int32(target), "/dev/null", O_RDWR, 0)
      } else {
        posix_spawn_file_actions_adddup2(&actions, source, Int32(target))
      }
    }
    if let directory { piko_spawn_in_directory(&actions, directory.string) }

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var flags = Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK)
    var defaults = sigset_t()
    sigemptyset(&defaults)
    for signal in [SIGINT, SIGTERM, SIGHUP, SIGPIPE] { sigaddset(&defaults, signal) }
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    // Threads of a pool block signals; a child must be reachable by them.
    var blocked = sigset_t()
    sigemptyset(&blocked)
    posix_spawnattr_setsigmask(&attributes, &blocked)
    if inOwnGroup || Interrupt.isShielded { flags |= Int16(POSIX_SPAWN_SETPGROUP) }
    posix_spawnattr_setflags(&attributes, flags)

    var child = pid_t()
    let error = CStrings.with([name] + arguments) { argv in
      CStrings.with(environment.entries(in: directory)) { envp in
        Program.starting.withLock { _ in
          posix_spawnp(&child, name, &actions, &attributes, argv, envp)
        }
      }
    }
    guard error == 0 else {
      let reason = error == ENOENT ? "not found on PATH" : "\(Errno(rawValue: error))"
      throw Failure("cannot run \(name.quoted): \(reason)", status: .cannotStart)
    }
    return child
  }

  /// Held while a pipe is made and marked as closed on `exec`, and while a child starts: a child that
  /// another thread starts in between would keep the pipe open, and its reader waiting.
  static let starting = Mutex<Void>(())

  private static func wait(for child: pid_t) -> Int32 {
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    return exitStatus(status)
  }

  static func exitStatus(_ status: Int32) -> Int32 {
    let signal = status & 0x7F
    return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
  }
}

/// Both ends of a pipe, closed on `exec` and at the end of the value's life.
final class Pipe {
  private(set) var reading: Int32 = -1
  private(set) var writing: Int32 = -1

  init() throws(Failure) {
    var ends: [Int32] = [-1, -1]
    let made = Program.starting.withLock { _ in
      guard pipe(&ends) == 0 else { return false }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      return true
    }
    guard made else {
      throw Failure("cannot make a pipe: \(Errno.current)", status: .cannotStart)
    }
    (reading, writing) = (ends[0], ends[1])
  }

  deinit {
    closeReading()
    closeWriting()
  }

  /// The reading end, which the caller closes.
  func takeReading() -> Int32 {
    defer { reading = -1 }
    return reading
  }

  func closeReading() {
    if reading >= 0 { close(reading) }
    reading = -1
  }

  func closeWriting() {
    if writing >= 0 { close(writing) }
    writing = -1
  }
}

/// Reads a child's two streams and feeds its third until all are closed.
private struct Collector {
  let child: pid_t
  let output: Pipe
  let errors: Pipe
  let input: Pipe?
  var pending: [UInt8]
  let endsInput: Bool
  let deadline: ContinuousClock.Instant?
  var collected: [[UInt8]] = [[], []]
  var timedOut = false
  private var giveUp: ContinuousClock.Instant?

  init(
    child: pid_t, output: Pipe, errors: Pipe, input: Pipe?, pending: [UInt8],
    endsInput: Bool, deadline: ContinuousClock.Instant?
  ) {
    self.child = child
    self.output = output
    self.errors = errors
    self.input = input
    self.pending = pending
    self.endsInput = endsInput
    self.deadline = deadline
    if let input { _ = fcntl(input.writing, F_SETFL, O_NONBLOCK) }
  }

  mutating func collect() {
    while output.reading >= 0 || errors.reading >= 0 {
      if pending.isEmpty, endsInput { input?.closeWriting() }
      var polled = [
        pollfd(fd: output.reading, events: Int16(POLLIN), revents: 0),
        pollfd(fd: errors.reading, events: Int16(POLLIN), revents: 0),
        pollfd(fd: pending.isEmpty ? -1 : input?.writing ?? -1, events: Int16(POLLOUT), revents: 0),
      ]
      let ready = poll(&polled, 3, 100)
      if !endsInTime() { return }
      if ready <= 0 { continue }
      if polled[0].revents != 0 { read(output, into: 0) }
      if polled[1].revents != 0 { read(errors, into: 1) }
      if polled[2].revents != 0 { feed() }
    }
  }

  /// Ends the child where a signal or the deadline asks for it: politely, then for good.
  private mutating func endsInTime() -> Bool {
    let now = ContinuousClock.now
    if let giveUp {
      if now > giveUp {
        kill(child, SIGKILL)
        return false
      }
      return true
    }
    let interrupted = Interrupt.received != nil && !Interrupt.isShielded
    timedOut = deadline.map { now > $0 } ?? false
    if interrupted || timedOut {
      kill(child, SIGTERM)
      giveUp = now + .seconds(5)
    }
    return true
  }

  private mutating func read(_ pipe: Pipe, into stream: Int) {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = buffer.withUnsafeMutableBytes { systemRead(pipe.reading, $0.baseAddress, $0.count) }
    if count > 0 {
      collected[stream] += buffer[..<count]
    } else if count == 0 || (errno != EINTR && errno != EAGAIN) {
      pipe.closeReading()
    }
  }

  private mutating func feed() {
    guard let input else { return }
    let count = pending.withUnsafeBytes { systemWrite(input.writing, $0.baseAddress, $0.count) }
    if count > 0 {
      pending.removeFirst(count)
    } else if errno != EINTR && errno != EAGAIN {
      pending = []
    }
  }
}

func systemRead(_ descriptor: Int32, _ start: UnsafeMutableRawPointer?, _ count: Int) -> Int {
  read(descriptor, start, count)
}

private func systemWrite(_ descriptor: Int32, _ start: UnsafeRawPointer?, _ count: Int) -> Int {
  write(descriptor, start, count)
}

extension ChildEnvironment {
  /// `NAME=value` entries, `PWD` following the directory: Compose files may name it.
  fileprivate func entries(in directory: FilePath?) -> [[UInt8]] {
    (directory.map { setting(["PWD": $0.string]) } ?? self).entries
  }
}
