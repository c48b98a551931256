import PikoCore

extension ProjectConfiguration {
  /// What is wrong with what a file names of the compose files: a failure with its place for each
  /// that is not there.
  ///
  /// - Parameters:
  ///   - names: what is.
  ///   - yaml: the file that this was read from.
  func unknownNames(among names: ComposeNames, in yaml: YAML) -> [Failure] {
    environment.flatMap(\.recipients).filter { !names.has(.service, $0.service) }
      .map { $0.unknown(among: names.services) }
      + unknownMentions(among: names, in: yaml)
  }

  private func unknownMentions(among names: ComposeNames, in yaml: YAML) -> [Failure] {
    mentions.compactMap { mention in
      let others = mention.path == [Key.open.rawValue] ? ports.map(\.name) : []
      guard !names.has(mention.kind, mention.name), !others.contains(mention.name) else {
        return nil
      }
      // A single one may stand there without a list around it.
      let place = yaml.locate(path: mention.path) ?? yaml.locate(path: mention.path.dropLast())
      return place.map {
        Self.unknown(
          mention.kind, mention.name, namedBy: mention.key, at: Origin(yaml.file, $0),
          among: names.names(of: mention.kind) + others)
      }
    }
  }

  /// The failures of compose files that `compose:` names and that are not there.
  ///
  /// - Parameters:
  ///   - missing: those.
  ///   - yaml: the file that this was read from.
  func missingComposeFiles(_ missing: [String], in yaml: YAML) -> [Failure] {
    compose.enumerated().filter { missing.contains($1) }.compactMap { index, name in
      let path = [Key.compose.rawValue, "\(index)"]
      return (yaml.locate(path: path) ?? yaml.locate(path: path.dropLast())).map {
        Failure(at: Origin(yaml.file, $0), "cannot find compose file \(name.quoted)")
      }
    }
  }

  /// The failure of a service that is not there.
  static func unknownService(
    _ name: String, named key: Key, at origin: Origin, among services: [String]
  ) -> Failure {
    unknown(.service, name, namedBy: key.rawValue, at: origin, among: services)
  }

  private static func unknown(
    _ kind: ComposeNames.Kind, _ name: String, namedBy key: String, at origin: Origin,
    among names: [String]
  ) -> Failure {
    Failure(
      at: origin, "\(key.quoted) names an unknown \(kind.rawValue), \(name.quoted)",
      hints: hints(to: name, among: names, kind))
  }

  /// What something that is not there may have been meant to be.
  static func hints(
    to name: String, among names: [String], _ kind: ComposeNames.Kind = .service
  ) -> [String] {
    if let nearest = NearestName.of(name, among: names) {
      return ["the most similar \(kind.rawValue) is \(nearest.quoted)"]
    }
    guard !names.isEmpty else { return [] }
    let all = names.prefix(20).map(\.quoted).joined(separator: ", ")
    return ["the \(kind.rawValue)s are \(all)"]
  }

  /// Something in the compose files that the file names.
  private struct Mention {
    let kind: ComposeNames.Kind
    /// The key that names it.
    let key: String
    let name: String
    /// Where, from the top.
    let path: [String]

    init(_ key: Key, _ name: String, _ rest: [String] = []) {
      kind = key == .profiles ? .profile : .service
      self.key = key.rawValue
      self.name = name
      path = [key.rawValue] + rest
    }

    init(_ kind: ComposeNames.Kind, _ part: Isolation.Key, _ name: String) {
      self.kind = kind
      self.name = name
      key = "\(Key.isolation.rawValue).\(part.rawValue)"
      path = [Key.isolation.rawValue, part.rawValue, name]
    }
  }

  private var mentions: [Mention] {
    var mentions = profiles.enumerated().map { Mention(.profiles, $1, ["\($0)"]) }
    mentions += shared.enumerated().map { Mention(.shared, $1, ["\($0)"]) }
    mentions += ignore.enumerated().map { Mention(.ignore, $1, ["\($0)"]) }
    mentions += shells.keys.map { Mention(.shells, $0, [$0]) }
    for (index, window) in windows.enumerated() {
      if let service = window.service {
        mentions.append(Mention(.windows, service, ["\(index)", "service"]))
      }
    }
    if let open { mentions.append(Mention(.open, open)) }
    mentions += isolation.volumes.keys.map { Mention(.volume, .volumes, $0) }
    mentions += isolation.binds.keys.map { Mention(.bind, .binds, $0) }
    mentions += isolation.networks.map { Mention(.network, .networks, $0) }
    return mentions
  }
}
