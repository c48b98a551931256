package import PikoCore
package import SystemPackage

/// What `docker compose config --format json` says about a project, read as far as piko needs it;
/// all other parts stay in ``document`` untouched.
///
/// Compose writes every `$` in it as `$$`, so that the document can be a compose file again: texts
/// taken from it go back into an override as they are, and only ``Swift/String/interpolated`` ones
/// are the values a container sees.
package struct Model: Sendable, Equatable {
  /// The whole model.
  package let document: JSONValue
  /// The same model with the paths as they are written (`--no-path-resolution`), which alone tells
  /// a relative path from an absolute one; nil where no path asked for it.
  package let unresolved: JSONValue?

  package init(_ document: JSONValue, unresolved: JSONValue? = nil) {
    self.document = document
    self.unresolved = unresolved
  }

  /// The Compose project's name.
  package var name: String { document["name"]?.string ?? "" }

  /// The services in the order of their names.
  package var services: [ModelService] {
    members("services").map { ModelService(name: $0.key, document: $0.value) }
  }

  /// The volumes in the order of their keys.
  package var volumes: [ModelVolume] {
    members("volumes").map { ModelVolume(key: $0.key, document: $0.value) }
  }

  /// The networks in the order of their keys.
  package var networks: [ModelNetwork] {
    members("networks").map { ModelNetwork(key: $0.key, document: $0.value) }
  }

  /// The names of the services that are up where these profiles are; `*` stands for all of them.
  /// One that is scaled to nothing never is.
  package func services(in profiles: [String]) -> Set<String> {
    Set(
      services.filter { service in
        service.replicas > 0
          && (service.profiles.isEmpty || profiles.contains("*")
            || service.profiles.contains(where: profiles.contains))
      }.map(\.name))
  }

  /// The service of that name.
  package func service(_ name: String) -> ModelService? {
    document["services"]?[name].map { ModelService(name: name, document: $0) }
  }

  /// The files and folders of the machine that it names, as Compose resolved them.
  package var files: [FilePath] {
    ModelPaths.all(in: self).compactMap { FilePath(absoluteInModel: document[$0]?.string) }
  }

  /// Whether the path at `place` is relative in the compose file; without the unresolved model a
  /// path outside the worktree counts as absolute.
  func isRelative(at place: ModelPath) -> Bool {
    guard let text = unresolved?[place]?.string else { return false }
    return !text.hasPrefix("/") && !text.hasPrefix("~")
  }

  /// The members of a top-level part in the order of their keys.
  func members(_ part: String) -> [(key: String, value: JSONValue)] {
    (document[part]?.object ?? [:]).sorted { $0.key < $1.key }
  }
}

/// A service of the model.
package struct ModelService: Sendable, Equatable {
  package let name: String
  package let document: JSONValue

  /// Where it stands in the model.
  package var path: ModelPath { ModelPath("services", name) }
  /// Its image; nil where it is only built.
  package var image: String? { document["image"]?.string }
  /// Whether Compose builds its image.
  package var isBuilt: Bool { document["build"]?.object != nil }
  package var containerName: String? { document["container_name"]?.string }
  /// How many containers it has: `scale`, else `deploy.replicas`, else 1.
  package var replicas: Int {
    document["scale"]?.integer ?? document["deploy"]?["replicas"]?.integer ?? 1
  }
  /// The keys of the networks it joins, in order.
  package var networks: [String] {
    (document["networks"]?.object ?? [:]).keys.sorted()
  }
  /// The profiles it belongs to; it is always up where there is none.
  package var profiles: [String] { (document["profiles"]?.array ?? []).compactMap(\.string) }
  /// The services it waits for.
  package var dependencies: Set<String> {
    Set((document["depends_on"]?.object ?? [:]).keys)
  }
  /// Its published ports as the model has them.
  package var ports: [JSONValue] { document["ports"]?.array ?? [] }
  /// Its mounts as the model has them.
  package var mounts: [JSONValue] { document["volumes"]?.array ?? [] }
  /// Its environment in the order of names; variables without a value are left out.
  package var environment: [(name: String, value: String)] {
    (document["environment"]?.object ?? [:])
      .compactMap { entry in entry.value.string.map { (entry.key, $0) } }
      .sorted { $0.0 < $1.0 }
  }
}

/// A volume of the model.
package struct ModelVolume: Sendable, Equatable {
  package let key: String
  package let document: JSONValue

  package var path: ModelPath { ModelPath("volumes", key) }
  /// Its name in the engine.
  package var name: String { document["name"]?.string ?? key }
  package var isExternal: Bool { document["external"]?.bool ?? false }
}

/// A network of the model.
package struct ModelNetwork: Sendable, Equatable {
  package let key: String
  package let document: JSONValue

  package var path: ModelPath { ModelPath("networks", key) }
  /// Its name in the engine.
  package var name: String { document["name"]?.string ?? key }
  package var isExternal: Bool { document["external"]?.bool ?? false }
  package var driver: String? { document["driver"]?.string }
  /// Whether it asks for IPv6, directly or by a subnet of its own.
  package var usesIPv6: Bool {
    if document["enable_ipv6"]?.bool == true { return true }
    let pools = document["ipam"]?["config"]?.array ?? []
    return pools.contains { $0["subnet"]?.string?.contains(":") ?? false }
  }
  /// The host interface a macvlan or ipvlan network is tied to: such a network is the machine's
  /// own, with its own subnet.
  package var parentInterface: String? {
    guard driver == "macvlan" || driver == "ipvlan" else { return nil }
    return document["driver_opts"]?["parent"]?.string
  }
}

extension String {
  /// The text with Compose's `$$` as the `$` it stands for.
  package var interpolated: String {
    var text = ""
    var rest = self[...]
    while let first = rest.first {
      text.append(first)
      rest = rest.dropFirst(first == "$" && rest.dropFirst().first == "$" ? 2 : 1)
    }
    return text
  }

  /// The text with every `$` doubled, as Compose wants a literal one.
  package var escapedForCompose: String {
    var text = ""
    for character in self { text += character == "$" ? "$$" : String(character) }
    return text
  }
}

extension FilePath {
  /// The path written in the model as `text`, `.` and `..` resolved by its text alone, as Compose
  /// does; nil where it is not absolute.
  package init?(absoluteInModel text: String?) {
    guard let text, text.hasPrefix("/") else { return nil }
    self = FilePath(text.interpolated).lexicallyNormalized()
  }
}
