/// An environment's name: 1 to 48 of `a-z 0-9 -`, starting with a letter or a digit. It is part of
/// a path, a Compose project, a network and a session, and valid in all of them.
package struct EnvironmentName: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The greatest length; longer branches are cut and told apart by a hash.
  package static let maximumLength = 48

  package let text: String

  /// The name that `branch` (or whatever was typed) normalises to: lower-cased, every other run of
  /// characters one `-`; over 48 characters the first 41, `-` and 6 hex digits of a hash.
  ///
  /// - Throws: where nothing of it remains, as for `///`.
  package init(normalizing branch: String) throws(Failure) {
    guard let slug = Slug.make(branch, atMost: Self.maximumLength) else {
      throw Failure(
        "cannot make an environment name of \(branch.quoted): it has no letter or digit",
        hint: "name it yourself: 'piko create NAME --branch BRANCH'", status: .usage)
    }
    text = slug
  }

  /// A name that is one already, as the database gives it.
  package init(stored text: String) { self.text = text }

  package var description: String { text }
  package static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}

/// Text made fit for names of projects and environments.
package enum Slug {
  /// `text` lower-cased, with every run of characters other than `a-z 0-9` as one `-`, none at the
  /// ends; nil where nothing remains.
  package static func make(_ text: String, atMost maximum: Int) -> String? {
    var slug = ""
    for scalar in text.lowercased().unicodeScalars {
      switch scalar {
      case "a"..."z", "0"..."9": slug.unicodeScalars.append(scalar)
      default: if !slug.isEmpty, slug.last != "-" { slug += "-" }
      }
    }
    if slug.last == "-" { slug.removeLast() }
    guard !slug.isEmpty else { return nil }
    guard slug.count > maximum else { return slug }
    let kept = slug.prefix(maximum - 7)
    return "\(kept)-\(hexDigits(of: text))"
  }

  /// Six hex digits of the text's hash.
  private static func hexDigits(of text: String) -> String {
    let digits = String(FNV1a.hash(text) & 0xFFFFFF, radix: 16)
    return String(repeating: "0", count: 6 - digits.count) + digits
  }
}
