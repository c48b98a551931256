/// The variables of an environment in a settled order, each name once.
package struct Variables: Sendable, Equatable {
  package private(set) var names: [String] = []
  package private(set) var values: [String: String] = [:]

  package init() {}

  /// The value of a variable; setting one that is there keeps its place.
  package subscript(name: String) -> String? {
    get { values[name] }
    set {
      if values[name] == nil, newValue != nil { names.append(name) }
      if newValue == nil { names.removeAll { $0 == name } }
      values[name] = newValue
    }
  }

  /// All of them, in order.
  package var list: [(name: String, value: String)] {
    names.map { ($0, values[$0] ?? "") }
  }

  /// Sets the variables that give a service's published ports: `<prefix><SERVICE>_PORT` is the
  /// lowest target's, `<prefix><SERVICE>_PORT_<TARGET>` each target's own.
  package mutating func setPorts(_ leases: [PortLease], prefix: String) {
    let sorted = leases.sorted { $0.mapping < $1.mapping }
    for lease in sorted {
      let service = prefix + Self.name(of: lease.mapping.service)
      if self["\(service)_PORT"] == nil { self["\(service)_PORT"] = String(lease.port) }
      let own = "\(service)_PORT_\(lease.mapping.target)"
      if self[own] == nil { self[own] = String(lease.port) }
    }
  }

  /// A service's name inside a variable's: upper-cased, every character that a variable cannot have
  /// as `_`.
  package static func name(of service: String) -> String {
    var text = ""
    for scalar in service.uppercased().unicodeScalars {
      switch scalar {
      case "A"..."Z", "0"..."9", "_": text.unicodeScalars.append(scalar)
      default: text += "_"
      }
    }
    return text
  }

  /// All of them written for a reader; each assignment ends its line.
  package func text(as format: VariableFormat) -> String {
    list.map { format.assignment($0.name, $0.value) + "\n" }.joined()
  }
}
