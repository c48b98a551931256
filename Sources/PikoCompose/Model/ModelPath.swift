package import PikoCore

/// A place in Compose's model: member names and positions in lists, from the document's top.
package struct ModelPath: Sendable, Hashable {
  /// One step into a document.
  package enum Step: Sendable, Hashable {
    case key(String)
    case index(Int)
  }

  package let steps: [Step]

  package init(_ steps: [Step]) { self.steps = steps }

  /// The place reached by member names alone.
  package init(_ keys: String...) { steps = keys.map { .key($0) } }

  /// The place one member further in.
  package func key(_ name: String) -> ModelPath { ModelPath(steps + [.key(name)]) }

  /// The place one list position further in.
  package func index(_ position: Int) -> ModelPath { ModelPath(steps + [.index(position)]) }

  /// The place one step further out; the document's top stays where it is.
  package var parent: ModelPath { ModelPath(steps.dropLast()) }

  /// Whether the place is `outer` or lies inside it.
  package func isWithin(_ outer: ModelPath) -> Bool {
    steps.starts(with: outer.steps)
  }

  /// The outermost list the path goes into; nil where it only names members.
  package var list: ModelPath? {
    let first = steps.firstIndex { if case .index = $0 { true } else { false } }
    return first.map { ModelPath(Array(steps[..<$0])) }
  }

  /// The member names of the path, positions left out: what a locator in a compose file looks for.
  package var keys: [String] {
    steps.compactMap { if case .key(let name) = $0 { name } else { nil } }
  }
}

extension ModelPath: CustomStringConvertible {
  /// The path as messages show it: `services.web.ports[0].published`.
  package var description: String {
    var text = ""
    for step in steps {
      switch step {
      case .key(let name): text += text.isEmpty ? name : ".\(name)"
      case .index(let position): text += "[\(position)]"
      }
    }
    return text
  }
}

extension JSONValue {
  /// What lies at `path`; nil where it is absent.
  package subscript(path: ModelPath) -> JSONValue? {
    var value: JSONValue? = self
    for step in path.steps {
      switch step {
      case .key(let name): value = value?[name]
      case .index(let position):
        guard let items = value?.array, items.indices.contains(position) else { return nil }
        value = items[position]
      }
    }
    return value
  }

  /// A copy with `new` at `path`, objects made on the way where there are none; nil removes it.
  package func with(_ new: JSONValue?, at path: ModelPath) -> JSONValue {
    replacing(path.steps[...], by: new)
  }

  private func replacing(_ steps: ArraySlice<ModelPath.Step>, by new: JSONValue?) -> JSONValue {
    guard let step = steps.first else { return new ?? .null }
    let rest = steps.dropFirst()
    switch step {
    case .key(let name):
      var members = object ?? [:]
      if rest.isEmpty, new == nil {
        members[name] = nil
      } else {
        members[name] = (members[name] ?? .null).replacing(rest, by: new)
      }
      return .object(members)
    case .index(let position):
      guard var items = array, items.indices.contains(position) else { return self }
      if rest.isEmpty, new == nil {
        items.remove(at: position)
      } else {
        items[position] = items[position].replacing(rest, by: new)
      }
      return .array(items)
    }
  }
}
