import PikoConfig
import PikoCore
import SystemPackage
import Testing

@Suite struct YAMLTests {
  private func yaml(_ text: String, for purpose: YAML.Purpose = .configuration) throws -> YAML {
    try YAML(parsing: Array(text.utf8), from: "f.yml", for: purpose)
  }

  private func message(_ bytes: [UInt8]) -> String? {
    do {
      _ = try YAML(parsing: bytes, from: "f.yml")
      return nil
    } catch {
      return error.message
    }
  }

  @Test(arguments: ["", "\n\n", "# nothing yet\n", "\u{FEFF}", "\u{FEFF}# nothing\r\n"])
  func aFileWithoutADocumentHasNoRoot(_ text: String) throws {
    #expect(try yaml(text).root == nil)
  }

  @Test func aDocumentOfNothingIsNothing() throws {
    #expect(try yaml("---\n").root?.isNull == true)
    #expect(try yaml("~\n...\n").root?.isNull == true)
  }

  @Test func placesAreCountedFromOneInCharacters() throws {
    let tree = try yaml("a: 1\n\nb:\n  - x\n  - ключ: y\n    k: 'é'\n")
    #expect(tree.locate(path: ["a"]) == .init(line: 1, column: 1))
    #expect(tree.locate(path: ["b"]) == .init(line: 3, column: 1))
    #expect(tree.locate(path: ["b", "0"]) == .init(line: 4, column: 5))
    #expect(tree.locate(path: ["b", "1", "k"]) == .init(line: 6, column: 5))
    #expect(tree.locate(path: []) == .init(line: 1, column: 1))
    #expect(tree.locate(path: ["b", "2"]) == nil)
    #expect(tree.locate(path: ["a", "x"]) == nil)
    #expect(tree.locate(path: ["c"]) == nil)
  }

  @Test func aByteOrderMarkAndCarriageReturnsMoveNothing() throws {
    let tree = try yaml("\u{FEFF}a: 1\r\nb:\r\n  c: d\r\n")
    #expect(tree.locate(path: ["a"]) == .init(line: 1, column: 1))
    #expect(tree.locate(path: ["b", "c"]) == .init(line: 3, column: 3))
    guard case .mapping(let entries) = tree.root?.content else {
      Issue.record("no mapping")
      return
    }
    #expect(entries[0].value.integer == 1)
  }

