package import SystemPackage

/// Whose session it is: written into an option of the session, so that a session of the user's which
/// happens to have an environment's name is told apart from the environment's.
package struct SessionMark: Sendable, Hashable {
  package let environment: EnvironmentName
  package let root: FilePath

  package init(environment: EnvironmentName, root: FilePath) {
    self.environment = environment
    self.root = root
  }

  /// The environment's name, a blank, and the root with every byte as `%XX` that could end a line or
  /// a column.
  package var text: String {
    "\(environment) \(MarkWord.written(root.string))"
  }

  /// Reads what ``text`` wrote; nil where it is none.
  package init?(_ text: String) {
    guard let blank = text.firstIndex(of: " "), blank != text.startIndex else { return nil }
    guard let root = MarkWord.read(text[blank...].dropFirst()) else { return nil }
    environment = EnvironmentName(stored: String(text[..<blank]))
    self.root = FilePath(root)
  }
}
