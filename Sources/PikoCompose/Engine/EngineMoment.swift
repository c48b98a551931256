import PikoCore

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A moment as the engine writes it, RFC 3339 in UTC with nanoseconds: the texts compare as the
/// moments do.
package struct EngineMoment: Sendable, Comparable {
  private let text: String

  /// So many seconds before now.
  static func ago(seconds: Int) -> EngineMoment {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return EngineMoment(second: Int(time.tv_sec) - seconds, nanosecond: Int(time.tv_nsec))
  }

  /// Now.
  package static var now: EngineMoment { ago(seconds: 0) }

  private init(second: Int, nanosecond: Int) {
    let digits = String(nanosecond)
    let fraction = String(repeating: "0", count: 9 - digits.count) + digits
    text = Timestamp.rfc3339(second).dropLast() + "." + fraction
  }

  /// A moment as the engine writes it, by RFC 3339 in UTC; nil for anything else. The engine leaves the
  /// zeros at the end of a fraction out.
  package init?(_ text: String) {
    guard text.hasSuffix("Z"), text.utf8.count >= 20 else { return nil }
    let whole = text.prefix(19)
    let fraction = text.dropFirst(20).dropLast().prefix(9)
    self.text = whole + "." + fraction + String(repeating: "0", count: 9 - fraction.count)
  }

  package static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}
