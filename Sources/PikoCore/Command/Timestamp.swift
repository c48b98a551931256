import FoundationEssentials

/// Points in time for people and for programs.
package enum Timestamp {
  /// Seconds since 1970 as RFC 3339 in UTC.
  package static func rfc3339(_ seconds: Int) -> String {
    Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
  }

  /// How long ago that was, in one unit: `12s`, `5m`, `3h`, `2d`.
  package static func age(of seconds: Int) -> String {
    let elapsed = max(0, Int(Date().timeIntervalSince1970) - seconds)
    return switch elapsed {
    case ..<60: "\(elapsed)s"
    case ..<3600: "\(elapsed / 60)m"
    case ..<86_400: "\(elapsed / 3600)h"
    default: "\(elapsed / 86_400)d"
    }
  }
}
