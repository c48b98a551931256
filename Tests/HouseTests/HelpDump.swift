import FoundationEssentials
import PikoCore
import Support
import SystemPackage

/// What a verb's parser says of itself, by its `--experimental-dump-help`.
struct HelpDump: Decodable {
  let command: Command

  struct Command: Decodable {
    let abstract: String?
    let arguments: [Argument]?
  }

  struct Argument: Decodable {
    let kind: String
    let shouldDisplay: Bool
    let names: [Name]?
  }

  struct Name: Decodable {
    let kind: String
    let name: String
  }

  init(of verb: String) throws {
    let text = try Program(BuiltPrograms.path(of: "piko-\(verb)").string).output(
      ["--experimental-dump-help"], failing: "cannot ask piko-\(verb)")
    self = try JSONDecoder().decode(HelpDump.self, from: Data(text.utf8))
  }

  /// The options that it shows, but for those that every verb has (they are in piko-cli.7).
  var options: Set<String> {
    let shown = (command.arguments ?? []).filter(\.shouldDisplay).flatMap { $0.names ?? [] }
    let spelled = shown.map { $0.kind == "long" ? "--\($0.name)" : "-\($0.name)" }
    return Set(spelled).subtracting(["-h", "--help", "--version"])
  }
}
