import Support
import SystemPackage

/// What the source of a manual page (mdoc(7)) says.
struct Page {
  private let lines: [Substring]

  init(_ file: FilePath) throws { lines = try SourceTree.text(of: file).split(separator: "\n") }

  /// The text of `.Nd`.
  var summary: String {
    lines.first { $0.hasPrefix(".Nd ") }.map { String($0.dropFirst(4)) } ?? ""
  }

  /// The names of its sections, in their order.
  var sections: [String] {
    lines.filter { $0.hasPrefix(".Sh ") }.map { String($0.dropFirst(4)) }
  }

  /// The titles of its subsections, each followed by the verbs that a list in it explains.
  var groups: [String] {
    lines.compactMap { line in
      if line.hasPrefix(".Ss ") { return String(line.dropFirst(4)) }
      return line.hasPrefix(".It Cm ") ? String(line.dropFirst(7)) : nil
    }
  }

  /// The options its lists explain: `-q`, `--json`; `.It Fl q , -quiet` explains two.
  var options: Set<String> {
    var found: Set<String> = []
    for line in lines where line.hasPrefix(".It Fl ") {
      let words = line.split(separator: " ")
      for (word, next) in zip(words, words.dropFirst())
      where word == "Fl" || (word == "," && next.hasPrefix("-")) {
        found.insert("-\(next)")
      }
    }
    return found
  }

  /// The pages it refers to: `piko-cli.7`.
  var references: [String] {
    lines.filter { $0.hasPrefix(".Xr ") }.compactMap { line in
      let words = line.split(separator: " ")
      return words.count >= 3 ? "\(words[1]).\(words[2])" : nil
    }
  }
}
