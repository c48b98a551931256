package import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Where the programs of piko lie: beside the one that runs.
package enum Installation {
  /// The verb that runs, as it is typed behind `piko`.
  package static var verb: String {
    let name = FilePath(CommandLine.arguments[0]).lastComponent?.string ?? ""
    return name.behind("piko-") ?? name
  }

  /// The path of one of them.
  ///
  /// - Throws: where the system does not say which file runs.
  package static func program(_ name: String) throws(Failure) -> FilePath {
    guard let raw = realpath("/proc/self/exe", nil) ?? realpath(CommandLine.arguments[0], nil)
    else {
      throw Failure("cannot find out where piko is installed", status: .cannotStart)
    }
    defer { free(raw) }
    return FilePath(String(cString: raw)).removingLastComponent().appending(name)
  }
}
