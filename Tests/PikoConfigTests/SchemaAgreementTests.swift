import PikoCore
import Support
import SystemPackage
import Testing

@testable import PikoConfig

/// What the schemas accept the parser accepts, and the other way round.
@Suite struct SchemaAgreementTests {
  /// A kind of file: its schema, and its parser.
  enum Kind: String, CaseIterable {
    case project, user

    func schema() throws -> JSONSchema {
      let name = self == .project ? "piko.schema.json" : "config.schema.json"
      let text = try SourceTree.text(of: FilePath("share/piko/schema/\(name)"))
      return JSONSchema(try JSONValue(parsing: Array(text.utf8)))
    }

    /// What the parser says to a document; nil where it accepts it.
    func complaint(about yaml: YAML) -> String? {
      do {
        switch self {
        case .project: _ = try ProjectConfiguration(reading: yaml)
        case .user: _ = try UserConfiguration(reading: yaml)
        }
        return nil
      } catch {
        return error.message
      }
    }
  }

  /// What no schema can say: it looks at more than one value, or does sums.
  private static let beyondSchemas = [
    "two windows are called", "would both be", "is an address inside a network",
  ]

  private func expectAgreement(_ text: String, _ kind: Kind, _ schema: JSONSchema) throws {
    // What is no YAML is the editor's own affair.
    guard let yaml = try? YAML(parsing: Array(text.utf8), from: "f.yml") else { return }
    let complaint = kind.complaint(about: yaml)
    if let complaint, Self.beyondSchemas.contains(where: { complaint.contains($0) }) { return }
    let accepted = try schema.accepts(yaml.json)
    #expect(accepted == (complaint == nil), "\(text) — the parser: \(complaint ?? "accepts it")")
  }

  @Test(arguments: [
    (Kind.project, BrokenFile.structure + BrokenFile.values), (Kind.user, BrokenFile.user),
  ])
  func refuseTheSameBrokenFiles(kind: Kind, files: [BrokenFile]) throws {
    let schema = try kind.schema()
    for file in files { try expectAgreement(file.text, kind, schema) }
  }

  /// Every place that a value can stand in, `%` being the value or the key.
  private static let places: [Kind: [String]] = [
    .project: [
      "%", "{%: x}", "name: %", "compose: %", "compose: [%]", "profiles: %", "profiles: [%]",
      "scripts: %", "scripts: {prepare: %}", "scripts: {setup: %}", "scripts: {run: %}",
      "scripts: {destroy: %}", "copy: %", "copy: [%]", "link: %", "link: [%]", "env: %",
      "env: {A: %}", "env: {%: x}", "env: {A: {value: %}}", "env: {A: {value: x, containers: %}}",
      "env: {A: {value: x, containers: [%]}}", "env: {A: {value: x, %: y}}", "shared: %",
      "shared: [%]", "shells: %", "shells: {db: %}", "shells: {%: sh}", "ignore: %", "ignore: [%]",
      "windows: %", "windows: [%]", "windows: [{name: %}]", "windows: [{name: a, command: %}]",
      "windows: [{name: a, service: %}]", "windows: [{name: a, local: %}]",
      "windows: [{name: a, local: %, service: b}]", "windows: [{name: a, %: b}]", "ports: %",
      "ports: {web: %}", "ports: {%: 80}", "isolation: %", "isolation: {%: {a: shared}}",
      "isolation: {volumes: %}", "isolation: {volumes: {a: %}}",
      "isolation: {volumes: {%: shared}}",
      "isolation: {binds: %}", "isolation: {binds: {a: %}}", "isolation: {networks: %}",
      "isolation: {networks: {a: %}}", "open: %",
    ],
    .user: [
      "%", "{%: x}", "session_prefix: %", "default_shell: %", "editor: %", "default_windows: %",
      "default_windows: [%]", "default_windows: [{name: %}]",
      "default_windows: [{name: a, command: %}]", "default_windows: [{name: a, local: %}]",
      "subnet_pool: %", "browser: %",
    ],
  ]

  /// No `+3`: as JSON it is the number 3, and the parser sees its sign.
  private static let values = [
    "", "~", "null", "''", "' '", "true", "False", "'true'", "maybe", "5", "0", "-1", "1.5",
    "65535", "65536", "'5'", "text", "'a b'", "a.b-c_d", "'-x'", "'.x'", "'_x'", "'*'", "'*.env'",
    "'!x'", "'/abs'", "'/'", "'/.'", "'/.git/x'", "'//./.piko'", "'/../x'", "'/a/..'",
    "'~'", "'~/x'", "'~x'", "'..'", "'../x'", "'a/../b'", "'a/..'", "'..a'",
    "'.git'", "'.git/x'", "'./.git'", "'.//.piko'", "'.piko/x'", "'.gitignore'", "'a/.git'", "'.'",
    "'./'", "'./x'", "'x/'", "'a:b'", "'-'", #""a\nb""#, #""a\tb""#, #""a\e[1mb""#, "é", "'---'",
    "'٣'", "'ß'", "[]", "[a]", "[a, b]", "[~]", "['']", "[5]", "[[a]]", "{}", "{a: b}",
    "{name: a}", "{value: x}", "{value: ~}", "{value: x, containers: ~}", "'$HOME'", "'$$'",
    "'a${B_1}c'", "'${'", "'${}'", "'${1}'", "'$'", "'$$$'", "'$${x'", "private", "shared",
    "PIKO_X", "COMPOSE_X", "A", "1A", "A-B", "!!str true", "!!str 5", "!!str", "!!str ~",
    "10.0.0.0/8", "10.0.0.0/08", "10.256.0.0/16", "010.0.0.0/8", "10.213.0.0/28", "10.0.0.0/7",
    "10.0.0.0", "'10.0.0.0/8 '", "name", "run", "volumes", "editor", "local", "service",
  ]

  @Test(arguments: Kind.allCases)
  func agreeOnEveryValueInEveryPlace(kind: Kind) throws {
    let schema = try kind.schema()
    for place in try #require(Self.places[kind]) {
      for value in Self.values {
        try expectAgreement(place.replacing("%", with: value), kind, schema)
      }
    }
  }
}
