import PikoCore
import SystemPackage

/// What Compose wrote to standard error, sorted into warnings and the rest.
package struct ComposeMessages: Sendable, Equatable {
  /// The texts of its `level=warning` lines.
  package let warnings: [String]
  /// All other lines but progress, log decoration taken off.
  package let lines: [String]

  package init(_ text: String) {
    var warnings: [String] = []
    var lines: [String] = []
    for line in text.split(whereSeparator: \.isNewline).map(String.init) {
      let entry = LogLine(line)
      if let entry, entry.level == "warning" {
        if !warnings.contains(entry.message) { warnings.append(entry.message) }
      } else {
        let message = entry?.message ?? line
        if !ComposeMessages.isProgress(message) { lines.append(message) }
      }
    }
    self.warnings = warnings
    self.lines = lines
  }

  /// The failure of `purpose`: Compose's words after a colon where they are one line, else below.
  func failure(_ purpose: String) -> Failure {
    guard let only = lines.first, lines.count == 1 else {
      return Failure(purpose, detail: lines.joined(separator: "\n"))
    }
    return Failure("\(purpose): \(ComposeMessages.trimmed(only))")
  }

  /// The last words of the build step that failed, from what Compose wrote to standard output: BuildKit
  /// repeats them at the end between two rules, below the step with its service.
  static func failedBuild(in text: String) -> [String] {
    let lines = text.split(whereSeparator: \.isNewline)
    guard let end = lines.lastIndex(of: "------"),
      let start = lines[..<end].lastIndex(of: "------")
    else { return [] }
    return lines[lines.index(after: start)..<end].map(String.init)
  }

  /// The failure of reading the project's files, with what to do about a file that is missing.
  func configFailure(worktree: FilePath, root: FilePath, files: [FilePath]) -> Failure {
    let names = files.map { file in
      (file.starts(with: worktree)
        ? FilePath(root: nil, file.components.dropFirst(worktree.components.count)).string
        : Paths.display(file)).quoted
    }
    let plain = failure(
      "cannot read compose file\(files.count == 1 ? "" : "s") \(names.joined(separator: ", "))")
    let identity = Identity(
      project: "", environment: "", root: root, worktree: worktree, composeProject: "")
    guard let line = lines.last, let missing = ComposeMessages.missingFile(in: line) else {
      return hinting(plain, files, identity)
    }
    let path = missing.path.lexicallyNormalized()
    if let relative = identity.relative(path) {
      let isMain = worktree == root
      let text =
        "cannot read the compose files: \(missing.what) \(relative.quoted) is missing in the "
        + (isMain ? "main checkout" : "worktree")
      let inRoot = root.appending(relative)
      guard !isMain else { return Failure(text) }
      guard Files.kind(inRoot) == nil else {
        return Failure(text, hint: FilesRule.hint(toCopy: relative, as: identity, Files.facts))
      }
      return Failure(
        "\(text), and in the main checkout too",
        hints: [
          "to begin with an empty one there, run 'touch \(Paths.argument(inRoot))'",
          FilesRule.hint(toCopy: relative, as: identity, Files.facts),
        ])
    }
    let fromRoot = identity.asFromRoot(path)
    guard Files.kind(fromRoot) != nil else { return plain }
    return Failure(
      "cannot read the compose files: \(missing.what) \(Paths.display(fromRoot).quoted) is named "
        + "by a relative path that leaves the worktree, where it leads to "
        + "\(Paths.display(path).quoted)",
      hint: "name it by an absolute path, or keep it in the repository")
  }

  /// Whether Compose misses what a checkout may have elsewhere, or later: a file, or the value of a
  /// variable.
  var missesSomething: Bool {
    lines.contains {
      ComposeMessages.missingFile(in: $0) != nil || $0.contains(" is missing a value")
    }
  }

  /// With what brings the `.env` that the main checkout has and the worktree has not, where Compose
  /// wants a variable that may be in it.
  private func hinting(_ failure: Failure, _ files: [FilePath], _ identity: Identity) -> Failure {
    guard lines.last?.contains("required variable ") == true,
      identity.worktree != identity.root,
      let directory = files.first?.removingLastComponent(),
      let path = identity.relative(directory.appending(".env")),
      Files.kind(identity.worktree.appending(path)) == nil,
      Files.kind(identity.root.appending(path)) != nil
    else { return failure }
    return failure.hinting(FilesRule.hint(toCopy: path, as: identity, Files.facts))
  }

  /// The file that Compose could not find, from the one place where its wording is read: nothing
  /// else in its answer names the file.
  private static func missingFile(in line: String) -> (what: String, path: FilePath)? {
    if let rest = line.suffix(after: "env file "), let end = rest.firstRange(of: " not found") {
      return ("env file", FilePath(String(rest[..<end.lowerBound])))
    }
    guard line.hasSuffix(": no such file or directory") else { return nil }
    for call in ["open /", "stat /"] {
      guard let start = line.firstRange(of: call) else { continue }
      let path = line[line.index(before: start.upperBound)...]
        .dropLast(": no such file or directory".count)
      return ("file", FilePath(String(path)))
    }
    return nil
  }

  private static func isProgress(_ line: String) -> Bool {
    let words = line.split(separator: " ")
    guard words.count >= 3, line.hasPrefix(" ") else { return false }
    return ["Container", "Network", "Volume", "Image", "Service"].contains(words[0])
      && !["Error", "Warning"].contains(words[2])
  }

  private static func trimmed(_ line: String) -> String {
    var text = line[...]
    while text.first == " " { text = text.dropFirst() }
    while let last = text.last, last == " " || last == "." { text = text.dropLast() }
    return String(text)
  }
}

/// A line of Compose's log: `time="…" level=warning msg="…"`.
private struct LogLine {
  let level: String
  let message: String

  init?(_ line: String) {
    guard line.hasPrefix("time="), let level = line.firstRange(of: " level="),
      let message = line.firstRange(of: " msg=")
    else { return nil }
    self.level = String(line[level.upperBound...].prefix { $0 != " " })
    self.message = LogLine.unquoted(String(line[message.upperBound...]))
  }

  private static func unquoted(_ text: String) -> String {
    guard text.hasPrefix("\""), text.hasSuffix("\""), text.count > 1 else { return text }
    var result = ""
    var isEscaped = false
    for character in text.dropFirst().dropLast() {
      if isEscaped {
        result.append(character == "n" ? "\n" : character == "t" ? "\t" : character)
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else {
        result.append(character)
      }
    }
    return result
  }
}
