import PikoConfig
package import PikoCore

/// The command that shows a URL.
package struct Browser {
  private let words: [String]

  /// The configured one, else the first of `BROWSER` that is there, else the desktop's; nil where
  /// there is none.
  package static func find() throws -> Browser? {
    if let configured = try UserConfiguration.load().browser {
      return Browser(words: try CommandWords.split(configured))
    }
    // A list with colons between, as xdg-open(1) and others read it.
    for command in (ProcessEnvironment.value("BROWSER") ?? "").split(separator: ":") {
      let words = try CommandWords.split(String(command))
      if let program = words.first, Program(program).exists { return Browser(words: words) }
    }
    #if canImport(Glibc)
      let desktop = "xdg-open"
    #else
      let desktop = "open"
    #endif
    return Program(desktop).exists ? Browser(words: [desktop]) : nil
  }

  /// Replaces this process by the browser; the URL stands for `%s`, else it is the last argument.
  package func become(showing url: String) throws(Failure) -> Never {
    try Program(words.first ?? "").become(arguments(showing: url), environment: .inherited())
  }

  /// Starts the browser beside this process.
  ///
  /// - Throws: where it fails at once, with its own words.
  package func start(showing url: String) throws(Failure) {
    let program = words.first ?? ""
    let ended = try Program(program).detach(
      arguments(showing: url), environment: .inherited(), patience: .seconds(2))
    if let ended, !ended.succeeded {
      throw Failure("browser \(program.quoted) failed", detail: ended.errors)
    }
  }

  private func arguments(showing url: String) -> [String] {
    let arguments = words.dropFirst().map { $0.replacing("%s", with: url) }
    return words.contains { $0.contains("%s") } ? arguments : arguments + [url]
  }
}
