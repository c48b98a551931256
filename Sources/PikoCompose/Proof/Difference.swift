import PikoCore

/// A place where two models differ. Absent, null and empty are the same: versions of Compose
/// differ in which of them they show.
struct Difference: Sendable, Equatable {
  let path: ModelPath
  let found: JSONValue?
  let expected: JSONValue?

  var text: String {
    "\(path): \(found?.brief ?? "nothing") instead of \(expected?.brief ?? "nothing")"
  }

  /// The part of a compose file that the place belongs to, as far as it says.
  var feature: Feature? {
    let keys = path.keys
    if keys.contains("ports") { return .ports }
    if keys.contains("labels") { return .labels }
    if keys.contains("networks") { return .networks }
    if keys.contains("build") || keys.contains("image") { return .images }
    if keys.contains("volumes") { return .volumes }
    if keys.contains("environment") { return .variables }
    return keys.contains("container_name") ? .containerNames : nil
  }

  static func between(_ found: JSONValue, and expected: JSONValue) -> [Difference] {
    differences(found.withoutEmptyMembers, expected.withoutEmptyMembers, ModelPath([]))
  }

  private static func differences(
    _ found: JSONValue?, _ expected: JSONValue?, _ path: ModelPath
  ) -> [Difference] {
    if found == expected { return [] }
    if let one = found?.object, let other = expected?.object {
      return Set(one.keys).union(other.keys).sorted()
        .flatMap { differences(one[$0], other[$0], path.key($0)) }
    }
    if let one = found?.array, let other = expected?.array, one.count == other.count {
      return one.indices.flatMap { differences(one[$0], other[$0], path.index($0)) }
    }
    return [Difference(path: path, found: found, expected: expected)]
  }
}

extension JSONValue {
  /// The value without the members that hold nothing.
  fileprivate var withoutEmptyMembers: JSONValue {
    switch self {
    case .object(let members):
      .object(members.mapValues(\.withoutEmptyMembers).filter { !$0.value.isEmpty })
    case .array(let items): .array(items.map(\.withoutEmptyMembers))
    default: self
    }
  }

  private var isEmpty: Bool { self == .null || self == .object([:]) || self == .array([]) }
}
