package import PikoCore

/// The version of Docker Compose.
package struct ComposeVersion: Sendable, Comparable, CustomStringConvertible {
  package let numbers: [Int]

  /// The first one with `!override` and `!reset` in all the places piko needs.
  package static let minimum = ComposeVersion(numbers: [2, 24, 4])

  init(numbers: [Int]) { self.numbers = numbers }

  /// The version in a text such as `v2.26.1-4` or `Docker Compose version v2.24.4`.
  package init?(_ text: String) {
    guard let start = text.firstIndex(where: { $0.isASCII && $0.isNumber }) else { return nil }
    let digits = text[start...].prefix { ($0.isASCII && $0.isNumber) || $0 == "." }
    let numbers = digits.split(separator: ".").compactMap { Int($0) }
    guard numbers.count >= 2 else { return nil }
    self.numbers = Array(numbers.prefix(3))
  }

  package var description: String { numbers.map(String.init).joined(separator: ".") }

  package static func < (left: Self, right: Self) -> Bool {
    left.numbers.lexicographicallyPrecedes(right.numbers)
  }

  /// - Throws: status 128, naming the version, where it is too old.
  package func require() throws(Failure) {
    guard self < .minimum else { return }
    throw Failure(
      "cannot use Docker Compose \(self): piko needs \(ComposeVersion.minimum) or later",
      hint: "update it; to see what is used, run 'docker compose version'", status: .cannotStart)
  }
}
