package import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The environment and directory this process was started with: the only file that reads them.
package enum ProcessEnvironment {
  /// The value of an environment variable; nil where it is unset **or empty**, as XDG and git treat
  /// most of theirs.
  package static func value(_ name: String) -> String? {
    guard let raw = getenv(name) else { return nil }
    let text = String(cString: raw)
    return text.isEmpty ? nil : text
  }

  /// Every variable, by name.
  package static func all() -> [String: String] {
    var variables: [String: String] = [:]
    var cursor = environ
    while let entry = cursor.pointee {
      let text = String(cString: entry)
      if let equals = text.firstIndex(of: "=") {
        variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
      }
      cursor += 1
    }
    return variables
  }

  /// The current directory, symbolic links resolved.
  ///
  /// - Throws: status 128 where the directory was removed.
  package static func currentDirectory() throws(Failure) -> FilePath {
    guard let raw = getcwd(nil, 0) else {
      throw Failure(
        "cannot read the current directory: \(Errno.current)",
        hint: "the directory may have been removed; run 'cd' to one that exists",
        status: .cannotStart)
    }
    defer { free(raw) }
    return FilePath(String(cString: raw))
  }

  /// Makes a directory this process's current one.
  package static func enter(_ directory: FilePath) throws(Failure) {
    guard chdir(directory.string) == 0 else {
      throw Failure(
        "cannot enter \(Paths.display(directory).quoted): \(Errno.current)", status: .cannotStart)
    }
  }
}

extension Errno {
  /// The error of the C call that has just failed.
  package static var current: Errno { Errno(rawValue: errno) }
}
