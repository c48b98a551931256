package import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension Program {
  /// Runs the program with this process's standard input and error, and hands over what it writes
  /// line by line as it comes; a last line may be without its newline.
  ///
  /// - Parameter input: what it reads instead of this process's standard input; short enough for a
  ///   pipe to hold (64 kB, pipe(7)), as nothing reads the program's answer while it is written.
  ///
  /// A signal that ``Interrupt`` catches ends the program too, and so does a failure of `line`.
  /// - Returns: its exit status.
  /// - Throws: status 128 where it cannot be started; the interrupt where one arrived; what `line`
  ///   throws, when the program has ended.
  package func stream(
    _ arguments: [String], in directory: FilePath? = nil, environment: ChildEnvironment,
    input: [UInt8]? = nil, line: (ArraySlice<UInt8>) throws(Failure) -> Void
  ) throws(Failure) -> Int32 {
    let started = ContinuousClock.now
    let output = try Pipe()
    let given = try input.map { (_) throws(Failure) in try Pipe() }
    let child = try spawn(
      arguments, in: directory, environment: environment,
      streams: [given?.reading ?? STDIN_FILENO, output.writing, STDERR_FILENO])
    output.closeWriting()
    given?.closeReading()
    if let given, let input {
      _ = input.withUnsafeBytes { write(given.writing, $0.baseAddress, $0.count) }
      given.closeWriting()
    }
    var pending: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    var isSignalled = false
    var refusal: Failure?
    func take(_ text: ArraySlice<UInt8>) {
      guard refusal == nil else { return }
      do throws(Failure) {
        try line(text)
      } catch {
        refusal = error
        kill(child, SIGTERM)
      }
    }
    while true {
      let count = buffer.withUnsafeMutableBytes { read(output.reading, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR {
        if Interrupt.received != nil, !isSignalled {
          kill(child, SIGTERM)
          isSignalled = true
        }
        continue
      }
      guard count > 0 else { break }
      pending += buffer[..<count]
      var rest = pending[...]
      while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
        take(rest[...end])
        rest = rest[(end + 1)...]
      }
      pending = Array(rest)
    }
    if !pending.isEmpty { take(pending[...]) }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    let code = Program.exitStatus(status)
    Trace.child(
      [name] + arguments, in: directory, status: code, took: ContinuousClock.now - started)
    try Interrupt.check()
    if let refusal { throw refusal }
    return code
  }
}
