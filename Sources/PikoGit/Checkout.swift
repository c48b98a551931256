internal import CLibgit2
internal import PikoCore
internal import Synchronization
internal import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// How much of a checkout is done: files written, files in all.
package typealias CheckoutProgress = (_ done: Int, _ total: Int) -> Void

/// The writing of a tree's files into a new, empty directory.
///
/// Directories are made first, then the files, by several threads in contiguous parts. It only knows
/// files whose content is the blob's own: ``PlainCheckout`` says when that holds.
struct Checkout: Sendable {
  let tree: TreeListing
  let commonDirectory: FilePath

  /// The directory that is written to.
  let root: FilePath

  /// Trees with fewer files are written by one thread alone.
  private static let filesWorthAThread = 400
  private static let mostThreads = 8

  /// Writes everything and gives what the index remembers of each entry.
  ///
  /// - Throws: the first failure of any thread; the interrupt where one arrived between two files.
  func write(progress: CheckoutProgress?) throws(Failure) -> [IndexStat] {
    let directory = root.withPlatformString { open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    guard directory >= 0 else {
      throw Failure("cannot open '\(Paths.display(root))': \(Errno.current)")
    }
    defer { close(directory) }
    try makeDirectories(in: directory)
    let cores = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    let parts = min(
      cores, Checkout.mostThreads, 1 + tree.entries.count / Checkout.filesWorthAThread)
    let work = CheckoutWork(checkout: self, directory: directory, parts: parts)
    let threads = (1..<parts).map { part in (part, CheckoutThread(work, part)) }
    work.run(0, progress: progress)
    for (part, thread) in threads {
      if let thread { thread.join() } else { work.run(part, progress: nil) }
    }
    if let failure = work.failure { throw failure }
    try Interrupt.check()
    return work.stats
  }

  private func makeDirectories(in root: Int32) throws(Failure) {
    for directory in tree.directories.dropFirst() {
      let made = tree.withPath(at: directory.start, length: directory.length) {
        mkdirat(root, $0, 0o777)
      }
      guard made == 0 else {
        let end = directory.start + directory.length
        let path = String(decoding: tree.paths[directory.start..<end], as: UTF8.self)
        throw Failure("cannot make directory \(path.quoted): \(Errno.current)")
      }
    }
  }
}

/// What the threads of one checkout share: each writes only its own part of ``stats``.
private final class CheckoutWork: @unchecked Sendable {
  private let checkout: Checkout
  private let directory: Int32
  private let parts: Int
  private let storage: UnsafeMutableBufferPointer<IndexStat>
  private let done = Atomic<Int>(0)
  private let stops = Atomic<Bool>(false)
  private let firstFailure = Mutex<Failure?>(nil)
  /// Files are dated a second before they are written: git trusts the stat data of a file only where
  /// it is older than the index (racy-git in its technical documentation), so that the first status
  /// has nothing to read again. A change made within the same second still shows.
  private let date: timespec
  private let began = ContinuousClock.now

  init(checkout: Checkout, directory: Int32, parts: Int) {
    self.checkout = checkout
    self.directory = directory
    self.parts = parts
    storage = .allocate(capacity: checkout.tree.entries.count)
    storage.initialize(repeating: IndexStat())
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    now.tv_sec -= 1
    date = now
  }

  deinit { storage.deallocate() }

  var stats: [IndexStat] { Array(storage) }
  var failure: Failure? { firstFailure.withLock { $0 } }

  /// Writes one part of the files.
  func run(_ part: Int, progress: CheckoutProgress?) {
    do {
      try write(part, progress: progress)
    } catch {
      firstFailure.withLock { $0 = $0 ?? error }
      stops.store(true, ordering: .relaxed)
    }
  }

