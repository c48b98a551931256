import PikoCore
import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The secret that every request but the page itself must carry: who can read it is this user.
struct Token: Sendable {
  let text: String

  static func file() throws(Failure) -> FilePath {
    try Paths.stateDirectory().appending("server.token")
  }

  /// The token of the state directory, so that pages go on when the server was started again; a new
  /// one where there is none, or where another user could have read or written it.
  static func load() throws(Failure) -> Token {
    let file = try file()
    if let text = kept(in: file) { return Token(text: text) }
    let text = random()
    try PrivateFile.replace(file, with: text + "\n")
    return Token(text: text)
  }

  /// Whether a request carries it; how long the answer takes does not depend on how much is right.
  func matches(_ candidate: String) -> Bool {
    let own = Array(text.utf8)
    let other = Array(candidate.utf8)
    guard own.count == other.count else { return false }
    return zip(own, other).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }

  /// What only who has it can tell of a text: the HMAC-SHA-256 of RFC 2104 in hex, with its 64
  /// digits, which are one block, as the key.
  func proof(of text: String) -> String {
    let key = Array(self.text.utf8)
    let inner = SHA256.hexDigits(of: key.map { $0 ^ 0x36 } + Array(text.utf8))
    let bytes = stride(from: 0, to: inner.utf8.count, by: 2).compactMap {
      UInt8(inner.dropFirst($0).prefix(2), radix: 16)
    }
    return SHA256.hexDigits(of: key.map { $0 ^ 0x5C } + bytes)
  }

  private static func kept(in file: FilePath) -> String? {
    var status = stat()
    guard file.withPlatformString({ lstat($0, &status) }) == 0,
      status.st_mode & S_IFMT == S_IFREG, status.st_mode & 0o077 == 0, status.st_uid == getuid(),
      let text = ShortFile.text(file, limit: 1024)?.split(separator: "\n").first
    else { return nil }
    return text.count == 64 && text.allSatisfy(\.isHexDigit) ? String(text) : nil
  }

  /// 32 bytes of the system's randomness in hex.
  private static func random() -> String {
    var generator = SystemRandomNumberGenerator()
    return (0..<4).map { _ in
      let digits = String(generator.next() as UInt64, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }
}

/// A file of this user alone.
enum PrivateFile {
  /// Writes a file by a rename, its directories made where missing; nobody else can read it at any
  /// moment.
  static func replace(_ file: FilePath, with text: String) throws(Failure) {
    try Directory.make(file.removingLastComponent(), mode: 0o700)
    var template = Array((file.string + ".XXXXXX").utf8CString)
    let descriptor = mkstemp(&template)  // of mode 0600
    guard descriptor >= 0 else { throw failure(file) }
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    guard bytes.withUnsafeBytes({ write(descriptor, $0.baseAddress, $0.count) }) == bytes.count,
      file.withPlatformString({ rename(template, $0) }) == 0
    else {
      let failure = failure(file)
      unlink(template)
      throw failure
    }
  }

  private static func failure(_ file: FilePath) -> Failure {
    Failure(
      "cannot write \(Paths.display(file).quoted): \(Errno.current)",
      hint: Paths.hint(toMove: file), status: .cannotStart)
  }
}
