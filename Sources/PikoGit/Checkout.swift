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
/// Directories are made first, then the files, by several threads. What the main checkout has of them
/// is copied, which is faster than unpacking; all else comes from the object database. It only knows
/// files whose content is the blob's own: ``PlainCheckout`` says when that holds.
struct Checkout: Sendable {
  let tree: TreeListing
  let main: MainCheckout?
  let commonDirectory: FilePath

  /// The directory that is written to.
  let root: FilePath

  /// Trees with fewer files are written by one thread alone.
  private static let filesWorthAThread = 400
  private static let mostThreads = 8

  /// Writes everything and gives what the index remembers of each entry, and how many files were
  /// copied.
  ///
  /// - Throws: the first failure of any thread; the interrupt where one arrived between two files.
  func write(
    progress: CheckoutProgress?
  ) throws(Failure) -> (stats: [IndexStat], copied: Int) {
    let directory = root.withPlatformString { open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    guard directory >= 0 else {
      throw Failure("cannot open '\(Paths.display(root))': \(Errno.current)")
    }
    defer { close(directory) }
    try makeDirectories(in: directory)
    let cores = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    let parts = min(
      cores, Checkout.mostThreads, 1 + tree.entries.count / Checkout.filesWorthAThread)
    let source = main.map {
      $0.root.withPlatformString { open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    }
    defer { if let source, source >= 0 { close(source) } }
    let work = CheckoutWork(
      checkout: self, directory: directory, source: source.flatMap { $0 >= 0 ? $0 : nil })
    let others = (1..<parts).map { _ in Ahead { work.run(progress: nil) } }
    work.run(progress: progress)
    for other in others { try? other.value() }
    if let failure = work.failure { throw failure }
    try Interrupt.check()
    return (work.stats, work.copied)
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

/// What the threads of one checkout share: each writes only its own parts of ``stats``.
private final class CheckoutWork: @unchecked Sendable {
  private let checkout: Checkout
  private let writing: FileWriting
  private let source: Int32?
  private let storage: UnsafeMutableBufferPointer<IndexStat>
  private let next = Atomic<Int>(0)
  private let done = Atomic<Int>(0)
  private let copies = Atomic<Int>(0)
  private let stops = Atomic<Bool>(false)
  private let firstFailure = Mutex<Failure?>(nil)
  private let began = ContinuousClock.now

  /// Entries that a thread takes at a time: neighbours, as they lie close in packs and folders too.
  private static let part = 256

  /// - Parameters:
  ///   - directory: the directory that is written to.
  ///   - source: the main checkout's.
  init(checkout: Checkout, directory: Int32, source: Int32?) {
    self.checkout = checkout
    self.source = source
    writing = FileWriting(in: directory)
    storage = .allocate(capacity: checkout.tree.entries.count)
    storage.initialize(repeating: IndexStat())
  }

  deinit { storage.deallocate() }

  var stats: [IndexStat] { Array(storage) }
  var copied: Int { copies.load(ordering: .relaxed) }
  var failure: Failure? { firstFailure.withLock { $0 } }

  /// Writes parts of the files until none is left.
  func run(progress: CheckoutProgress?) {
    do {
      try write(progress: progress)
    } catch {
      firstFailure.withLock { $0 = $0 ?? error }
      stops.store(true, ordering: .relaxed)
    }
  }

  private func write(progress: CheckoutProgress?) throws(Failure) {
    let total = checkout.tree.entries.count
    var means = Means(
      objects: try ObjectSource(at: checkout.commonDirectory),
      copier: source.map { FileCopier(from: $0) })
    while true {
      let start = next.add(CheckoutWork.part, ordering: .relaxed).oldValue
      guard start < total else { return }
      for index in start..<min(total, start + CheckoutWork.part) {
        if stops.load(ordering: .relaxed) { return }
        try Interrupt.check()
        storage[index] = try place(index, by: &means)
        let count = done.add(1, ordering: .relaxed).newValue
        if let progress, index % 64 == 0, ContinuousClock.now - began > .milliseconds(500) {
          progress(count, total)
        }
      }
    }
  }

  /// What one thread takes content from.
  private struct Means: ~Copyable {
    let objects: ObjectSource
    let copier: FileCopier?
  }

  private func place(_ index: Int, by means: inout Means) throws(Failure) -> IndexStat {
    let entry = checkout.tree.entries[index]
    var info = stat()
    let error = try checkout.tree.withPath(at: entry.start, length: entry.length) {
      path throws(Failure) -> Errno? in
      switch entry.mode {
      case 0o160000: return writing.makeSubmodule(at: path, &info)
      case 0o120000:
        return try means.objects.withBlob(entry.oid) { content throws(Failure) in
          writing.makeLink(to: content, at: path, &info)
        }
      default: return try makeFile(index, entry, at: path, by: means, &info)
      }
    }
    if let error {
      throw Failure("cannot write \(checkout.tree.text(of: entry).quoted): \(error)")
    }
    return IndexStat(info)
  }

  /// Copies a file from the main checkout where that has its content, and writes its blob where not.
  private func makeFile(
    _ index: Int, _ entry: TreeListing.Entry, at path: UnsafePointer<CChar>,
    by means: borrowing Means, _ info: inout stat
  ) throws(Failure) -> Errno? {
    let isExecutable = entry.mode & 0o100 != 0
    let size = checkout.main?.sizes[index] ?? MainCheckout.none
    switch means.copier {
    case .some(let copier) where size <= FileCopier.wholeSize:
      guard let content = copier.content(at: path, size: Int(size), named: entry.oid) else { break }
      copies.add(1, ordering: .relaxed)
      return try writing.makeFile(at: path, isExecutable: isExecutable, &info) { file in
        FileWriting.append(content, to: file)
      }
    case .some(let copier) where size != MainCheckout.none:
      return try writing.makeFile(at: path, isExecutable: isExecutable, &info) {
        file throws(Failure) in
        if copier.copy(path, to: file, size: Int(size), named: entry.oid) {
          copies.add(1, ordering: .relaxed)
          return nil
        }
        if let error = FileWriting.empty(file) { return error }
        return try means.objects.withBlob(entry.oid) { content throws(Failure) in
          FileWriting.append(content, to: file)
        }
      }
    default: break
    }
    return try means.objects.withBlob(entry.oid) { content throws(Failure) in
      try writing.makeFile(at: path, isExecutable: isExecutable, &info) { file in
        FileWriting.append(content, to: file)
      }
    }
  }
}
