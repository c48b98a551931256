extension Table {
  /// How few characters a cut column keeps.
  private static let least = 12

  /// The table cut to the terminal's columns, what is left out shown as `…`: the last column first,
  /// then the widest ones. What goes to a file or a pipe stays whole.
  package func fitted() -> Table {
    Terminal.outputIsTerminal ? fitted(to: Terminal.columns()) : self
  }

  /// The table cut to so many columns, as far as that can be.
  package func fitted(to columns: Int) -> Table {
    let lines = ([header] + rows).map { $0.map(\.masked) }
    var widths = header.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    let last = widths.count - 1
    func excess() -> Int { widths.reduce(0, +) + 2 * last - columns }
    guard last >= 0, excess() > 0 else { return self }
    widths[last] = max(min(widths[last], Table.least), widths[last] - excess())
    while excess() > 0, let widest = widths.indices.max(by: { widths[$0] < widths[$1] }),
      widths[widest] > max(Table.least, header[widest].count)
    {
      widths[widest] -= 1
    }
    return Table(
      header: header,
      rows: lines.dropFirst().map { cells in
        zip(cells, widths).map { cell, width in
          cell.count > width ? "\(cell.prefix(width - 1))…" : cell
        }
      })
  }
}