  @Test func onlyPlainScalarsAreMoreThanText() throws {
    func scalar(_ text: String) throws -> YAML.Node {
      try #require(try yaml(text).root)
    }
    #expect(try scalar("true").bool == true)
    #expect(try scalar("FALSE").bool == false)
    #expect(try scalar("'true'").bool == nil)
    #expect(try scalar("!!str true").bool == nil)
    for word in ["yes", "on", "y", "True!", "tRUE"] { #expect(try scalar(word).bool == nil) }
    #expect(try scalar("0800").integer == 800)
    #expect(try scalar("-7").integer == -7)
    #expect(try scalar("'7'").integer == nil)
    for word in ["0x1F", "1_000", "1e3", "12:30:45", "+", "٣"] {
      #expect(try scalar(word).integer == nil)
    }
    for word in ["~", "null", "Null", "NULL"] { #expect(try scalar(word).isNull) }
    #expect(try !scalar("''").isNull)
    #expect(try !scalar("'~'").isNull)
  }

  @Test func mergeKeysGiveWhatIsNotGivenItself() throws {
    let tree = try yaml(
      """
      base: &base {a: 1, b: 2}
      more: &more {b: 3, c: 4}
      one: {<<: *base, b: own}
      two:
        <<: [*base, *more]
        d: 5
      """)
    guard case .mapping(let entries) = tree.root?.content,
      case .mapping(let one) = entries[2].value.content,
      case .mapping(let two) = entries[3].value.content
    else {
      Issue.record("no mappings")
      return
    }
    #expect(one.map(\.key) == ["b", "a"])
    #expect(one[0].value.content == .scalar("own", plain: true))
    #expect(two.map(\.key) == ["d", "a", "b", "c"])
    #expect(two[2].value.integer == 2)
    #expect(two[3].position == .init(line: 2, column: 20))
  }

  @Test func aQuotedMergeKeyIsAnOrdinaryOne() throws {
    #expect(try yaml("'<<': 5\n").locate(path: ["<<"]) == .init(line: 1, column: 1))
  }

  @Test func aliasesCannotExpandBeyondMeasure() throws {
    var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1...30 {
      let aliases = [String](repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
      bomb += "a\(level): &a\(level) [\(aliases)]\n"
    }
    #expect(message(Array(bomb.utf8)) == "f.yml:4:45: more than 10000 values, aliases expanded")
    #expect(throws: Failure.self) { try yaml(bomb, for: .places) }
  }

  @Test func mergesCannotExpandBeyondMeasure() {
    var bomb = "m0: &m0 {k: [x, x, x, x, x, x, x, x, x, x]}\n"
    for level in 1...30 {
      bomb += "m\(level): &m\(level)\n"
      for copy in 0..<10 { bomb += "  k\(copy): {<<: *m\(level - 1)}\n" }
    }
    #expect(
      message(Array(bomb.utf8))?.hasSuffix("more than 10000 values, aliases expanded") == true)
  }

  @Test(arguments: ["[", "{a: ", "- "])
  func depthIsBounded(_ opening: String) {
    let text = String(repeating: opening, count: 100_000)
    #expect(message(Array(text.utf8))?.hasSuffix("more than 64 levels deep") == true)
  }

  @Test func saysWhereTheTextIsNotUTF8() {
    #expect(message(Array("a: b\nc: d".utf8) + [0xFF]) == "f.yml:2:5: not UTF-8 text")
    #expect(message([0xC3]) == "f.yml:1:1: not UTF-8 text")
    #expect(message([0xED, 0xA0, 0x80]) == "f.yml:1:1: not UTF-8 text")
    #expect(message([0xFE, 0xFF, 0, 0x61]) == "f.yml:1:1: not UTF-8 text")
    #expect(message([0xFF, 0xFE, 0x61, 0]) == "f.yml:1:1: not UTF-8 text")
  }

  @Test func saysWhereAControlCharacterStands() {
    let reason = "a control character that YAML does not allow"
    #expect(message(Array("a: b\nc: \u{1B}[1m".utf8)) == "f.yml:2:4: \(reason)")
    #expect(message(Array("a: \0".utf8)) == "f.yml:1:4: \(reason)")
  }

  @Test func foreignFilesMayHaveTagsOfTheirOwn() throws {
    let compose = """
      services:
        web:
          ports: !override
            - "80"
          network_mode: host
      x: !reset null
      """
    #expect(throws: Failure.self) { try yaml(compose) }
    let tree = try yaml(compose, for: .places)
    #expect(
      tree.locate(path: ["services", "web", "network_mode"]) == .init(line: 5, column: 5))
    #expect(tree.locate(path: ["services", "web", "ports", "0"]) == .init(line: 4, column: 9))
  }

  @Test func anyBytesEitherReadOrAreRefusedWithAPlace() {
    var source = ByteSource(seed: 0x5EED)
    var (read, refused) = (0, 0)
    for round in 0..<2_000 {
      let bytes = source.document(round)
      do {
        let configuration = try ProjectConfiguration(parsing: bytes, from: "f.yml")
        _ = Approval.needed(for: configuration)
        _ = try? DerivedVariable.resolve(configuration.environment, over: ["PIKO_ROOT": "/"])
        read += 1
      } catch {
        refused += 1
        let lines = bytes.count { $0 == 0x0A || $0 == 0x0D } + 2
        let place = error.message.split(separator: ":")
        #expect(error.message.hasPrefix("f.yml:") && !error.message.contains("\n"))
        #expect(place.count >= 4 && 1...(lines * 3) ~= Int(place[1]) ?? 0 && Int(place[2]) ?? 0 > 0)
        #expect(error.status == .cannotStart)
      }
    }
    #expect(read > 50 && refused > 500)
  }
}

/// Documents from noise to almost right, the same ones for the same seed.
private struct ByteSource {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  private mutating func next(below bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state >> 33) % UInt64(bound))
  }

  mutating func document(_ round: Int) -> [UInt8] {
    switch round % 3 {
    case 0: return (0..<next(below: 200)).map { _ in UInt8(next(below: 256)) }
    case 1: return (0..<next(below: 60)).flatMap { _ in Self.words[next(below: Self.words.count)] }
    default:
      var bytes = Array(Self.good.utf8)
      for _ in 0..<next(below: 4) {
        let place = next(below: bytes.count)
        switch next(below: 4) {
        case 0: bytes[place] = UInt8(next(below: 256))
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(contentsOf: Self.words[next(below: Self.words.count)], at: place)
        default: bytes += bytes[place..<min(place + 40, bytes.count)]
        }
      }
      return bytes
    }
  }

  private static let words: [[UInt8]] = [
    "name", "env", "scripts", "windows", ": ", ":", "\n", "\n  ", "\n- ", "- ", "[", "]", "{", "}",
    ", ", "&a ", "*a", "!!str ", "!t ", "|\n  ", ">-\n ", "'", "\"", "\\", "#", "%", "@", "\t",
    "<<",
    "${", "$", "~", "---\n", "...\n", "? ", "3000", "true", "\u{FEFF}", "\u{85}", "\u{2028}", "é",
    "run", "local", "ports", "web", "PIKO_ROOT",
  ].map { Array($0.utf8) }

  private static let good = """
    name: shop
    scripts: {run: make}
    env: {A: "${PIKO_ROOT}/x", B: '${A}'}
    windows:
      - name: web
        command: |
          npm run dev
        local: true
    ports: {web: 3000}

    """
}
