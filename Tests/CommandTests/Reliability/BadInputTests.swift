import FoundationEssentials
import Support
import SystemPackage
import Testing

/// Names, branches, revisions and files from a generator that means no good: nothing crashes, no shell
/// sees them, and no file appears outside the project.
@Suite struct BadInputTests {
  private let sandbox: Sandbox
  private let project: FilePath

  init() throws {
    sandbox = try Sandbox()
    project = try sandbox.project("inside/project", configured: "ports: {web: 3000}")
  }

  // MARK: - The generator

  /// What would leave a file behind if a shell, or a path, took it at its word.
  private static let evil = [
    "$(touch CANARY)", "`touch CANARY`", ";touch CANARY;", "|touch CANARY", "&touch CANARY&",
    "\ntouch CANARY\n", "'; touch CANARY; '", "\"; touch CANARY; \"", "../../CANARY",
    "/tmp/../CANARY",
    "..", ".", "-", "--", "--force", "-rf", "~", "*", "?", "[a]", "{a,b}", "%s%n", "\\", "\u{7f}",
    "\u{1b}[31m", "\r", "\t", " ", "\u{200b}", "\u{202e}", "раypal", "ｆｕｌｌ", "é", "e\u{301}",
    "😀", "İ", "ß", "\u{feff}", ".lock", "@{u}", "HEAD", "refs/heads/x", "a//b", "a..b", "^", ":",
    "con",
    "shared", "main", "0", "-1", "1e9", "null", "true", "\u{fffd}",
  ]

  private static func text(_ numbers: inout SeededNumbers) -> String {
    switch Int.random(in: 0..<10, using: &numbers) {
    case 0: return ""
    case 1: return String(repeating: "x", count: Int.random(in: 30...5_000, using: &numbers))
    case 2, 3, 4: return evil.randomElement(using: &numbers) ?? ""
    default:
      let parts = (0..<Int.random(in: 1...4, using: &numbers)).map { _ in
        Bool.random(using: &numbers)
          ? evil.randomElement(using: &numbers) ?? ""
          : String(UnicodeScalar(UInt8.random(in: 1...127, using: &numbers)))
      }
      return parts.joined()
    }
  }

  /// A file of YAML with the text in a place that matters, quoted or as it is.
  private static func yaml(_ text: String, _ template: String) -> String {
    let quoted = text.replacing("'", with: "''").replacing("\n", with: " ")
    return template.replacing("QUOTED", with: "'\(quoted)'").replacing("RAW", with: text)
  }

  private static let configurations = [
    "name: QUOTED", "ports: {QUOTED: 3000}", "ports: {web: QUOTED}", "copy: [QUOTED]",
    "link: [QUOTED]", "env: {QUOTED: x}", "env: {A: QUOTED}", "compose: [QUOTED]",
    "profiles: [QUOTED]", "scripts: {setup: 'true', QUOTED: x}", "RAW", "ports:\n  RAW: 1", "? RAW",
  ]
  private static let models = [
    "services: {QUOTED: {image: x}}", "services: {web: {image: QUOTED}}",
    "services: {web: {image: x, ports: [QUOTED]}}", "RAW",
    "services: {web: {image: x, container_name: QUOTED}}",
    "services: {web: {image: x, volumes: [QUOTED]}}",
    "services: {web: {image: x, env_file: [QUOTED]}}",
    "name: QUOTED\nservices: {web: {image: x}}", "include: [QUOTED]",
    "services: {web: {image: x}}\nvolumes: {QUOTED: {}}",
    "services: {web: {image: x}}\nnetworks: {QUOTED: {ipam: {config: [{subnet: QUOTED}]}}}",
  ]

  // MARK: - The cases

  @Test func nothingCrashesAndNothingLeavesTheProject() throws {
    let seed = UInt64.random(in: 1...999_999)
    var numbers = SeededNumbers(seed: seed)
    let count = Soak.count(70, whole: 2_000)
    let outside = try places()
    var refused = 0
    for round in 0..<count {
      let text = Self.text(&numbers)
      let words = try words(round, text, &numbers)
      // A NUL ends an argument for every program.
      let said = try sandbox.piko(words.map { $0.replacing("\0", with: "") }, in: project)
      let what = "case \(round), seed \(seed): \(words.map { $0.prefix(200) })\n\(said)"
      // `piko env` ends as what it was to run.
      let statuses: [Int32] = [0, 1, 128, 129] + (words[0] == "env" ? [126, 127] : [])
      #expect(statuses.contains(said.status), "\(what)")
      #expect(
        !said.stderr.contains("Fatal error") && !said.stderr.contains("internal error"), "\(what)")
      if said.status != 0 {
        refused += 1
        // `piko config --check` answers with the errors.
        let isTold = ["error: ", "usage: "].contains { (said.stderr + said.stdout).contains($0) }
        #expect(isTold, "\(what)")
      }
      // What a terminal would obey is not passed on.
      #expect(!said.stderr.contains("\u{1b}") && !said.stderr.contains("\u{7f}"), "\(what)")
      #expect(try places() == outside, "\(what)")
    }
    let canaries = try sandbox.output("find", [sandbox.root.string, "-name", "CANARY*"])
    #expect(canaries.isEmpty, "seed \(seed)")
    Soak.note("\(count) cases of bad input, \(refused) refused (seed \(seed))")
  }

  /// The command line of a case; its files are written.
  private func words(
    _ round: Int, _ text: String, _ numbers: inout SeededNumbers
  ) throws -> [String] {
    try sandbox.write("ports: {web: 3000}\n", to: project.appending(".piko.yml"))
    try? FileManager.default.removeItem(atPath: project.appending("compose.yaml").string)
    let name = "n\(round)"
    switch round % 14 {
    case 0: return ["create", text, "--yes"]
    case 1: return ["create", name, "--branch", text, "--yes"]
    case 2: return ["create", name, "--from", text, "--yes"]
    case 3: return ["path", text]
    case 4: return ["destroy", text]
    case 5: return ["ports", text]
    case 6: return ["env", text, "--", text]
    case 7: return ["run", text, text]
    case 8: return [text, text]
    case 9: return ["status", text, text]
    case 10, 11:
      let template = Self.configurations.randomElement(using: &numbers) ?? ""
      try sandbox.write(Self.yaml(text, template), to: project.appending(".piko.yml"))
      return round.isMultiple(of: 4) ? ["config", "--check"] : ["create", name, "--dry-run"]
    default:
      let template = Self.models.randomElement(using: &numbers) ?? ""
      try sandbox.write(Self.yaml(text, template), to: project.appending("compose.yaml"))
      return ["create", name, "--dry-run", "--yes"]
    }
  }

  /// What lies beside the project, by name: nothing of it may come or go.
  private func places() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: sandbox.root.string).sorted()
      + FileManager.default.contentsOfDirectory(atPath: sandbox.root.appending("inside").string)
      + FileManager.default.contentsOfDirectory(atPath: sandbox.root.appending("home").string)
  }
}
