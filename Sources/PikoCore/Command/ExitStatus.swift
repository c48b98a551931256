#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The exit statuses of every piko program; they are git's.
package struct ExitStatus: Sendable, Equatable {
  package let code: Int32

  package init(code: Int32) { self.code = code }

  /// Done, or the answer is yes.
  package static let success = ExitStatus(code: 0)
  /// The answer is no, or the operation failed for the stated reason.
  package static let failed = ExitStatus(code: 1)
  /// It could not start: no repository, a missing program, an unreadable configuration or register;
  /// or its answer could not be written.
  package static let cannotStart = ExitStatus(code: 128)
  /// Wrong usage.
  package static let usage = ExitStatus(code: 129)
  /// Ended by signal `number`, as shells report it.
  package static func signal(_ number: Int32) -> ExitStatus { ExitStatus(code: 128 + number) }

  /// Ends this process with the status.
  package func endProcess() -> Never {
    fflush(nil)
    exit(code)
  }
}
