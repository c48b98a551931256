extension Table {
  /// The table with its last column cut where the terminal ends; what goes to a file or a pipe stays
  /// whole.
  package func fitted() -> Table {
    guard Terminal.outputIsTerminal else { return self }
    let widths = header.indices.dropLast().map { column in
      ([header] + rows).map { $0[column].count }.max() ?? 0
    }
    let room = max(12, Terminal.columns() - widths.reduce(0) { $0 + $1 + 2 })
    return Table(
      header: header,
      rows: rows.map { row in
        var row = row
        if let last = row.last, last.count > room {
          row[row.count - 1] = last.prefix(room - 1) + "…"
        }
        return row
      })
  }
}
