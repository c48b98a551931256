package import PikoCore

extension DerivedVariable {
  /// The greatest size of a value in bytes; the kernel takes no more in one string of a program's
  /// environment (MAX_ARG_STRLEN less the name, execve(2)).
  static let maximumSize = 100_000

  /// The values of `derived`, in that order, over the variables that piko sets. They may name each
  /// other in any order.
  ///
  /// - Throws: with the place of the value, where it names an unknown variable, depends on itself,
  ///   or grows beyond measure.
  package static func resolve(
    _ derived: [DerivedVariable], over known: [String: String]
  ) throws(Failure) -> [(name: String, value: String)] {
    var byName: [String: DerivedVariable] = [:]
    for variable in derived { byName[variable.name] = variable }
    var values: [String: String] = [:]
    for variable in derived where values[variable.name] == nil {
      // A stack of its own: a file may chain more variables than a thread's stack has room for.
      var path = [variable]
      var open: Set = [variable.name]
      while let current = path.last {
        let missing = current.template.variables.first {
          values[$0] == nil && (byName[$0] != nil || known[$0] == nil)
        }
        guard let missing else {
          values[current.name] = try current.value(over: known, values)
          open.remove(current.name)
          path.removeLast()
          continue
        }
        guard let next = byName[missing] else {
          throw current.unknown(missing, derived, known)
        }
        guard open.insert(next.name).inserted else { throw cycle(path, backTo: next) }
        path.append(next)
      }
    }
    return derived.map { ($0.name, values[$0.name] ?? "") }
  }

  /// Those of `derived` that can have a value while no port is leased yet: the ones that name a port
  /// variable that `known` lacks, by themselves or through others, are left out.
  package static func withoutPorts(
    _ derived: [DerivedVariable], over known: [String: String]
  ) -> [DerivedVariable] {
    var missing: Set<String> = []
    var left = derived
    while true {
      let kept = left.filter { variable in
        !variable.template.variables.contains {
          missing.contains($0) || isPort($0) && known[$0] == nil
        }
      }
      guard kept.count < left.count else { return left }
      missing.formUnion(left.map(\.name).filter { name in !kept.contains { $0.name == name } })
      left = kept
    }
  }

  /// Whether a name is that of a port variable, of whatever service.
  static func isPort(_ name: String) -> Bool {
    name.hasPrefix("PIKO_") && name.contains("_PORT")
  }

  private func value(
    over known: [String: String], _ values: [String: String]
  ) throws(Failure) -> String {
    var text = ""
    for part in template.parts {
      switch part {
      case .literal(let literal): text += literal
      case .variable(let name): text += values[name] ?? known[name] ?? ""
      }
      guard text.utf8.count <= Self.maximumSize else {
        throw Failure(
          at: origin, "the variable \(name.quoted) is longer than \(Self.maximumSize) bytes")
      }
    }
    return text
  }

  private func unknown(
    _ missing: String, _ derived: [DerivedVariable], _ known: [String: String]
  ) -> Failure {
    let names = known.keys.sorted() + derived.map(\.name).filter { $0 != name }
    let hint =
      if let nearest = NearestName.of(missing, among: names) {
        "the most similar variable is '\(nearest)'"
      } else {
        "the known ones are \(names.prefix(20).map(\.quoted).joined(separator: ", "))"
      }
    return Failure(
      at: origin, "the variable \(name.quoted) names an unknown one, \(missing.quotedShort)",
      hints: names.isEmpty ? [] : [hint])
  }

  private static func cycle(_ path: [DerivedVariable], backTo first: DerivedVariable) -> Failure {
    let loop = path.drop { $0.name != first.name }.map(\.name)
    let shown = loop.count > 6 ? loop.prefix(5) + ["…"] : loop[...]
    let others = shown.dropFirst().map(\.quoted).joined(separator: ", ")
    let way = others.isEmpty ? "" : " through \(others)"
    return Failure(
      at: first.origin, "the variable \(first.name.quoted) depends on itself\(way)",
      hints: ["for a dollar itself, write '$$'"])
  }
}
