import PikoCore
import Testing

/// Tables that have to fit.
struct TableTests {
  private let table = Table(
    header: ["NAME", "BRANCH", "PORTS"],
    rows: [
      ["short", "b", "web:1"], ["a-name-of-twenty-four-xy", "feature/of-thirty-chars-abcdef", ""],
    ])

  @Test(arguments: [20, 38, 45, 60, 64])
  func isCutToTheColumns(columns: Int) {
    let lines = table.fitted(to: columns).text.split(separator: "\n")
    // No column gets narrower than twelve.
    #expect(lines.allSatisfy { $0.count <= max(columns, 33) }, "\(lines)")
    #expect(lines.count == 3 && lines[0].hasPrefix("NAME") && lines[1].hasSuffix("web:1"))
  }

  @Test func cutsTheWidestFirst() {
    let lines = table.fitted(to: 60).text.split(separator: "\n")
    #expect(lines[2] == "a-name-of-twenty-four-xy  feature/of-thirty-chars-ab…")
  }

  @Test func whatFitsStaysWhole() {
    #expect(table.fitted(to: 80).text == table.text)
    #expect(Table(header: ["A"], rows: []).fitted(to: 1).text == "A\n")
  }
}
