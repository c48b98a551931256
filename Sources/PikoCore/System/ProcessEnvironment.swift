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

  /// The value of a variable that names a place; nil where it is unset or empty.
  ///
  /// - Throws: status 128 where it is no text: with U+FFFD in the place of what cannot be read it
  ///   would name another.
  package static func place(_ name: String) throws(Failure) -> FilePath? {
    guard let raw = getenv(name), raw.pointee != 0 else { return nil }
    guard let text = String(validatingCString: raw) else {
      throw Failure(
        "\(name) is not UTF-8: \(String(cString: raw).quoted)", hint: "run 'export \(name)=…'",
        status: .cannotStart)
    }
    return FilePath(text)
  }

  /// Every variable whose value is text, by name.
  package static func all() -> [String: String] {
    entries().compactMapValues { String(validating: $0, as: UTF8.self) }
  }

  /// Every variable whose value is none, as bytes.
  static func unreadable() -> [String: [UInt8]] {
    entries().filter { String(validating: $0.value, as: UTF8.self) == nil }
  }

  private static func entries() -> [String: [UInt8]] {
    var variables: [String: [UInt8]] = [:]
    var cursor = environ
    while let entry = cursor.pointee {
      let bytes = UnsafeRawBufferPointer(start: entry, count: strlen(entry))
      if let equals = bytes.firstIndex(of: UInt8(ascii: "=")) {
        variables[String(decoding: bytes[..<equals], as: UTF8.self)] = Array(bytes[(equals + 1)...])
      }
      cursor += 1
    }
    return variables
  }

  /// The current directory, symbolic links resolved.
  ///
  /// - Throws: status 128 where the directory was removed, and where its name is no text.
  package static func currentDirectory() throws(Failure) -> FilePath {
    guard let raw = getcwd(nil, 0) else {
      throw Failure(
        "cannot read the current directory: \(Errno.current)",
        hint: "the directory may have been removed; to leave it, run 'cd \(remainder())'",
        status: .cannotStart)
    }
    defer { free(raw) }
    guard let text = String(validatingCString: raw) else {
      throw Failure(
        "the name of the current directory is not UTF-8: \(String(cString: raw).quoted)",
        hint: "give it another, or run 'cd' to one whose name is", status: .cannotStart)
    }
    return FilePath(text)
  }

  /// What is left of the directory that the shell says it is in (POSIX, `PWD`): the nearest one above
  /// that holds more than piko's own files, as a shell takes it.
  private static func remainder() -> String {
    guard let path = value("PWD").map({ FilePath($0) }), path.isAbsolute else { return "DIRECTORY" }
    var place = path.lexicallyNormalized()
    while !FileCopy.isDirectory(place) || place.components.contains(".piko") {
      guard place.removeLastComponent() else { return "DIRECTORY" }
    }
    return Paths.argument(place)
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
