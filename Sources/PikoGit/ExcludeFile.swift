package import PikoCore
package import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension Repository {
  /// Keeps patterns (gitignore(5)) out of every `git status` of the repository: each is put once at
  /// the end of the common `info/exclude`, what stands there stays byte for byte.
  ///
  /// - Parameter former: lines that earlier versions wrote, each with what stands for it now.
  /// - Returns: whether the file was changed.
  @discardableResult
  package func excludeFromStatus(
    _ patterns: [String], replacing former: [String: String] = [:]
  ) throws(Failure) -> Bool {
    let folder = commonDirectory.appending("info")
    let file = excludeFile
    return try CommonLock.holding(commonDirectory) { () throws(Failure) in
      let kind = Disk.kind(of: file)
      let before = Disk.read(file)
      guard kind == nil || before != nil else {
        throw Failure("cannot read '\(Paths.display(file))': \(Errno.current)")
      }
      var bytes = before ?? []
      var lines = Set(bytes.split(separator: UInt8(ascii: "\n")).map { Array($0) })
      for (old, new) in former
      where lines.contains(Array(old.utf8)) && !lines.contains(Array(new.utf8)) {
        bytes = Array(
          bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { $0.elementsEqual(old.utf8) ? Array(new.utf8) : Array($0) }
            .joined(separator: [UInt8(ascii: "\n")]))
        lines.insert(Array(new.utf8))
      }
      var text = ""
      for pattern in patterns where !lines.contains(Array(pattern.utf8)) {
        if !text.contains("\(pattern)\n") { text += pattern + "\n" }
      }
      if text.isEmpty, bytes == before ?? [] { return false }
      if !text.isEmpty, let last = bytes.last, last != UInt8(ascii: "\n") { text = "\n" + text }
      try Disk.makeDirectory(folder)
      try replace(file, by: bytes + Array(text.utf8))
      return true
    }
  }

  /// A pattern (gitignore(5)) that matches one path and no other.
  package static func pattern(matching path: String) -> String {
    var pattern = ""
    for character in path {
      if "\\*?[".contains(character) { pattern += "\\" }
      pattern.append(character)
    }
    // Blanks at the end count only where they are escaped.
    let end = pattern.lastIndex { $0 != " " }.map { pattern.index(after: $0) } ?? pattern.startIndex
    let blanks = pattern[end...].map { "\\\($0)" }.joined()
    return pattern[..<end] + blanks
  }

  /// The file that git reads the repository's own patterns from. Where `info/exclude` is a symbolic
  /// link it stays one, as git follows it: this is the file it leads to, there or not.
  package var excludeFile: FilePath {
    let link = commonDirectory.appending("info").appending("exclude")
    if let real = Disk.kind(of: link) == .link ? Disk.target(of: link) : nil,
      Disk.kind(of: Disk.real(link)) == .link
    {
      // It leads to nothing yet.
      let target = FilePath(String(decoding: real, as: UTF8.self))
      return Disk.real(
        target.isAbsolute ? target : link.removingLastComponent().appending(target.components))
    }
    return Disk.real(link)
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
