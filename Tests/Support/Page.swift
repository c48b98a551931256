package import SystemPackage

/// What the source of a manual page (mdoc(7)) says.
package struct Page {
  private let lines: [Substring]

  /// - Parameter file: its path from the root of the tree.
  package init(_ file: FilePath) throws {
    lines = try SourceTree.text(of: file).split(separator: "\n")
  }

  /// The text of `.Nd`.
  package var summary: String {
    lines.first { $0.hasPrefix(".Nd ") }.map { String($0.dropFirst(4)) } ?? ""
  }

  /// The names of its sections, in their order.
  package var sections: [String] {
    lines.filter { $0.hasPrefix(".Sh ") }.map { String($0.dropFirst(4)) }
  }

  /// The titles of its subsections, each followed by the verbs that a list in it explains.
  package var groups: [String] {
    lines.compactMap { line in
      if line.hasPrefix(".Ss ") { return String(line.dropFirst(4)) }
      return line.hasPrefix(".It Cm ") ? String(line.dropFirst(7)) : nil
    }
  }

  /// The options its lists explain: `-q`, `--json`; `.It Fl q , -quiet` explains two.
  package var options: Set<String> {
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

  /// The numbers that its section on exit statuses explains.
  package var statuses: [Int] {
    guard let start = lines.firstIndex(of: ".Sh EXIT STATUS") else { return [] }
    return lines[start...].dropFirst().prefix { !$0.hasPrefix(".Sh ") }
      .filter { $0.hasPrefix(".It ") }
      .flatMap { $0.split(separator: " ").compactMap { Int($0) } }
  }

  /// The pages it refers to: `piko-cli.7`.
  package var references: [String] {
    lines.filter { $0.hasPrefix(".Xr ") }.compactMap { line in
      let words = line.split(separator: " ")
      return words.count >= 3 ? "\(words[1]).\(words[2])" : nil
    }
  }

  /// A command that the page shows after a `$`, and what it shows of the answer.
  package struct Example: Sendable, Equatable, CustomStringConvertible {
    /// The section it stands in, or the subsection.
    package let section: String
    /// The command as it is typed; its lines end where the page's do.
    package fileprivate(set) var command: String
    /// The lines below it, in a display.
    package fileprivate(set) var shown: [String] = []

    package var description: String { command }
  }

  /// The commands that it shows, in their order.
  package var examples: [Example] {
    var found: [Example] = []
    var section = ""
    var inDisplay = false
    // Where the display at hand began.
    var before = 0
    for line in lines {
      if line.hasPrefix(".Sh ") || line.hasPrefix(".Ss ") { section = String(line.dropFirst(4)) }
      if line.hasPrefix(".Bd -literal") || line == ".Ed" {
        inDisplay = line != ".Ed"
        before = found.count
      } else if let command = line.after(inDisplay ? "$ " : ".Dl $ ") {
        found.append(Example(section: section, command: Page.plain(command)))
      } else if inDisplay, found.count > before, let last = found.indices.last {
        if found[last].shown.isEmpty, let more = line.after("> ") {
          found[last].command += "\n\(Page.plain(more))"
        } else if found[last].shown.isEmpty, found[last].command.hasSuffix("|") {
          found[last].command += "\n\(Page.plain(line))"
        } else {
          found[last].shown.append(Page.plain(line))
        }
      }
    }
    return found
  }

  /// The displays of a section that show no command: files, or parts of such.
  package func texts(in section: String) -> [String] {
    var found: [String] = []
    var current = ""
    var display: [String]?
    for line in lines {
      if line.hasPrefix(".Sh ") { current = String(line.dropFirst(4)) }
      if line.hasPrefix(".Bd -literal") {
        display = []
      } else if line == ".Ed" {
        if let display, current == section, !display.contains(where: { $0.hasPrefix("$ ") }) {
          found.append(display.joined(separator: "\n"))
        }
        display = nil
      } else {
        display?.append(Page.plain(line))
      }
    }
    return found
  }

  /// A line without mdoc's escapes.
  private static func plain(_ line: Substring) -> String {
    let names = ["dq": "\"", "aq": "'", "ga": "`", "ti": "~", "ha": "^"]
    var text = String(line)
    for (name, character) in names { text = text.replacing("\\(\(name)", with: character) }
    return text.replacing("\\&", with: "").replacing("\\-", with: "-").replacing("\\e", with: "\\")
  }
}

extension Substring {
  fileprivate func after(_ start: String) -> Substring? {
    hasPrefix(start) ? dropFirst(start.count) : nil
  }
}
