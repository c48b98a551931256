import PikoCore

/// What a repository supplies to be run, for the user to approve: scripts, windows, shells and
/// variables. It is bound to their content and to nothing else of the file.
package struct Approval: Sendable, Equatable {
  /// 64 hex digits that are the same for the same content, whatever its order and comments.
  package let digest: String
  /// What will be run, one line of a terminal each, with nothing in it that could hide another part.
  package let summary: [String]

  /// What of `configuration` must be approved; nil where it has nothing to run.
  package static func needed(for configuration: ProjectConfiguration) -> Approval? {
    let items = Self.items(of: configuration)
    guard !items.isEmpty else { return nil }
    // Every part carries its length, so that no content can be read as another's.
    var canonical = "piko-approval 1\n"
    for item in items {
      canonical +=
        ([item.kind, item.name, item.text] + item.details)
        .map { "\($0.utf8.count):\($0)," }.joined() + "\n"
    }
    return Approval(
      digest: SHA256.hexDigits(of: Array(canonical.utf8)), summary: items.flatMap(\.lines))
  }

  private static func items(of configuration: ProjectConfiguration) -> [Item] {
    var items: [Item] = []
    for script in Script.allCases {
      guard let text = configuration.scripts[script] else { continue }
      items.append(Item(kind: "script", name: script.rawValue, text: text))
    }
    for window in configuration.windows {
      let place = window.service.map { ["service", $0] } ?? ["host"]
      let command = window.command.map { ["command", $0] } ?? ["shell"]
      items.append(
        Item(
          kind: "window", name: window.name, text: window.command ?? "",
          details: place + command, place: window.service.map { "in service \($0)" } ?? "on host"))
    }
    for (service, command) in configuration.shells.sorted(by: { $0.key < $1.key }) {
      items.append(Item(kind: "shell", name: service, text: command))
    }
    for variable in configuration.environment.sorted(by: { $0.name < $1.name }) {
      let services = Set(variable.containers).sorted()
      items.append(
        Item(
          kind: "env", name: variable.name, text: variable.template.text, details: services,
          place: services.isEmpty ? nil : "also in \(services.joined(separator: ", "))"))
    }
    return items
  }

  /// One thing to approve.
  private struct Item {
    let kind: String
    let name: String
    let text: String
    var details: [String] = []
    var place: String?

    /// `kind name (place): text`, or the text's lines indented below where it has several.
    var lines: [String] {
      let head = "\(kind) \(name.shown)" + (place.map { " (\($0.shown))" } ?? "")
      var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      while lines.last?.isEmpty == true { lines.removeLast() }
      switch lines.count {
      case 0: return [head + (kind == "window" ? ": a shell" : ": empty")]
      case 1: return ["\(head): \(String(lines[0]).shown)"]
      default: return ["\(head):"] + lines.map { "  \(String($0).shown)" }
      }
    }
  }
}

extension String {
  /// The text as a person must see it before saying yes: besides control characters, what turns
  /// the direction of writing or has no width is named, for it can make a command look like
  /// another one.
  fileprivate var shown: String {
    var text = ""
    for scalar in unicodeScalars {
      switch scalar.properties.generalCategory {
      case .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
        text += "<U+\(String(scalar.value, radix: 16, uppercase: true))>"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text.masked
  }
}
