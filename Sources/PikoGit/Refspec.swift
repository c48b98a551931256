/// One fetch refspec of a remote (gitglossary(7), "refspec").
struct Refspec: Sendable, Equatable {
  private let source: String
  /// nil where it excludes what it matches, or maps it to nothing.
  let destination: String?
  private let isNegative: Bool

  init?(_ text: String) {
    isNegative = text.hasPrefix("^")
    let body = text.hasPrefix("+") || text.hasPrefix("^") ? text.dropFirst() : text[...]
    let sides = body.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = sides.first, !first.isEmpty else { return nil }
    source = String(first)
    destination = sides.count == 2 && !sides[1].isEmpty ? String(sides[1]) : nil
  }

  /// Where `specs` put the remote's reference `name` here; nil where they do not fetch it.
  static func destination(of name: String, in specs: [Refspec]) -> String? {
    if specs.contains(where: { $0.isNegative && $0.match(name, $0.source) != nil }) { return nil }
    return specs.lazy.compactMap { $0.map(name, from: $0.source, to: $0.destination) }.first
  }

  /// The remote's reference that `specs` put at `name` here.
  static func source(of name: String, in specs: [Refspec]) -> String? {
    let found = specs.lazy.compactMap { spec in
      spec.destination.flatMap { spec.map(name, from: $0, to: spec.source) }
    }.first
    guard let found, destination(of: found, in: specs) != nil else { return nil }
    return found
  }

  private func map(_ name: String, from pattern: String, to result: String?) -> String? {
    guard !isNegative, let result, let part = match(name, pattern) else { return nil }
    guard let star = result.firstIndex(of: "*") else { return result }
    return String(result[..<star] + part + result[result.index(after: star)...])
  }

  /// What the pattern's `*` stands for; empty for an exact match, nil for none.
  private func match(_ name: String, _ pattern: String) -> Substring? {
    guard let star = pattern.firstIndex(of: "*") else { return name == pattern ? "" : nil }
    let (head, tail) = (pattern[..<star], pattern[pattern.index(after: star)...])
    guard name.hasPrefix(head), name.hasSuffix(tail), name.count >= head.count + tail.count else {
      return nil
    }
    return name.dropFirst(head.count).dropLast(tail.count)
  }
}
