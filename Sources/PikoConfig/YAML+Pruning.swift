extension YAML {
  /// The document without the smallest part that stands at a place: an entry of a mapping, by its key
  /// or its value, or an item of a list.
  ///
  /// - Returns: nil where no part of it does; with the places of all that the part was in.
  func pruned(at position: Position) -> (rest: YAML, around: Set<Position>)? {
    guard let root, let (rest, around) = root.pruned(at: position) else { return nil }
    return (YAML(file: file, root: rest), around)
  }
}

extension YAML.Node {
  fileprivate func pruned(
    at place: YAML.Position
  ) -> (rest: YAML.Node, around: Set<YAML.Position>)? {
    switch content {
    case .scalar: return nil
    case .sequence(var items):
      for (index, item) in items.enumerated() {
        if let (rest, around) = item.pruned(at: place) {
          items[index] = rest
          return (with(.sequence(items)), around.union([position]))
        }
        if item.position == place {
          items.remove(at: index)
          return (with(.sequence(items)), [position])
        }
      }
    case .mapping(var entries):
      for (index, entry) in entries.enumerated() {
        if let (rest, around) = entry.value.pruned(at: place) {
          entries[index] = YAML.Entry(key: entry.key, position: entry.position, value: rest)
          return (with(.mapping(entries)), around.union([position]))
        }
        if entry.position == place || entry.value.position == place {
          entries.remove(at: index)
          return (with(.mapping(entries)), [position])
        }
      }
    }
    return nil
  }

  private func with(_ content: YAML.Content) -> YAML.Node {
    YAML.Node(content: content, position: position, weight: weight)
  }
}
