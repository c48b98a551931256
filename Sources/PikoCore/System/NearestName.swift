/// The known name that a mistyped one was probably meant to be (after git's help.c).
package enum NearestName {
  /// The most similar of `names`; nil where none is similar enough to be worth suggesting.
  ///
  /// Letter case is overlooked. One mistake in three characters is the limit; a name that begins
  /// with what was typed counts as one mistake away, one that what was typed begins with is still
  /// within the limit. Of equals the first one is taken.
  package static func of(_ typed: String, among names: some Sequence<String>) -> String? {
    let wanted = Array(typed.lowercased().unicodeScalars)
    guard wanted.count <= maximumLength else { return nil }
    var best: (name: String, mistakes: Int)?
    for name in names {
      let known = Array(name.lowercased().unicodeScalars)
      guard known.count <= maximumLength else { continue }
      let limit = max(1, max(wanted.count, known.count) / 3)
      var mistakes = distance(wanted, known)
      if wanted.count >= 2, known.starts(with: wanted) { mistakes = min(mistakes, 1) }
      if known.count >= 3, wanted.starts(with: known) { mistakes = min(mistakes, limit) }
      guard mistakes <= limit, mistakes < max(wanted.count, known.count) else { continue }
      if mistakes < best?.mistakes ?? .max { best = (name, mistakes) }
    }
    return best?.name
  }

  /// Longer names are not compared: the work grows with the product of the lengths.
  private static let maximumLength = 128

  /// How many insertions, deletions, replacements and swaps of neighbours lead from one to the
  /// other (Damerau and Levenshtein, no part edited twice).
  static func distance(_ from: [Unicode.Scalar], _ to: [Unicode.Scalar]) -> Int {
    guard !from.isEmpty, !to.isEmpty else { return max(from.count, to.count) }
    var beforeLast = [Int](repeating: 0, count: to.count + 1)
    var last = Array(0...to.count)
    for row in 1...from.count {
      var current = [row] + [Int](repeating: 0, count: to.count)
      for column in 1...to.count {
        let same = from[row - 1] == to[column - 1]
        var least = min(last[column] + 1, current[column - 1] + 1)
        least = min(least, last[column - 1] + (same ? 0 : 1))
        if row > 1, column > 1, from[row - 1] == to[column - 2], from[row - 2] == to[column - 1] {
          least = min(least, beforeLast[column - 2] + 1)
        }
        current[column] = least
      }
      (beforeLast, last) = (last, current)
    }
    return last[to.count]
  }
}
