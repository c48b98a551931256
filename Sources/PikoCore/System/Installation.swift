package import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Where the programs of piko lie: beside the one that runs.
package enum Installation {
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
