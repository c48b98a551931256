/// What the engine takes for the time at which logs begin.
enum LogTime {
  /// Whether a text is one: how long ago in Go's notation (pkg.go.dev/time, `ParseDuration`), a date
  /// of RFC 3339 with as much of its time as is wanted, or seconds since 1970.
  static func isValid(_ text: String) -> Bool {
    isDuration(text) || isDate(text) || isDecimal(text[...])
  }

  private static func isDuration(_ text: String) -> Bool {
    let units = ["ns", "us", "µs", "μs", "ms", "s", "m", "h"]
    var rest = text[...]
    repeat {
      let number = rest.prefix { isDigit($0) || $0 == "." }
      rest = rest.dropFirst(number.count)
      guard isDecimal(number), let unit = units.first(where: rest.hasPrefix) else { return false }
      rest = rest.dropFirst(unit.count)
    } while !rest.isEmpty
    return true
  }

  private static func isDate(_ text: String) -> Bool {
    var rest = text[...]
    guard take("dddd-dd-dd", from: &rest) else { return false }
    if take("Tdd", from: &rest), take(":dd", from: &rest), take(":dd", from: &rest),
      take(".d", from: &rest)
    {
      rest = rest.drop(while: isDigit)
    }
    _ = take("Z", from: &rest) || take("+dd:dd", from: &rest) || take("-dd:dd", from: &rest)
    return rest.isEmpty
  }

  /// Takes off what begins as the pattern says, whose `d` is any digit.
  private static func take(_ pattern: String, from rest: inout Substring) -> Bool {
    let start = rest.prefix(pattern.count)
    let fits =
      start.count == pattern.count
      && zip(start, pattern).allSatisfy { $1 == "d" ? isDigit($0) : $0 == $1 }
    if fits { rest = rest.dropFirst(pattern.count) }
    return fits
  }

  private static func isDecimal(_ text: Substring) -> Bool {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count <= 2 && parts.allSatisfy { !$0.isEmpty && $0.allSatisfy(isDigit) }
  }

  private static func isDigit(_ character: Character) -> Bool { ("0"..."9").contains(character) }
}
