import PikoConfig
import PikoCore
import SystemPackage
import Testing

@Suite struct DerivedVariableTests {
  private let known = ["PIKO_DB_PORT": "10132", "PIKO_WEB_PORT": "10100", "PIKO_ROOT": "/a b"]

  private func resolve(_ env: String) throws -> [(name: String, value: String)] {
    let text = "env:\n" + env.split(separator: "\n").map { "  \($0)\n" }.joined()
    let read = try ProjectConfiguration(parsing: Array(text.utf8), from: ".piko.yml")
    return try DerivedVariable.resolve(read.environment, over: known)
  }

  private func failure(_ env: String) throws -> Failure {
    let failure = try #require(throws: Failure.self) { try resolve(env) }
    #expect(failure.status == .cannotStart)
    return failure
  }

  @Test func namesEachOtherInAnyOrder() throws {
    let values = try resolve(
      """
      URL: "http://${HOST}/${PIKO_ROOT}?price=5$$"
      HOST: localhost:${PIKO_WEB_PORT}
      PLAIN: $$
      DB: ${PIKO_DB_PORT}${PIKO_DB_PORT}
      """)
    #expect(values.map(\.name) == ["URL", "HOST", "PLAIN", "DB"])
    #expect(
      values.map(\.value) == [
        "http://localhost:10100//a b?price=5$", "localhost:10100", "$", "1013210132",
      ])
  }

  @Test func aValueIsNotReadAgain() throws {
    let read = try ProjectConfiguration(
      parsing: Array("env: {A: '${PIKO_BRANCH}'}".utf8), from: "f")
    let values = try DerivedVariable.resolve(
      read.environment, over: ["PIKO_BRANCH": "${PIKO_BRANCH}$(id)"])
    #expect(values.map(\.value) == ["${PIKO_BRANCH}$(id)"])
  }

  @Test func refusesAnUnknownName() throws {
    let near = try failure("A: x\nB: ${PIKO_BD_PORT}")
    #expect(
      near.message == ".piko.yml:3:6: the variable 'B' names an unknown one, 'PIKO_BD_PORT'")
    #expect(near.hints == ["the most similar variable is 'PIKO_DB_PORT'"])
    let far = try failure("A: ${HOME}")
    #expect(far.hints == ["the known ones are 'PIKO_DB_PORT', 'PIKO_ROOT', 'PIKO_WEB_PORT'"])
    let own = try failure("FIRST: x\nOTHER: ${FIRTS}")
    #expect(own.hints == ["the most similar variable is 'FIRST'"])
  }

  @Test func refusesACycle() throws {
    #expect(
      try failure("A: x${A}").message == ".piko.yml:2:6: the variable 'A' depends on itself")
    #expect(
      try failure("Z: ${A}\nA: ${B}\nB: ${C}\nC: ${A}").message
        == ".piko.yml:3:6: the variable 'A' depends on itself through 'B', 'C'")
  }

  @Test func refusesToGrowBeyondMeasure() throws {
    var env = "V0: xxxxxxxxxx\n"
    for level in 1...60 { env += "V\(level): ${V\(level - 1)}${V\(level - 1)}\n" }
    #expect(
      try failure(env).message == ".piko.yml:16:8: the variable 'V14' is longer than 100000 bytes")
  }

  @Test func aLongChainNeedsNoStack() throws {
    var env = ""
    for link in 0..<4_000 { env += "V\(link): ${V\(link + 1)}\n" }
    #expect(try resolve(env + "V4000: end").first?.value == "end")
  }
}
