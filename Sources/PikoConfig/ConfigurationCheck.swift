package import PikoCore
package import SystemPackage

/// Everything that is wrong in configuration files, for editors and continuous integration: verbs
/// stop at the first mistake, this goes on.
package enum ConfigurationCheck {
  /// A mistake and its place.
  package struct Mistake: Sendable, Equatable {
    package let place: Failure.Place
    /// What is wrong, as an error line says it after the place.
    package let reason: String
    package let hints: [String]

    package init(place: Failure.Place, reason: String, hints: [String] = []) {
      self.place = place
      self.reason = reason
      self.hints = hints
    }

    fileprivate var position: YAML.Position {
      YAML.Position(line: place.line, column: place.column)
    }

    /// `FILE:LINE:COLUMN: error: REASON (HINT)`, on one line.
    package var line: String {
      let hint = hints.isEmpty ? "" : " (\(hints.joined(separator: "; ")))"
      return "\(Paths.display(place.file)):\(place.line):\(place.column): error: \(reason)\(hint)"
    }
  }

  /// What is wrong in the user's file.
  package static func mistakes(inUserFile file: FilePath) -> [Mistake] {
    inOrder(
      check(file) { (yaml) throws(Failure) in _ = try UserConfiguration(reading: yaml) }.mistakes)
  }

  /// What is wrong in the `.piko.yml` of a directory; nothing where it has none.
  ///
  /// - Parameters:
  ///   - known: the environment's variables, for `env:`; without them nothing is said about ports.
  ///   - names: what the compose files have; nil where that is not known.
  ///   - missing: what `compose:` names and nothing will make.
  package static func mistakes(
    in directory: FilePath, known: [String: String]? = nil, names: ComposeNames? = nil,
    missing: [String] = []
  ) -> [Mistake] {
    do {
      // A file with the other ending, too, is not what its author believes.
      guard try Configuration.exists(in: directory) else { return [] }
    } catch {
      return [mistake(error, in: directory.appending(".piko.yaml"))]
    }
    var configuration = ProjectConfiguration()
    let file = directory.appending(ProjectConfiguration.fileName)
    var unknown: [Failure] = []
    let checked = check(file) { (yaml) throws(Failure) in
      configuration = try ProjectConfiguration(reading: yaml)
      unknown = names.map { configuration.unknownNames(among: $0, in: yaml) } ?? []
      unknown += configuration.missingComposeFiles(missing, in: yaml)
    }
    guard checked.isWhole else { return inOrder(checked.mistakes) }
    // The file may have got a port since the environment was brought up last.
    var variables = Variables()
    variables.setPorts(
      configuration.ports.map { PortLease(mapping: $0.mapping, port: 0) }, prefix: "PIKO_")
    let all = known?.merging(variables.values) { known, _ in known }
    return inOrder(
      checked.mistakes + unresolvable(configuration.environment, known: all)
        + unknown.map { mistake($0, in: file) })
  }

  /// Whether a directory has a file that is checked, also by a name that goes unread.
  package static func hasFile(in directory: FilePath) -> Bool {
    (try? Configuration.exists(in: directory)) ?? true
  }

  /// What a key of the `.piko.yml` of a directory says, whatever else is wrong in that, in a
  /// configuration that says nothing else; nil where it is wrong itself, or cannot be read.
  package static func part(
    _ key: ProjectConfiguration.Key, in directory: FilePath
  ) -> ProjectConfiguration? {
    let file = directory.appending(ProjectConfiguration.fileName)
    do {
      guard let bytes = try ConfigurationFile.bytes(of: file) else { return ProjectConfiguration() }
      let yaml = try YAML.reading(bytes, from: file, for: .check).yaml
      guard case .mapping(let entries) = yaml.root?.content else { return ProjectConfiguration() }
      return try ProjectConfiguration(
        reading: YAML(
          file: file,
          root: YAML.Node(
            content: .mapping(entries.filter { $0.key == key.rawValue }),
            position: YAML.Position(line: 1, column: 1), weight: 1)))
    } catch {
      return nil
    }
  }

  /// What keeps a file of another program from being YAML at all; nil where it is.
  package static func syntaxMistake(in file: FilePath) -> Mistake? {
    do {
      guard let bytes = try ConfigurationFile.bytes(of: file) else { return nil }
      _ = try YAML.reading(bytes, from: file, for: .places)
      return nil
    } catch {
      return mistake(error, in: file)
    }
  }

  /// Mistakes of one file as they stand in it.
  private static func inOrder(_ mistakes: [Mistake]) -> [Mistake] {
    mistakes.sorted { ($0.place.line, $0.place.column) < ($1.place.line, $1.place.column) }
  }

  /// Reads a file again and again, each time without what was wrong.
  ///
  /// - Returns: with whether the rest of the file could be read in the end.
  private static func check(
    _ file: FilePath, read: (YAML) throws(Failure) -> Void
  ) -> (mistakes: [Mistake], isWhole: Bool) {
    var mistakes: [Mistake] = []
    var damaged: Set<YAML.Position> = []
    var yaml: YAML
    do {
      guard let bytes = try ConfigurationFile.bytes(of: file) else { return ([], true) }
      let reading = try YAML.reading(bytes, from: file, for: .check)
      yaml = reading.yaml
      mistakes = reading.mistakes.map { mistake($0, in: file) }
      damaged = Set(mistakes.map(\.position))
    } catch {
      return ([mistake(error, in: file)], false)
    }
    while true {
      do {
        try read(yaml)
        return (mistakes, true)
      } catch {
        let found = mistake(error, in: file)
        let position = found.position
        // What misses a part that was taken out is no mistake of the author's.
        if !damaged.contains(position), !mistakes.contains(found) { mistakes.append(found) }
        guard let (rest, around) = yaml.pruned(at: position) else { return (mistakes, false) }
        yaml = rest
        damaged.formUnion(around)
      }
    }
  }

  /// The variables of `env:` that cannot have a value.
  private static func unresolvable(
    _ variables: [DerivedVariable], known: [String: String]?
  ) -> [Mistake] {
    var left = variables
    var names = known ?? Dictionary(uniqueKeysWithValues: own.map { ($0, "") })
    if known == nil {
      for name in variables.flatMap(\.template.variables) where DerivedVariable.isPort(name) {
        names[name] = ""
      }
    }
    var mistakes: [Mistake] = []
    while true {
      do {
        _ = try DerivedVariable.resolve(left, over: names)
        return mistakes
      } catch {
        guard
          let index = left.firstIndex(where: {
            $0.origin.place == error.place
          })
        else { return mistakes }
        mistakes.append(mistake(error, in: left[index].origin.file))
        names[left.remove(at: index).name] = ""
      }
    }
  }

  /// The variables that every environment has (SPEC part 8), but for ports.
  private static let own = [
    "PIKO_ROOT", "PIKO_ENV_NAME", "PIKO_ENV_PATH", "PIKO_PROJECT", "PIKO_BRANCH",
    "COMPOSE_PROJECT_NAME", "COMPOSE_FILE", "COMPOSE_PATH_SEPARATOR", "COMPOSE_PROFILES",
  ]

  private static func mistake(_ failure: Failure, in file: FilePath) -> Mistake {
    guard let place = failure.place else {
      return Mistake(
        place: Failure.Place(file: file, line: 1, column: 1), reason: failure.message,
        hints: failure.hints)
    }
    let prefix = "\(Paths.display(place.file)):\(place.line):\(place.column): "
    return Mistake(
      place: place, reason: String(failure.message.dropFirst(prefix.count)),
      hints: failure.hints)
  }
}
