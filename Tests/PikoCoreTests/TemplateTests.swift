import PikoCore
import Testing

@Suite struct TemplateTests {
  @Test func splitsTextAndVariables() throws {
    #expect(
      try Template("a${B}c$$d${_E1}${B}").parts == [
        .literal("a"), .variable("B"), .literal("c$d"), .variable("_E1"), .variable("B"),
      ])
    #expect(try Template("a${B}c$$d${_E1}${B}").variables == ["B", "_E1", "B"])
    #expect(try Template("").parts.isEmpty)
    #expect(try Template("plain é\n{}").parts == [.literal("plain é\n{}")])
    #expect(try Template("$${B}").parts == [.literal("${B}")])
    #expect(try Template("$$$$${B}").parts == [.literal("$$"), .variable("B")])
  }

  @Test(arguments: [
    ("$B", "'$B' needs braces", "${B}"), ("a$B-c", "'$B' needs braces", "${B}"),
    ("$", "a dollar stands alone", "$$"), ("5$ ", "a dollar stands alone", "$$"),
    ("$(id)", "a dollar stands alone", "$$"), ("$1", "a dollar stands alone", "$$"),
    ("${B", "'${' has no '}'", "${NAME}"), ("${}", "'${}' names no variable", "${NAME}"),
    ("${1}", "'${1}' names no variable", "${NAME}"),
    ("${A:-b}", "'${A:-b}' names no variable", "${NAME}"),
    ("${a\nb}", "'${a\\nb}' names no variable", "${NAME}"),
    ("$$$", "a dollar stands alone", "$$"),
  ])
  func refusesEveryOtherDollar(_ text: String, _ reason: String, _ correction: String) {
    #expect(throws: Template.Mistake(reason: reason, correction: correction)) {
      try Template(text)
    }
  }

  @Test func aLongMistakeIsCut() {
    let shown = "${" + String(repeating: "-", count: 40) + "…}"
    let mistake = Template.Mistake(reason: "'\(shown)' names no variable", correction: "${NAME}")
    #expect(throws: mistake) { try Template("${" + String(repeating: "-", count: 5_000) + "}") }
  }

  @Test func knowsTheNamesOfVariables() {
    for name in ["A", "_", "a1", "PIKO_DB_PORT"] { #expect(Template.isVariableName(name)) }
    for name in ["", "1A", "A-B", "é", "A ", "A\n"] { #expect(!Template.isVariableName(name)) }
  }
}
