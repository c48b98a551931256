package import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// One environment for one process at a time: flock(2) on a file in the state directory.
///
/// The kernel lets go of it when the process ends, however it ends; a file that a killed process
/// left is as good as none. The file goes with its lock, so that none are left lying about: who
/// gets the lock of a file that is no longer there tries again with the one that is.
package final class FileLock {
  /// Who holds a lock, as it says itself.
  package struct Holder: Sendable, Hashable, CustomStringConvertible {
    package let pid: Int
    /// What it does, `piko create` say.
    package let activity: String

    package var description: String { "'\(activity)' (pid \(pid))" }

    /// Whether it waits for the end of this process, having started it: a script of the project's,
    /// say, which calls piko again.
    package var isAround: Bool { ProcessEntry.isAncestor(Int32(clamping: pid)) }

    /// Nobody waits for one that waits for the other's end.
    ///
    /// - Throws: where the holder has started this process.
    package func refuseAround() throws(Failure) {
      guard isAround else { return }
      throw Failure("cannot wait for \(self): it has started this, and waits for its end")
    }
  }

  private let file: FilePath
  private var descriptor: Int32

  /// The file of an environment's lock: its name, and a hash of its project's root.
  package static func file(
    of environment: EnvironmentName, root: FilePath, in stateDirectory: FilePath
  ) -> FilePath {
    stateDirectory.appending("locks").appending("\(environment)-\(hash(of: root)).lock")
  }

  /// Takes the lock, making its file and directory.
  ///
  /// - Parameters:
  ///   - activity: what this process does, for those who wait.
  ///   - wait: whether to wait while another holds it.
  ///   - onWait: called once before waiting, with who holds it; nil where that cannot be known.
  /// - Throws: where it is held and `wait` is false; where who holds it has started this process, or
  ///   waits for what has (``Holder/refuseCircle(in:)``); where a signal ends the waiting; status 128
  ///   where the file cannot be made.
  package static func acquire(
    _ file: FilePath, activity: String, wait: Bool, onWait: (Holder?) -> Void = { _ in }
  ) throws(Failure) -> FileLock {
    try Directory.make(file.removingLastComponent(), mode: 0o700)
    var hasWaited = false
    // Who only asks for the holder has the file for a moment too.
    var patience = 3
    var look = (next: ContinuousClock.now, pause: Duration.seconds(1))
    while true {
      let descriptor = file.withPlatformString {
        open($0, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
      }
      guard descriptor >= 0 else {
        if errno == EINTR { continue }
        throw Failure(
          "cannot open lock \(Paths.display(file).quoted): \(Errno.current)", status: .cannotStart)
      }
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
        if isStill(descriptor, at: file) {
          write(activity, to: descriptor)
          return FileLock(file, descriptor)
        }
        close(descriptor)
        continue
      }
      let error = Errno.current
      // Open while this process waits: that tells others what it waits for.
      defer { close(descriptor) }
      let holder = holder(of: descriptor)
      guard error == .wouldBlock || error == .interrupted else {
        throw Failure(
          "cannot lock \(Paths.display(file).quoted): \(error)", hint: Paths.hint(toMove: file),
          status: .cannotStart)
      }
      try Interrupt.check()
      patience -= 1
      guard wait else {
        if patience > 0 {
          usleep(5_000)
          continue
        }
        throw Failure("in use by \(holder.map { "\($0)" } ?? "another piko")")
      }
      if patience < 0, !hasWaited {
        try holder?.refuseAround()
        onWait(holder)
        hasWaited = true
      }
      if hasWaited, let holder, ContinuousClock.now > look.next {
        try holder.refuseCircle(in: file.removingLastComponent())
        // Whoever closes a circle sees that at once; later looks are for two that do at one time.
        look = (.now + look.pause, min(look.pause * 2, .seconds(16)))
      }
      usleep(hasWaited ? 50_000 : 5_000)
    }
  }

  private init(_ file: FilePath, _ descriptor: Int32) {
    self.file = file
    self.descriptor = descriptor
  }

  deinit { release() }

  /// Lets go; again is no error.
  package func release() {
    guard descriptor >= 0 else { return }
    // Unlinked while it is held: nobody else can hold a file of this name, and who waits for this
    // one sees that it is gone.
    if FileLock.isStill(descriptor, at: file) {
      _ = file.withPlatformString { unlink($0) }
    }
    close(descriptor)
    descriptor = -1
  }

  /// Who holds the lock of a file now; nil where nobody does or it cannot be known.
  package static func holder(of file: FilePath) -> Holder? {
    let descriptor = file.withPlatformString { open($0, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) }
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    // A shared lock is enough to see that nobody holds it, and goes with the descriptor.
    guard flock(descriptor, LOCK_SH | LOCK_NB) != 0 else { return nil }
    return holder(of: descriptor)
  }

  private static func holder(of descriptor: Int32) -> Holder? {
    var buffer = [UInt8](repeating: 0, count: 512)
    let count = buffer.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
    guard count > 0 else { return nil }
    let words = String(decoding: buffer[..<count], as: UTF8.self)
      .split(separator: "\n").first?.split(separator: " ", maxSplits: 1)
    guard let words, words.count == 2, let pid = Int(words[0]) else { return nil }
    return Holder(pid: pid, activity: String(words[1]).masked)
  }

  private static func write(_ activity: String, to descriptor: Int32) {
    let text = Array("\(getpid()) \(activity)\n".utf8)
    ftruncate(descriptor, 0)
    _ = text.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
  }

  private static func isStill(_ descriptor: Int32, at file: FilePath) -> Bool {
    var held = stat()
    var named = stat()
    return fstat(descriptor, &held) == 0 && file.withPlatformString { lstat($0, &named) } == 0
      && held.st_ino == named.st_ino && held.st_dev == named.st_dev
  }

  /// The 64-bit FNV-1a hash of the path's bytes in hex: the same in every process.
  private static func hash(of path: FilePath) -> String {
    let hash = path.withPlatformString { bytes in
      var hash: UInt64 = 0xcbf2_9ce4_8422_2325
      var cursor = bytes
      while cursor.pointee != 0 {
        hash = (hash ^ UInt64(UInt8(bitPattern: cursor.pointee))) &* 0x100_0000_01b3
        cursor += 1
      }
      return hash
    }
    return String(hash, radix: 16)
  }
}
