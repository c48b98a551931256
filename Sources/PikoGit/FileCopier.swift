internal import CCheckout
internal import CLibgit2

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Takes the content of files from another directory, proven to be what a name stands for; for one
/// thread.
struct FileCopier: ~Copyable {
  private let directory: Int32
  private let buffer: UnsafeMutableRawBufferPointer

  /// Files up to this size are proven before anything is written.
  static let wholeSize = 1 << 17

  /// - Parameter directory: the descriptor of the directory that paths are relative to.
  init(from directory: Int32) {
    self.directory = directory
    buffer = .allocate(byteCount: FileCopier.wholeSize, alignment: 64)
  }

  deinit { buffer.deallocate() }

  /// The content of a file of at most ``wholeSize`` bytes; nil where it is not the named one.
  func content(
    at path: UnsafePointer<CChar>, size: Int, named name: git_oid
  ) -> UnsafeRawBufferPointer? {
    guard let file = open(path) else { return nil }
    defer { close(file) }
    let content = UnsafeRawBufferPointer(rebasing: buffer[..<size])
    guard read(size, from: file) else { return nil }
    var sum = SHA1(ofBlob: size)
    sum.add(content)
    return sum.ends(as: name) ? content : nil
  }

  /// Copies a file into an empty one, sharing its blocks where the filesystem can.
  ///
  /// - Returns: whether `target` now has the named content; where not, it may have any.
  func copy(
    _ path: UnsafePointer<CChar>, to target: Int32, size: Int, named name: git_oid
  ) -> Bool {
    guard let file = open(path) else { return false }
    defer { close(file) }
    let isCloned = piko_clone_file(target, file) == 0
    var sum = SHA1(ofBlob: size)
    var left = size
    while left > 0 {
      let count = min(left, buffer.count)
      guard read(count, from: isCloned ? target : file) else { return false }
      let part = UnsafeRawBufferPointer(rebasing: buffer[..<count])
      sum.add(part)
      left -= count
      if !isCloned, FileWriting.append(part, to: target) != nil { return false }
    }
    var info = stat()
    return sum.ends(as: name) && fstat(target, &info) == 0 && info.st_size == size
  }

  /// No link is followed, and what is no file blocks nothing.
  private func open(_ path: UnsafePointer<CChar>) -> Int32? {
    let file = openat(directory, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    return file >= 0 ? file : nil
  }

  /// Reads so many bytes into the buffer; false where there are not as many.
  private func read(_ count: Int, from file: Int32) -> Bool {
    var filled = 0
    while filled < count {
      let more = Glibc.read(file, buffer.baseAddress.map { $0 + filled }, count - filled)
      if more > 0 {
        filled += more
      } else if more == 0 || errno != EINTR {
        return false
      }
    }
    return true
  }
}
