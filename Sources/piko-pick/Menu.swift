import PikoCore

/// A numbered list and a question, for where there is no fzf.
struct Menu {
  private let table: Table

  init(_ table: Table) { self.table = table }

  /// Asks until a number or a name is typed.
  ///
  /// - Returns: the row's first cell.
  /// - Throws: status 130 where nothing is chosen: after an empty line, escape, or the end of the
  ///   input.
  func choose() throws -> String {
    let numbered = Table(
      header: [" "] + table.header, rows: table.rows.enumerated().map { ["\($0 + 1)"] + $1 })
    for line in numbered.text.split(separator: "\n") {
      Output.narrate(String(line.prefix(Terminal.columns())))
    }
    while true {
      Output.report("number or name: ")
      guard let typed = readLine(), !typed.isEmpty, !typed.hasPrefix("\u{1B}") else {
        throw Finished(.signal(2))
      }
      let names = table.rows.map { $0[0] }
      if let number = Int(typed), names.indices.contains(number - 1) { return names[number - 1] }
      if names.contains(typed) { return typed }
      Output.narrate("there is no \(typed.quoted)")
    }
  }
}
