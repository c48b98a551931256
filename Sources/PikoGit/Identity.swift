internal import PikoCore
internal import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Who git says made a change of a reference: as configured, else the account and the host, so that
/// a reflog never fails for want of a name (git's ident.c).
struct Identity: Sendable, Equatable {
  let name: String
  let email: String

  init(_ configuration: Configuration, _ environment: ChildEnvironment) {
    let variables = environment.variables.filter { !$0.value.isEmpty }
    let account = Identity.account()
    name = Identity.clean(
      variables["GIT_COMMITTER_NAME"] ?? configuration.string("committer.name")
        ?? configuration.string("user.name") ?? account.name)
    email = Identity.clean(
      variables["GIT_COMMITTER_EMAIL"] ?? configuration.string("committer.email")
        ?? configuration.string("user.email") ?? variables["EMAIL"]
        ?? "\(account.login)@\(Identity.host())")
  }

  /// A reflog line's middle: who and when.
  func stamp() -> String {
    var now = time(nil)
    var local = tm()
    localtime_r(&now, &local)
    let minutes = abs(local.tm_gmtoff) / 60
    let zone = minutes / 60 * 100 + minutes % 60
    let digits = String(repeating: "0", count: max(0, 4 - "\(zone)".count)) + "\(zone)"
    return "\(name) <\(email)> \(now) \(local.tm_gmtoff < 0 ? "-" : "+")\(digits)"
  }

  private static func account() -> (login: String, name: String) {
    guard let entry = getpwuid(getuid()) else { return ("unknown", "unknown") }
    let login = String(cString: entry.pointee.pw_name)
    let full = entry.pointee.pw_gecos.map { String(cString: $0) } ?? ""
    let part = full.split(separator: ",", omittingEmptySubsequences: false).first ?? ""
    let capital = login.prefix(1).uppercased() + login.dropFirst()
    let spelled = part.split(separator: "&", omittingEmptySubsequences: false)
      .joined(separator: capital)
    return (login, spelled.isEmpty ? login : spelled)
  }

  private static func host() -> String {
    if let mail = Disk.line(FilePath("/etc/mailname")), !mail.isEmpty { return mail }
    var buffer = [CChar](repeating: 0, count: 256)
    guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost.(none)" }
    let bytes = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    let name = String(decoding: bytes, as: UTF8.self)
    return name.contains(".") ? name : name + ".(none)"
  }

  /// Without what would break the line.
  private static func clean(_ text: String) -> String {
    let kept = text.filter { $0 != "<" && $0 != ">" && !$0.isNewline }
    let crud: Set<Character> = [" ", ".", ",", ":", ";", "\"", "\\", "'"]
    var rest = kept[...]
    while let last = rest.last, crud.contains(last) { rest = rest.dropLast() }
    while let first = rest.first, crud.contains(first) { rest = rest.dropFirst() }
    return String(rest)
  }
}
