package import PikoCore

/// One intended difference between the project's model and the environment's, and why.
package struct Rewrite: Sendable, Equatable {
  /// What the override does at the place.
  package enum Change: Sendable, Equatable {
    /// Sets a scalar, or adds a member.
    case set(JSONValue)
    /// Replaces what is there, which Compose would otherwise merge (`!override`).
    case replace(JSONValue)
    /// Removes it (`!reset null`).
    case reset
    /// Adds an item to a list, as Compose merges lists.
    case append(JSONValue)
    /// What Compose itself adds because of another rewrite; not written to the override.
    case implied(JSONValue)
  }

  /// The row of the table the rewrite belongs to.
  package let feature: Feature
  package let path: ModelPath
  package let change: Change
  /// What was there before; nil where nothing was.
  package let old: JSONValue?
  /// Why, as a clause: `the main checkout publishes it too`.
  package let reason: String

  /// What is there afterwards; nil where it was removed.
  package var new: JSONValue? {
    switch change {
    case .set(let value), .replace(let value), .append(let value), .implied(let value): value
    case .reset: nil
    }
  }

  /// The rewrite on one line, as `create --explain` shows it.
  package var explanation: String {
    let before = old.map { " \($0.brief)" } ?? ""
    let after = new.map { " \($0.brief)" } ?? " nothing"
    let verb =
      switch change {
      case .append: "\(path): added\(after)"
      case .implied: "\(path): Compose makes it\(after)"
      case .set, .replace, .reset: "\(path):\(before.isEmpty ? "" : before + " →")\(after)"
      }
    return "\(verb) (\(reason))".masked
  }
}

extension JSONValue {
  /// The value on one line, strings without quotes.
  package var brief: String {
    switch self {
    case .null: "nothing"
    case .bool(let flag): flag ? "true" : "false"
    case .integer(let number): "\(number)"
    case .number(let number): "\(number)"
    case .string(let text): text
    case .array(let items): "[\(items.map(\.brief).joined(separator: ", "))]"
    case .object(let members):
      "{\(members.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.brief)" }.joined(separator: ", "))}"
    }
  }
}