  private func write(_ part: Int, progress: CheckoutProgress?) throws(Failure) {
    let total = checkout.tree.entries.count
    let objects = try ObjectSource(at: checkout.commonDirectory)
    for index in (total * part / parts)..<(total * (part + 1) / parts) {
      if stops.load(ordering: .relaxed) { return }
      try Interrupt.check()
      storage[index] = try place(checkout.tree.entries[index], from: objects)
      let count = done.add(1, ordering: .relaxed).newValue
      if let progress, index % 64 == 0, ContinuousClock.now - began > .milliseconds(500) {
        progress(count, total)
      }
    }
  }

  private func place(
    _ entry: TreeListing.Entry, from objects: borrowing ObjectSource
  ) throws(Failure) -> IndexStat {
    var info = stat()
    let error = try withPath(entry) { path throws(Failure) -> Errno? in
      switch entry.mode {
      case 0o160000: return makeSubmodule(at: path, &info)
      case 0o120000:
        return try objects.withBlob(entry.oid) { content throws(Failure) in
          makeLink(to: content, at: path, &info)
        }
      default:
        let mode: mode_t = entry.mode & 0o100 == 0 ? 0o666 : 0o777
        return try objects.withBlob(entry.oid) { content throws(Failure) in
          makeFile(content, mode, at: path, &info)
        }
      }
    }
    if let error {
      throw Failure("cannot write \(checkout.tree.text(of: entry).quoted): \(error)")
    }
    return IndexStat(info)
  }

  private func withPath<Value>(
    _ entry: TreeListing.Entry, _ use: (UnsafePointer<CChar>) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    try checkout.tree.withPath(at: entry.start, length: entry.length, use)
  }

  private func makeSubmodule(at path: UnsafePointer<CChar>, _ info: inout stat) -> Errno? {
    guard mkdirat(directory, path, 0o777) == 0 else { return .current }
    return fstatat(directory, path, &info, AT_SYMLINK_NOFOLLOW) == 0 ? nil : .current
  }

  private func makeLink(
    to content: UnsafeRawBufferPointer, at path: UnsafePointer<CChar>, _ info: inout stat
  ) -> Errno? {
    let target = content.map { CChar(bitPattern: $0) } + [0]
    guard symlinkat(target, directory, path) == 0 else { return .current }
    setDate { utimensat(directory, path, $0, AT_SYMLINK_NOFOLLOW) }
    return fstatat(directory, path, &info, AT_SYMLINK_NOFOLLOW) == 0 ? nil : .current
  }

  private func makeFile(
    _ content: UnsafeRawBufferPointer, _ mode: mode_t, at path: UnsafePointer<CChar>,
    _ info: inout stat
  ) -> Errno? {
    let file = openat(
      directory, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
    guard file >= 0 else { return .current }
    defer { close(file) }
    var rest = content[...]
    while !rest.isEmpty {
      let count = Glibc.write(file, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno != EINTR {
        return .current
      }
    }
    setDate { futimens(file, $0) }
    return fstat(file, &info) == 0 ? nil : .current
  }

  private func setDate(_ set: (UnsafePointer<timespec>) -> Int32) {
    withUnsafeTemporaryAllocation(of: timespec.self, capacity: 2) { times in
      times[0] = date
      times[1] = date
      if let base = times.baseAddress { _ = set(UnsafePointer(base)) }
    }
  }
}

/// A thread that writes one part of a checkout.
private struct CheckoutThread {
  private var thread = pthread_t()

  /// Starts it; nil where the system gives no more threads.
  init?(_ work: CheckoutWork, _ part: Int) {
    let box = Unmanaged.passRetained(Box(work: work, part: part))
    let status = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        let box = Unmanaged<Box>.fromOpaque(argument).takeRetainedValue()
        box.work.run(box.part, progress: nil)
        return nil
      }, box.toOpaque())
    guard status == 0 else {
      box.release()
      return nil
    }
  }

  func join() { pthread_join(thread, nil) }

  private final class Box {
    let work: CheckoutWork
    let part: Int

    init(work: CheckoutWork, part: Int) {
      self.work = work
      self.part = part
    }
  }
}
