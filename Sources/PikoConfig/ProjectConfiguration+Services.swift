import PikoCore

extension ProjectConfiguration {
  /// What is wrong with the services that a file names: a failure with its place for each that is
  /// not there.
  ///
  /// - Parameters:
  ///   - services: those that are.
  ///   - yaml: the file that this was read from.
  func unknownServices(among services: [String], in yaml: YAML) -> [Failure] {
    environment.flatMap(\.recipients).filter { !services.contains($0.service) }
      .map { $0.unknown(among: services) }
      + unknownMentions(among: services, in: yaml)
  }

  private func unknownMentions(among services: [String], in yaml: YAML) -> [Failure] {
    mentions.compactMap { mention in
      let services = mention.key == .open ? services + ports.map(\.name) : services
      guard !services.contains(mention.name) else { return nil }
      // A single one may stand there without a list around it.
      let place = yaml.locate(path: mention.path) ?? yaml.locate(path: mention.path.dropLast())
      return place.map {
        Self.unknownService(
          mention.name, named: mention.key, at: Origin(yaml.file, $0), among: services)
      }
    }
  }

  /// The failure of a service that is not there.
  static func unknownService(
    _ name: String, named key: Key, at origin: Origin, among services: [String]
  ) -> Failure {
    Failure(
      at: origin, "\(key.rawValue.quoted) names an unknown service, \(name.quoted)",
      hints: hints(to: name, among: services))
  }

  /// What a service that is not there may have been meant to be.
  static func hints(to name: String, among services: [String]) -> [String] {
    if let nearest = NearestName.of(name, among: services) {
      return ["the most similar service is \(nearest.quoted)"]
    }
    guard !services.isEmpty else { return [] }
    return ["the services are \(services.prefix(20).map(\.quoted).joined(separator: ", "))"]
  }

  /// A service that the file names.
  private struct Mention {
    let key: Key
    let name: String
    /// Where, from the top.
    let path: [String]

    init(_ key: Key, _ name: String, _ rest: [String] = []) {
      self.key = key
      self.name = name
      path = [key.rawValue] + rest
    }
  }

  private var mentions: [Mention] {
    var mentions = shared.enumerated().map { Mention(.shared, $1, ["\($0)"]) }
    mentions += ignore.enumerated().map { Mention(.ignore, $1, ["\($0)"]) }
    mentions += shells.keys.map { Mention(.shells, $0, [$0]) }
    for (index, window) in windows.enumerated() {
      if let service = window.service {
        mentions.append(Mention(.windows, service, ["\(index)", "service"]))
      }
    }
    if let open { mentions.append(Mention(.open, open)) }
    return mentions
  }
}
