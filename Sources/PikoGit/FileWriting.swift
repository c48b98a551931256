internal import PikoCore
internal import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The making of a checkout's files, in a directory that was empty before.
///
/// Files are dated a second before they are written: git trusts the stat data of a file only where it
/// is older than the index (racy-git in its technical documentation), so that the first status has
/// nothing to read again. A change made within the same second still shows.
struct FileWriting: Sendable {
  private let directory: Int32
  private let date: timespec

  /// - Parameter directory: the descriptor of the directory that paths are relative to.
  init(in directory: Int32) {
    self.directory = directory
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    now.tv_sec -= 1
    date = now
  }

  /// Makes a file with the content that `fill` gives its descriptor.
  func makeFile(
    at path: UnsafePointer<CChar>, isExecutable: Bool, _ info: inout stat,
    fill: (Int32) throws(Failure) -> Errno?
  ) throws(Failure) -> Errno? {
    let file = openat(
      directory, path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
      isExecutable ? 0o777 : 0o666)
    guard file >= 0 else { return .current }
    defer { close(file) }
    if let error = try fill(file) { return error }
    setDate { futimens(file, $0) }
    return fstat(file, &info) == 0 ? nil : .current
  }

  func makeLink(
    to content: UnsafeRawBufferPointer, at path: UnsafePointer<CChar>, _ info: inout stat
  ) -> Errno? {
    let target = content.map { CChar(bitPattern: $0) } + [0]
    guard symlinkat(target, directory, path) == 0 else { return .current }
    setDate { utimensat(directory, path, $0, AT_SYMLINK_NOFOLLOW) }
    return fstatat(directory, path, &info, AT_SYMLINK_NOFOLLOW) == 0 ? nil : .current
  }

  /// Makes the empty folder that stands for a submodule.
  func makeSubmodule(at path: UnsafePointer<CChar>, _ info: inout stat) -> Errno? {
    guard mkdirat(directory, path, 0o777) == 0 else { return .current }
    return fstatat(directory, path, &info, AT_SYMLINK_NOFOLLOW) == 0 ? nil : .current
  }

  /// Writes all of the bytes where a descriptor stands.
  static func append(_ content: UnsafeRawBufferPointer, to file: Int32) -> Errno? {
    var rest = content[...]
    while !rest.isEmpty {
      let count = Glibc.write(file, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno != EINTR {
        return .current
      }
    }
    return nil
  }

  /// Takes back what was written to a file.
  static func empty(_ file: Int32) -> Errno? {
    ftruncate(file, 0) == 0 && lseek(file, 0, SEEK_SET) == 0 ? nil : .current
  }

  private func setDate(_ set: (UnsafePointer<timespec>) -> Int32) {
    withUnsafeTemporaryAllocation(of: timespec.self, capacity: 2) { times in
      times[0] = date
      times[1] = date
      if let base = times.baseAddress { _ = set(UnsafePointer(base)) }
    }
  }
}
