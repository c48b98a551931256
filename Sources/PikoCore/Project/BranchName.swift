/// A branch's short name, such as `feature/auth`.
///
/// git's names are bytes: `é` of one character and `é` of a letter and an accent are two branches,
/// which `String` would take for one (its `==` and its hash go by Unicode's canonical equivalence).
package struct BranchName: Sendable, Hashable, Comparable, Codable {
  /// The name as git has it.
  package let text: String

  package init(_ text: String) { self.text = text }

  /// What stands for a branch where HEAD is at none.
  package static let detached = BranchName("")

  package var isEmpty: Bool { text.isEmpty }

  /// Its full name, `refs/heads/feature/auth`.
  package var reference: String { BranchName.references + text }

  /// The branch of a reference's full name; nil where that is no branch's.
  package init?(reference: some StringProtocol) {
    guard let name = reference.behind(BranchName.references) else { return nil }
    text = name
  }

  private static let references = "refs/heads/"

  package static func == (left: Self, right: Self) -> Bool {
    left.text.utf8.elementsEqual(right.text.utf8)
  }

  package static func < (left: Self, right: Self) -> Bool {
    left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
  }

  package func hash(into hasher: inout Hasher) {
    for byte in text.utf8 { hasher.combine(byte) }
  }

  package init(from decoder: any Decoder) throws {
    text = try decoder.singleValueContainer().decode(String.self)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}

extension BranchName: CustomStringConvertible, ExpressibleByStringInterpolation {
  package var description: String { text }

  package init(stringLiteral text: String) { self.text = text }

  /// As listings show it.
  package var display: String { isEmpty ? "(detached)" : text }

  /// In single quotes, as messages show it.
  package var quoted: String { text.quoted }
}

extension BranchName {
  /// Whether git accepts it for a branch: the rules of git-check-ref-format(1) with `--branch`.
  package var isValid: Bool {
    let bytes = Array(text.utf8)
    guard let last = bytes.last, text != "HEAD", !bytes.starts(with: "-".utf8),
      last != UInt8(ascii: "."), !BranchName.contains("..", bytes),
      !BranchName.contains("@{", bytes)
    else { return false }
    let isRefused = bytes.contains { $0 <= 0x20 || $0 == 0x7F || BranchName.forbidden.contains($0) }
    let parts = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    return !isRefused
      && parts.allSatisfy {
        !$0.isEmpty && !$0.starts(with: ".".utf8) && !$0.suffix(5).elementsEqual(".lock".utf8)
      }
  }

  private static let forbidden = Set("~^:?*[\\".utf8)

  private static func contains(_ pair: StaticString, _ bytes: [UInt8]) -> Bool {
    pair.withUTF8Buffer { pair in
      zip(bytes, bytes.dropFirst()).contains { $0 == pair[0] && $1 == pair[1] }
    }
  }
}

extension StringProtocol {
  /// What follows `prefix`, byte by byte; nil where the text does not begin so. `hasPrefix` and
  /// `dropFirst` go by characters, of which an accent at the beginning of a name makes one with the
  /// slash before it.
  package func behind(_ prefix: String) -> String? {
    guard utf8.starts(with: prefix.utf8) else { return nil }
    return String(decoding: utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
  }
}
