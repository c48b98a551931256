import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Whether a database was written to: what the system says of its file and of its journal
/// (sqlite.org/wal.html). Who only reads leaves both as they are, but for an empty journal.
struct FileSignature: Hashable, Sendable {
  private struct Part: Hashable, Sendable {
    let inode: UInt64
    let size: Int
    let seconds: Int
    let nanoseconds: Int
  }

  private let parts: [Part?]

  init(ofDatabase file: FilePath) {
    let journal = FilePath(file.string + "-wal")
    parts = [Self.part(of: file), Self.part(of: journal).flatMap { $0.size == 0 ? nil : $0 }]
  }

  private static func part(of file: FilePath) -> Part? {
    var status = stat()
    guard file.withPlatformString({ stat($0, &status) }) == 0 else { return nil }
    #if canImport(Glibc)
      let time = status.st_mtim
    #else
      let time = status.st_mtimespec
    #endif
    return Part(
      inode: UInt64(status.st_ino), size: Int(status.st_size), seconds: Int(time.tv_sec),
      nanoseconds: Int(time.tv_nsec))
  }
}
