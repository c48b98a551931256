import Synchronization
package import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension Program {
  /// Starts a program that may go on for as long as the user wants, an editor or a browser, and that
  /// this process's end must not touch: it is in a group of its own and none of its streams leads
  /// here.
  ///
  /// - Parameter patience: how long to wait for a failure.
  /// - Returns: how it ended within that time and what it wrote to standard error; nil where it runs
  ///   on. Its standard output goes nowhere.
  /// - Throws: status 128 where it cannot be started.
  package func detach(
    _ arguments: [String], in directory: FilePath? = nil, environment: ChildEnvironment,
    patience: Duration
  ) throws(Failure) -> Result? {
    let errors = try Program.unnamedFile()
    let nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC)
    defer {
      close(errors)
      close(nowhere)
    }
    let child = try spawn(
      arguments, in: directory, environment: environment, streams: [-1, nowhere, errors],
      inOwnGroup: true)
    let end = ContinuousClock.now + patience
    while true {
      var status: Int32 = 0
      if waitpid(child, &status, WNOHANG) == child {
        return Result(
          status: Program.exitStatus(status), output: [], errors: Program.text(of: errors))
      }
      if ContinuousClock.now > end { return nil }
      usleep(20_000)
    }
  }

  private static func unnamedFile() throws(Failure) -> Int32 {
    let parent = ProcessEnvironment.value("TMPDIR") ?? "/tmp"
    var template = Array("\(parent)/piko-XXXXXX".utf8CString)
    let descriptor = Program.starting.withLock { _ in
      let descriptor = mkstemp(&template)
      _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
      return descriptor
    }
    guard descriptor >= 0 else {
      throw Failure(
        "cannot make a file in \(parent.quoted): \(Errno.current)", status: .cannotStart)
    }
    unlink(template)
    return descriptor
  }

  private static func text(of descriptor: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: 65_536)
    let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
    return String(decoding: bytes[..<max(0, count)], as: UTF8.self)
  }
}
