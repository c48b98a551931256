import PikoConfig
import PikoCore

/// The command that shows a URL.
struct Browser {
  private let words: [String]

  /// The configured one, else the first of `BROWSER` that is there, else the desktop's; nil where
  /// there is none.
  static func find() throws -> Browser? {
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
  func become(showing url: String) throws(Failure) -> Never {
    var arguments = words.dropFirst().map { $0.replacing("%s", with: url) }
    if !words.contains(where: { $0.contains("%s") }) { arguments.append(url) }
    try Program(words.first ?? "").become(Array(arguments), environment: .inherited())
  }
}
