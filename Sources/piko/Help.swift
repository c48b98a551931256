#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The texts of `piko -h` and `piko help`.
enum Help {
  static let usage = "piko [-C DIRECTORY] VERB [ARGUMENT]..."

  static let short = """
    usage: \(usage)
       or: piko help [VERB]
       or: piko --list | --version

    'piko help' shows the verbs, 'piko help VERB' the manual of one,
    'piko VERB -h' its options.

    """

  /// The verbs by group with their summaries, then those that came from elsewhere.
  static func overview(of programs: Programs) -> String {
    let known = programs.commandsFile.map { commands(in: $0) } ?? []
    let strangers = programs.verbs().filter { verb in !known.contains { $0.verb == verb } }
    let width = (known.map(\.verb.count) + strangers.map(\.count)).max() ?? 0
    var text = "usage: \(usage)\n"
    var group = ""
    for command in known {
      if command.group != group {
        group = command.group
        text += "\n\(group)\n"
      }
      let gap = String(repeating: " ", count: width - command.verb.count + 3)
      text += "   \(command.verb)\(gap)\(command.summary)\n"
    }
    if !strangers.isEmpty {
      text += "\nfrom elsewhere on PATH\n"
      for verb in strangers { text += "   \(verb)\n" }
    }
    return text + """

      'piko help VERB' shows the manual of one, 'piko VERB -h' its options.
      'piko help tutorial' is a first project; cli, isolation and makefiles are pages too.

      """
  }

  private struct Entry {
    let verb: String
    let group: String
    let summary: String
  }

  /// The lines of `share/piko/commands`: verb, group and summary between tabs.
  private static func commands(in file: String) -> [Entry] {
    contents(of: file).split(separator: "\n").compactMap { line in
      let columns = line.split(separator: "\t", omittingEmptySubsequences: true)
      guard !line.hasPrefix("#"), columns.count == 3 else { return nil }
      return Entry(
        verb: String(columns[0]), group: String(columns[1]), summary: String(columns[2]))
    }
  }

  private static func contents(of path: String) -> String {
    guard let file = fopen(path, "r") else { return "" }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      guard count > 0 else { break }
      bytes += buffer[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
