package import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The executables of this package, as the build of the tests left them.
package enum BuiltPrograms {
  /// The directory they lie in: that of the test bundle.
  package static let directory: FilePath = {
    let bundle = CommandLine.arguments.first ?? ""
    guard let real = realpath(bundle, nil) else { return FilePath(bundle).removingLastComponent() }
    defer { free(real) }
    return FilePath(String(cString: real)).removingLastComponent()
  }()

  /// The path of one of them.
  package static func path(of name: String) -> FilePath { directory.appending(name) }
}
