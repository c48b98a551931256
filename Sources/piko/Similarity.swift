/// How alike two words are, for the suggestion after a mistyped verb.
enum Similarity {
  /// The words nearest to `word`, in their order; none where even the nearest is another word.
  static func closest(to word: String, among words: [String]) -> [String] {
    let typed = Array(word)
    let measured = words.map { (word: $0, edits: distance(typed, Array($0))) }
    guard let least = measured.map(\.edits).min() else { return [] }
    return measured.filter { candidate in
      // Where half of the letters are wrong, nothing is left of what was typed.
      candidate.edits == least && least * 2 < max(typed.count, candidate.word.count)
    }.map(\.word)
  }

  /// How many letters to insert, drop, replace or swap with their neighbour to turn one word into
  /// the other (Damerau and Levenshtein's distance, each pair swapped once at most).
  private static func distance(_ left: [Character], _ right: [Character]) -> Int {
    var before: [Int] = []
    var above = Array(0...right.count)
    for row in left.indices {
      var line = [row + 1]
      for column in right.indices {
        let replaced = above[column] + (left[row] == right[column] ? 0 : 1)
        var best = min(replaced, above[column + 1] + 1, line[column] + 1)
        if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
          best = min(best, before[column - 1] + 1)
        }
        line.append(best)
      }
      (before, above) = (above, line)
    }
    return above[right.count]
  }
}
