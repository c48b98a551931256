/// What a program said and how it ended, with the paths of the run replaced by `<root>` and `<bin>`.
package struct Transcript: Sendable, Equatable {
  package let stdout: String
  package let stderr: String
  package let status: Int32

  package init(stdout: String, stderr: String, status: Int32) {
    self.stdout = stdout
    self.stderr = stderr
    self.status = status
  }

  /// All three in one text: the lines of standard output after `1|`, those of standard error after
  /// `2|`, then the status.
  ///
  /// ```
  /// 2| error: 'crate' is not a piko command
  /// status 1
  /// ```
  package var text: String {
    Transcript.marked(stdout, "1|") + Transcript.marked(stderr, "2|") + "status \(status)"
  }

  private static func marked(_ text: String, _ mark: String) -> String {
    guard !text.isEmpty else { return "" }
    let ended = text.hasSuffix("\n")
    let lines = (ended ? text.dropLast() : text[...]).split(
      separator: "\n", omittingEmptySubsequences: false)
    return lines.map { $0.isEmpty ? "\(mark)\n" : "\(mark) \($0)\n" }.joined()
      + (ended ? "" : "\(mark) (no newline)\n")
  }
}

extension Transcript: CustomStringConvertible {
  package var description: String { text }
}
