package import PikoCore
internal import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension Repository {
  /// Keeps patterns (gitignore(5)) out of every `git status` of the repository: each is put once at
  /// the end of the common `info/exclude`, what stands there stays byte for byte.
  ///
  /// - Returns: whether the file was changed.
  @discardableResult
  package func excludeFromStatus(_ patterns: [String]) throws(Failure) -> Bool {
    let folder = commonDirectory.appending("info")
    // A link stays one: the file it leads to is replaced.
    let file = Disk.real(folder.appending("exclude"))
    return try CommonLock.holding(commonDirectory) { () throws(Failure) in
      let kind = Disk.kind(of: file)
      let before = Disk.read(file)
      guard kind == nil || before != nil else {
        throw Failure("cannot read '\(Paths.display(file))': \(Errno.current)")
      }
      let bytes = before ?? []
      let lines = Set(bytes.split(separator: UInt8(ascii: "\n")).map { Array($0) })
      var text = ""
      for pattern in patterns where !lines.contains(Array(pattern.utf8)) {
        if !text.contains("\(pattern)\n") { text += pattern + "\n" }
      }
      if text.isEmpty { return false }
      if let last = bytes.last, last != UInt8(ascii: "\n") { text = "\n" + text }
      try Disk.makeDirectory(folder)
      try replace(file, by: bytes + Array(text.utf8))
      return true
    }
  }

  private func replace(_ file: FilePath, by bytes: [UInt8]) throws(Failure) {
    let aside = FilePath("\(file.string).piko-\(getpid())-\(UInt32.random(in: 0 ... .max))")
    try Disk.write(bytes, to: aside, mode: 0o666)
    var info = stat()
    if file.withPlatformString({ stat($0, &info) }) == 0 {
      _ = aside.withPlatformString { chmod($0, info.st_mode & 0o7777) }
    }
    let code = aside.withPlatformString { from in file.withPlatformString { rename(from, $0) } }
    guard code != 0 else { return }
    let error = Errno.current
    _ = aside.withPlatformString { unlink($0) }
    throw Failure("cannot replace '\(Paths.display(file))': \(error)")
  }
}
