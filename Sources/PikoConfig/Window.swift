import PikoCore

/// A further window of an environment's session.
package struct Window: Sendable, Hashable {
  /// What it is called; a single line, not empty.
  package let name: String
  /// What it runs; nil for a shell.
  package let command: String?
  /// The service in whose container it runs; nil for the host, in the worktree.
  package let service: String?
  /// Where it stands.
  package let origin: Origin

  package init(name: String, command: String?, service: String?, origin: Origin) {
    self.name = name
    self.command = command
    self.service = service
    self.origin = origin
  }

  /// The keys of a window.
  enum Key: String, CaseIterable { case name, command, service, local }

  /// The windows of a list, no two with one name.
  static func windows(in list: Field) throws(Failure) -> [Window] {
    var windows: [Window] = []
    for field in try list.list() {
      let window = try Window(reading: field)
      if let other = windows.first(where: { $0.name == window.name }) {
        throw field.failure(
          "two windows are called \(window.name.quotedShort)",
          hint: "the first one is on line \(other.origin.position.line); rename one: 'name: NAME'")
      }
      windows.append(window)
    }
    return windows
  }

  private init(reading field: Field) throws(Failure) {
    if field.isNull { throw field.failure("a window is missing its 'name'") }
    var name: String?
    var command: String?
    var service: Field?
    var local: (value: Bool, field: Field)?
    for (key, member) in try field.members(of: Key.self) where !member.value.isNull {
      switch key {
      case .name: name = try member.value.line()
      case .command: command = try member.value.filledText()
      case .service: service = member.value
      case .local: local = (try member.value.bool(), member.value)
      }
    }
    guard let name else { throw field.failure("a window is missing its 'name'") }
    if let local {
      if local.value, service != nil {
        throw local.field.failure(
          "a window is local or in a service, not both",
          hint: "remove 'local: true' or 'service: NAME'")
      }
      if !local.value, service == nil {
        throw local.field.failure(
          "a window that is not local needs a service", hint: "add 'service: NAME'")
      }
    }
    self.init(name: name, command: command, service: try service?.service(), origin: field.origin)
  }
}
