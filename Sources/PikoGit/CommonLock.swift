internal import PikoCore
internal import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Lets one piko at a time change a repository's references and configuration: git's own lock files
/// make a second writer fail at once instead of waiting.
///
/// It locks the common directory itself, so it leaves no file behind and ends with its process. Other
/// programs do not know it; against them there is the retry.
enum CommonLock {
  /// Does `work` alone. Where the filesystem cannot lock a directory it is done all the same.
  static func holding<Value>(
    _ commonDirectory: FilePath, _ work: () throws(Failure) -> Value
  ) throws(Failure) -> Value {
    let directory = commonDirectory.withPlatformString {
      open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    }
    defer { if directory >= 0 { close(directory) } }
    while directory >= 0, flock(directory, LOCK_EX) != 0, errno == EINTR { try Interrupt.check() }
    return try work()
  }
}
