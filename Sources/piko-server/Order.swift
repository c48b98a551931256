import PikoCore
import SystemPackage

/// A verb that a request asks for, as it would be typed: the program does what it does in a terminal,
/// with the same checks, locks, journal and words.
struct Order: Sendable {
  let verb: String
  let arguments: [String]
  let project: String
  let environment: String
  /// Where it is typed.
  let root: FilePath

  /// How a key of a request becomes an option.
  private enum Option {
    /// True gives the option.
    case flag(String)
    /// False gives the option.
    case negated(String)
    /// The value follows after `=`.
    case value(String)
    /// An argument behind the name.
    case argument
    /// Each item of a list gives the option once.
    case list(String)
  }

  private static let options: [String: [String: Option]] = [
    "create": [
      "branch": .value("--branch"), "from": .value("--from"), "start": .negated("--no-start"),
      "reuse": .flag("--reuse"), "freshVolumes": .flag("--fresh-volumes"),
      "strict": .flag("--strict"), "yes": .flag("--yes"), "approve": .value("--approve"),
      "dryRun": .flag("--dry-run"),
      "shared": .list("--shared"), "isolate": .list("--isolate"),
    ],
    "destroy": [
      "volumes": .flag("--volumes"), "deleteBranch": .flag("--delete-branch"),
      "force": .flag("--force"), "dryRun": .flag("--dry-run"),
    ],
    "up": [
      "timeout": .value("--timeout"), "build": .flag("--build"), "yes": .flag("--yes"),
      "approve": .value("--approve"),
    ],
    "down": [:],
    "restart": ["timeout": .value("--timeout"), "service": .argument],
    "edit": [:],
  ]

  /// - Parameter wishes: the request's members but those that say which environment is meant.
  /// - Throws: status 129 where the verb has no such option, or it has another type.
  init(
    _ verb: String, _ environment: String, wishes: [String: JSONValue], project: String,
    root: FilePath
  ) throws(Failure) {
    let known = Self.options[verb] ?? [:]
    var words: [String] = []
    var rest = ["--", environment]
    for (key, value) in wishes.sorted(by: { $0.key < $1.key }) {
      guard let option = known[key] else {
        throw Failure(
          "unknown key \(key.quoted)",
          hint: known.isEmpty
            ? "leave it out" : "the keys are \(known.keys.sorted().joined(separator: ", "))",
          status: .usage)
      }
      switch (option, value) {
      case (_, .null): break
      case (.flag(let name), .bool(let isWanted)): words += isWanted ? [name] : []
      case (.negated(let name), .bool(let isWanted)): words += isWanted ? [] : [name]
      case (.value(let name), .string(let text)): words.append("\(name)=\(text)")
      case (.value(let name), .integer(let number)): words.append("\(name)=\(number)")
      case (.argument, .string(let text)): rest.append(text)
      case (.list(let name), .array(let items)) where items.allSatisfy({ $0.string != nil }):
        words += items.compactMap(\.string).map { "\(name)=\($0)" }
      default: throw Order.wrongType(of: key)
      }
    }
    self.verb = verb
    self.environment = environment
    self.project = project
    self.root = root
    if verb == "create" { words += words.contains("--dry-run") ? ["--json"] : ["--no-attach"] }
    arguments = words + rest
  }

  /// Those of a verb's keys that can stand in a request's address too: `?force=1`.
  static func flags(of verb: String) -> [String] {
    (options[verb] ?? [:]).compactMap { key, option in
      if case .flag = option { key } else { nil }
    }
  }

  /// The refusal of a value that no option takes.
  static func wrongType(of key: String) -> Failure {
    Failure("the value of \(key.quoted) has the wrong type", status: .usage)
  }

  /// Whether it only shows what would be done.
  var isDryRun: Bool { arguments.contains("--dry-run") }

  /// The verb's program: the one beside this one, so that both are of one version.
  var program: Program { Self.program(verb) }

  static func program(_ verb: String) -> Program {
    let beside = FilePath(CommandLine.arguments.first ?? "").removingLastComponent()
    let own = ShortFile.canonical("/proc/self/exe")?.removingLastComponent()
    let path = (own ?? beside).appending("piko-\(verb)")
    return Program(FileCopy.exists(path) ? path.string : "piko-\(verb)")
  }

  /// What its program is started with: this process's own, but for what the shell of an environment
  /// would say about where it is.
  static var childEnvironment: ChildEnvironment {
    .inherited().removing { ["PIKO_ENV_NAME", "PIKO_ROOT", "PIKO_ENV_PATH"].contains($0) }
  }
}
