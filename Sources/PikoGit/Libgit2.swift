internal import CLibgit2
internal import PikoCore
internal import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// libgit2 itself: its start, and the one way from its statuses to a ``Failure``.
enum Libgit2 {
  /// Starts the library once, within the first handle: it costs milliseconds.
  ///
  /// Objects are not hashed again as they are read, no more than git does it: that takes a third of
  /// the time of reading many.
  static let started: Int32 = {
    let code = git_libgit2_init()
    if code >= 0 {
      _ = piko_git_trust_object_names()
      _ = piko_git_limit_mapping(1 << 20, 8 << 20)
    }
    return code
  }()

  /// Passes a status of 0 or more; throws anything else with the library's reason.
  static func check(_ code: Int32, _ purpose: @autoclosure () -> String) throws(Failure) {
    guard code < 0 else { return }
    throw failure(purpose())
  }

  /// The failure of the call that has just failed in this thread.
  static func failure(_ purpose: String) -> Failure {
    let reason = git_error_last().flatMap { $0.pointee.message }.map { String(cString: $0) }
    guard let reason, !reason.isEmpty else { return Failure(purpose) }
    return Failure("\(purpose): \(reason.prefix(1).lowercased() + reason.dropFirst())")
  }

  /// Repeats `work` while another process holds the lock file it needs: for about five seconds.
  static func retryingWhileLocked(_ work: () -> Int32) -> Int32 {
    var wait: UInt32 = 2_000
    var code = work()
    for _ in 0..<40 where code == GIT_ELOCKED.rawValue {
      usleep(wait + UInt32.random(in: 0...wait))
      wait = min(wait * 2, 100_000)
      code = work()
    }
    return code
  }
}

/// Takes the place of mbedTLS's own, which libgit2's start has read every certificate authority of the
/// system, a tenth of the time that a small worktree takes: piko has git speak to networks, and
/// libgit2 never. A libgit2 that was built with another library does not call it.
///
/// - Returns: 0, as where all could be read.
@_cdecl("mbedtls_x509_crt_parse_file")
package func readNoCertificates(_ chain: OpaquePointer?, _ path: UnsafePointer<CChar>?) -> Int32 {
  0
}

/// An open repository of libgit2's.
struct RepositoryHandle: ~Copyable {
  let pointer: OpaquePointer

  /// Opens the repository whose git directory, or working tree, is `path`.
  ///
  /// Only the repository's own configuration is seen: git's other sources (the environment,
  /// conditional includes) are git's to read, as ``Configuration`` does.
  init(at path: FilePath) throws(Failure) {
    try Libgit2.check(Libgit2.started, "cannot start libgit2")
    pointer = try RepositoryHandle.open(path)
  }

  deinit { git_repository_free(pointer) }

  private static func open(_ path: FilePath) throws(Failure) -> OpaquePointer {
    let purpose = "cannot open repository '\(Paths.display(path))'"
    var opened: OpaquePointer?
    let flags = GIT_REPOSITORY_OPEN_NO_SEARCH.rawValue
    try Libgit2.check(
      path.withPlatformString { git_repository_open_ext(&opened, $0, flags, nil) }, purpose)
    guard let opened else { throw Failure(purpose) }
    do {
      var own: OpaquePointer?
      let file = FilePath(platformString: git_repository_commondir(opened)).appending("config")
      try Libgit2.check(file.withPlatformString { git_config_open_ondisk(&own, $0) }, purpose)
      defer { git_config_free(own) }
      try Libgit2.check(git_repository_set_config(opened, own), purpose)
    } catch {
      git_repository_free(opened)
      throw error
    }
    return opened
  }

  /// The commit that a reference's full name points to; nil where there is none.
  func commit(of reference: String) -> String? {
    var found: OpaquePointer?
    guard git_reference_lookup(&found, pointer, reference) == 0 else { return nil }
    defer { git_reference_free(found) }
    var commit: OpaquePointer?
    guard git_reference_peel(&commit, found, GIT_OBJECT_COMMIT) == 0 else { return nil }
    defer { git_object_free(commit) }
    return git_object_id(commit).map { $0.pointee.hexadecimal }
  }

  /// The full name of a reference that begins with `prefix`; nil where there is none.
  func reference(below prefix: String) -> String? {
    var iterator: OpaquePointer?
    guard git_reference_iterator_glob_new(&iterator, pointer, prefix + "*") == 0 else {
      return nil
    }
    defer { git_reference_iterator_free(iterator) }
    var name: UnsafePointer<CChar>?
    guard git_reference_next_name(&name, iterator) == 0, let name else { return nil }
    return String(cString: name)
  }
}

extension git_oid {
  /// The id as git writes it.
  var hexadecimal: String {
    withUnsafePointer(to: self) { id in
      String(cString: git_oid_tostr_s(id))
    }
  }

  /// The id that `hexadecimal` writes; nil where it is none of SHA-1's.
  init?(hexadecimal text: String) {
    self.init()
    guard text.utf8.count == 40, git_oid_fromstr(&self, text) == 0 else { return nil }
  }
}
