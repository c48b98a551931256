import SystemPackage
import Testing

@testable import PikoCore

struct QuotingTests {
  /// What a hint shows can be typed: a shell reads it as what was meant, and nothing in it moves the
  /// cursor.
  @Test(arguments: ["bash", "zsh"])
  func aWordOfAHintIsReadAsItWas(shell: String) throws {
    for word in [
      "plain", "two words", "it's", "$HOME `id` $(id)", "~root", "a\\b", "line\nline", "tab\tend",
      "it's\n\\ both", "\u{1B}[2Jé", "next\u{85}line\u{7F}", "zero width\u{200B}", "*?[a]", "ü/😀",
    ] {
      let shown = Quoting.word(word)
      #expect(shown == shown.masked, "\(shown)")
      let read = try Program(shell).run(["-c", "printf '%s.' \(shown)"])
      #expect(read.text == "\(word).", "\(shown)")
      let path = Paths.argument(FilePath("/a/\(word)"))
      #expect(try Program(shell).run(["-c", "printf '%s.' \(path)"]).text == "/a/\(word).")
    }
  }
}
