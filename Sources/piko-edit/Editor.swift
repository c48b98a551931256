import PikoConfig
import PikoCore
import SystemPackage

/// The user's editor: the configured one, else `VISUAL`, `EDITOR`, cursor or code.
struct Editor {
  private let words: [String]

  /// - Throws: status 128 where there is none, or its command cannot be read.
  static func find() throws(Failure) -> Editor {
    let written =
      try UserConfiguration.load().editor ?? ProcessEnvironment.value("VISUAL")
      ?? ProcessEnvironment.value("EDITOR")
    if let written {
      // A path with blanks is taken whole where that is a program.
      let isPath = written.contains("/") && Program(written).exists
      return Editor(words: isPath ? [written] : try CommandWords.split(written))
    }
    if let found = ["cursor", "code"].first(where: { Program($0).exists }) {
      return Editor(words: [found])
    }
    throw Failure(
      "no editor was found",
      hint: "to name one, set 'editor:' in \(Paths.display(try Paths.userConfiguration()).quoted) "
        + "or run 'export EDITOR=vi'", status: .cannotStart)
  }

  /// Replaces this process by the editor.
  func become(
    opening path: FilePath, in directory: FilePath, environment: ChildEnvironment
  ) throws(Failure) -> Never {
    try Program(words.first ?? "").become(
      words.dropFirst() + [path.string], in: directory, environment: environment)
  }
}
