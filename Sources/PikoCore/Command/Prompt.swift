/// Questions to the user, asked only where ``Terminal/canPrompt``.
package enum Prompt {
  /// Asks a question whose answer is no unless `y` or `yes` is typed.
  package static func confirm(_ question: String) -> Bool {
    Output.report("\(question) [y/N] ")
    guard let answer = readLine() else {
      Output.report("\n")
      return false
    }
    return ["y", "yes"].contains(answer.lowercased())
  }
}
