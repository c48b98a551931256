import PikoCore
import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The bytes of a configuration file.
enum ConfigurationFile {
  /// The whole file; nil where there is none.
  ///
  /// - Throws: status 128 where there is something that cannot be read as one.
  static func bytes(of path: FilePath) throws(Failure) -> [UInt8]? {
    // Not blocking: opening a pipe that nobody writes to would wait for ever.
    let descriptor = path.withPlatformString { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
    guard descriptor >= 0 else {
      let error = Errno.current
      guard error == .noSuchFileOrDirectory else { throw failure(path, "\(error)") }
      if isLink(path) { throw failure(path, "a symbolic link to nothing") }
      return nil
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure(path, "\(Errno.current)") }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: throw failure(path, "it is a directory")
    default: throw failure(path, "it is no regular file")
    }
    return try contents(of: descriptor, path)
  }

  private static func contents(of descriptor: Int32, _ path: FilePath) throws(Failure) -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16_384)
    while true {
      let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        bytes += buffer[..<count]
      } else if count == 0 {
        return bytes
      } else if errno != EINTR {
        throw failure(path, "\(Errno.current)")
      }
      guard bytes.count <= YAML.maximumSize else {
        throw failure(path, "it is larger than \(YAML.maximumSize) bytes")
      }
    }
  }

  private static func isLink(_ path: FilePath) -> Bool {
    var status = stat()
    return path.withPlatformString { lstat($0, &status) } == 0
      && status.st_mode & S_IFMT == S_IFLNK
  }

  private static func failure(_ path: FilePath, _ reason: String) -> Failure {
    Failure(
      "cannot read configuration '\(Paths.display(path))': \(reason)", status: .cannotStart)
  }
}
