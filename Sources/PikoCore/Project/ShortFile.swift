package import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Small text files, read whole: git's pointers, the kernel's tables.
package enum ShortFile {
  /// The file's text; nil where it cannot be read. Bytes that are not UTF-8 are replaced.
  package static func text(_ path: FilePath, limit: Int = 1 << 22) -> String? {
    bytes(path, limit: limit).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The file's bytes, `limit` of them at most; nil where it cannot be read.
  package static func bytes(_ path: FilePath, limit: Int = 1 << 22) -> [UInt8]? {
    let descriptor = path.withPlatformString { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16_384)
    while bytes.count < limit {
      let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        bytes += buffer[..<count]
      } else if count == 0 {
        break
      } else if errno != EINTR {
        return nil
      }
    }
    return bytes
  }

  /// The target of a symbolic link; nil where it is none.
  static func target(of link: FilePath) -> FilePath? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    let count = link.withPlatformString { readlink($0, &buffer, Int(PATH_MAX)) }
    return count > 0 ? FilePath(platformString: buffer) : nil
  }

  /// The path with every symbolic link in it resolved; nil where it does not exist.
  package static func canonical(_ path: FilePath) -> FilePath? {
    guard let resolved = path.withPlatformString({ realpath($0, nil) }) else { return nil }
    defer { free(resolved) }
    return FilePath(platformString: resolved)
  }

  /// What lies at a path, symbolic links followed; nil where nothing does.
  static func kind(_ path: FilePath) -> Kind? {
    var status = stat()
    guard path.withPlatformString({ stat($0, &status) }) == 0 else { return nil }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: return .directory
    case S_IFREG: return .file
    default: return .other
    }
  }

  /// Kinds of what a path can name.
  enum Kind { case directory, file, other }
}
