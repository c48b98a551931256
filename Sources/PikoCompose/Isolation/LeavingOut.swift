import PikoCore

/// A model without some of its services: those that run elsewhere, so that no containers are made of
/// them here. What depended on them stays valid.
package struct LeavingOut: Sendable {
  /// The model without them, and without what only they used.
  package let model: Model
  let rewrites: [Rewrite]

  /// - Parameters:
  ///   - names: the services; those that the model does not have are ignored.
  ///   - reason: why they are left out, as a clause.
  package init(_ names: Set<String>, of model: Model, because reason: String) {
    var document = model.document
    var rewrites: [Rewrite] = []
    func rewrite(_ path: ModelPath, _ change: Rewrite.Change) {
      let rewrite = Rewrite(
        feature: .sharedServices, path: path, change: change, old: document[path], reason: reason)
      rewrites.append(rewrite)
      document = document.with(rewrite.new, at: path)
    }
    for service in model.services {
      guard !names.contains(service.name) else {
        rewrite(service.path, .reset)
        continue
      }
      let dependencies = service.document["depends_on"]?.object ?? [:]
      let kept = dependencies.filter { !names.contains($0.key) }
      if kept.count < dependencies.count {
        let path = service.path.key("depends_on")
        rewrite(path, kept.isEmpty ? .reset : .replace(.object(kept)))
      }
      let links = service.document["links"]?.array ?? []
      let keptLinks = links.filter { !names.contains($0.linkedService) }
      if keptLinks.count < links.count {
        let path = service.path.key("links")
        rewrite(path, keptLinks.isEmpty ? .reset : .replace(.array(keptLinks)))
      }
    }
    if !rewrites.isEmpty { document = LeavingOut.withoutUnused(document) }
    self.model = Model(document, unresolved: model.unresolved)
    self.rewrites = rewrites
  }

  /// As Compose does, drops the networks, volumes, configs and secrets that no service uses.
  private static func withoutUnused(_ document: JSONValue) -> JSONValue {
    let services = Model(document).services
    func references(_ member: String, of part: JSONValue?) -> [String] {
      (part?[member]?.array ?? []).compactMap { $0["source"]?.string }
    }
    let used: [String: [String]] = [
      "networks": services.flatMap(\.networks),
      "volumes": services.flatMap { service in
        service.mounts.filter { $0["type"]?.string == "volume" }.compactMap { $0["source"]?.string }
      },
      "configs": services.flatMap { references("configs", of: $0.document) },
      "secrets": services.flatMap {
        references("secrets", of: $0.document) + references("secrets", of: $0.document["build"])
      },
    ]
    return used.reduce(document) { document, part in
      let (name, keys) = part
      guard let members = document[name]?.object else { return document }
      let kept = members.filter { keys.contains($0.key) }
      return document.with(kept.isEmpty ? nil : .object(kept), at: ModelPath(name))
    }
  }
}

extension Model {
  /// The names, beside its own, by which the other services of a network reach a service: aliases,
  /// its container's fixed name, and those that links give it.
  ///
  /// A link's name that is another service's is left out: it counts for one service alone there.
  package func aliases(of service: ModelService, on network: String) -> [String] {
    var names = [service.name]
    let membership = service.document["networks"]?[network]
    names += (membership?["aliases"]?.array ?? []).compactMap(\.string)
    if let name = service.containerName { names.append(name) }
    for other in services where other.networks.contains(network) {
      for link in other.document["links"]?.array ?? [] where link.linkedService == service.name {
        guard let alias = link.string?.split(separator: ":").last.map(String.init) else { continue }
        if self.service(alias) == nil { names.append(alias) }
      }
    }
    var seen: Set<String> = []
    return names.filter { seen.insert($0).inserted }
  }

  /// The services that a service needs to be there, directly or through others, without itself.
  package func dependencies(of name: String) -> Set<String> {
    var reached: Set<String> = []
    var waiting = Array(service(name)?.dependencies ?? [])
    while let next = waiting.popLast() {
      guard next != name, reached.insert(next).inserted else { continue }
      waiting += service(next)?.dependencies ?? []
    }
    return reached
  }
}

extension JSONValue {
  /// The service of an entry of `links`: `SERVICE` or `SERVICE:ALIAS`.
  fileprivate var linkedService: String { String((string ?? "").prefix { $0 != ":" }) }
}
