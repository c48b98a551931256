package import PikoCore

/// A variable of `env:`, made of others.
package struct DerivedVariable: Sendable, Hashable {
  package let name: String
  package let template: Template
  /// The services whose containers get it too; otherwise it is for processes on the host.
  package let recipients: [Recipient]
  /// Where its value stands.
  package let origin: Origin

  /// The same services' names.
  package var containers: [String] { recipients.map(\.service) }

  /// A service that gets a variable.
  package struct Recipient: Sendable, Hashable {
    package let service: String
    /// Where it is named.
    package let origin: Origin

    /// The failure that the project has no such service.
    package func unknown(among services: [String]) -> Failure {
      Failure(
        at: origin, "no service \(service.quoted) in the compose files",
        hints: ProjectConfiguration.hints(to: service, among: services))
    }
  }

  package init(name: String, template: Template, recipients: [Recipient] = [], origin: Origin) {
    self.name = name
    self.template = template
    self.recipients = recipients
    self.origin = origin
  }

  /// The keys of a variable that is more than its value.
  enum Key: String, CaseIterable { case value, containers }

  /// The variables of a mapping.
  static func variables(in field: Field) throws(Failure) -> [DerivedVariable] {
    var variables: [DerivedVariable] = []
    for member in try field.members() {
      try checkName(member)
      variables.append(try variable(member))
    }
    return variables
  }

  private static func checkName(_ member: Field.Member) throws(Failure) {
    let name = member.key
    guard Template.isVariableName(name) else {
      throw member.failure(
        "\(name.quotedShort) is no name for a variable",
        hint: "a variable's name is made of letters, digits and '_', and starts with no digit")
    }
    for prefix in ["PIKO_", "COMPOSE_"] where name.hasPrefix(prefix) {
      throw member.failure(
        "the variable \(name.quotedShort) is piko's own to set",
        hint: "choose a name that does not start with '\(prefix)'")
    }
  }

  private static func variable(_ member: Field.Member) throws(Failure) -> DerivedVariable {
    var value = member.value
    var recipients: [Recipient] = []
    if case .mapping = value.node.content {
      var given: Field?
      for (key, part) in try value.members(of: Key.self) {
        switch key {
        case .value: given = part.value
        case .containers:
          for service in try part.value.oneOrMore() {
            recipients.append(Recipient(service: try service.service(), origin: service.origin))
          }
        }
      }
      guard let given else {
        throw value.failure("the variable \(member.key.quotedShort) is missing its 'value'")
      }
      value = given
    }
    if value.isNull {
      throw value.failure(
        "the variable \(member.key.quotedShort) has no value",
        hint: "for an empty one, write \"\(member.key): ''\"")
    }
    do {
      return DerivedVariable(
        name: member.key, template: try Template(value.text()), recipients: recipients,
        origin: value.origin)
    } catch let mistake as Template.Mistake {
      throw value.failure(
        "\(mistake.reason) in the variable \(member.key.quotedShort)",
        hint: mistake.correction == "$$"
          ? "for a dollar itself, write '$$'"
          : "for a variable's value, write '\(mistake.correction)'; for a dollar itself, '$$'")
    } catch let failure as Failure {
      throw failure
    } catch {
      throw value.failure("\(error)")
    }
  }
}
