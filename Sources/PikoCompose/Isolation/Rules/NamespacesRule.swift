import PikoCore

/// Namespaces, volumes and links of a container known by its name: those of this model become
/// references to its service; foreign ones and the host's cannot be isolated.
enum NamespacesRule: Rule {
  static func apply(to draft: inout Draft) {
    for service in draft.original.services {
      for member in ["network_mode", "pid", "ipc"] { namespace(member, of: service, &draft) }
      externalLinks(of: service, &draft)
      volumesFrom(of: service, &draft)
    }
  }

  private static func namespace(
    _ member: String, of service: ModelService, _ draft: inout Draft
  ) {
    let path = service.path.key(member)
    guard let mode = service.document[member]?.string else { return }
    if let container = mode.suffix(after: "container:") {
      if let owner = owner(of: container, for: service, draft) {
        draft.set(path, to: "service:\(owner)", .namespaces, because: inside(container))
        depend(service, on: owner, restart: true, &draft)
      } else {
        foreign(path, service, "\(member): \(mode)", &draft)
      }
    } else if mode == "host" {
      draft.remark(
        .cannotIsolate, .namespaces, at: path,
        "service \(service.name.quoted) uses the host's \(noun(member)) ('\(member): host'), "
          + "which all environments share", refusedWhenStrict: true)
    } else if member == "network_mode", mode != "none", !mode.hasPrefix("service:") {
      draft.sharedNetworks.insert(mode)
      draft.remark(
        .cannotIsolate, .namespaces, at: path,
        "service \(service.name.quoted) joins the engine's network \(mode.quoted), "
          + "which stays shared", refusedWhenStrict: true)
    }
  }

  private static func externalLinks(of service: ModelService, _ draft: inout Draft) {
    let path = service.path.key("external_links")
    guard let links = service.document["external_links"]?.array, !links.isEmpty else { return }
    var foreignLinks: [JSONValue] = []
    for (index, link) in links.enumerated() {
      let text = link.brief
      let container = String(text.prefix { $0 != ":" })
      let alias = text.suffix(after: container + ":") ?? container
      if let owner = owner(of: container, for: service, draft) {
        draft.append(
          service.path.key("links"), "\(owner):\(alias)", .namespaces, because: inside(container))
        depend(service, on: owner, restart: true, &draft)
      } else {
        foreignLinks.append(link)
        foreign(path.index(index), service, "external_links: \(text)", &draft)
      }
    }
    if foreignLinks.count < links.count {
      draft.replace(
        path, by: .array(foreignLinks), .namespaces,
        because: "the containers of this project are linked as services")
    }
  }

  private static func volumesFrom(of service: ModelService, _ draft: inout Draft) {
    let path = service.path.key("volumes_from")
    for (index, entry) in (service.document["volumes_from"]?.array ?? []).enumerated() {
      guard let reference = entry.string?.suffix(after: "container:") else { continue }
      let container = String(reference.prefix { $0 != ":" })
      let mode = reference.dropFirst(container.count)
      if let owner = owner(of: container, for: service, draft) {
        draft.set(path.index(index), to: owner + mode, .namespaces, because: inside(container))
        depend(service, on: owner, restart: false, &draft)
      } else {
        foreign(path.index(index), service, "volumes_from: container:\(reference)", &draft)
      }
    }
  }

  /// The service that has the container name, unless a dependency on it would go round in a circle.
  private static func owner(
    of container: String, for service: ModelService, _ draft: Draft
  ) -> String? {
    guard let owner = draft.containerNames[container], owner != service.name else { return nil }
    var reached: Set<String> = []
    var waiting = [owner]
    while let next = waiting.popLast() {
      guard reached.insert(next).inserted else { continue }
      waiting += draft.model.service(next)?.dependencies ?? []
    }
    return reached.contains(service.name) ? nil : owner
  }

  /// The dependency that Compose makes of a reference to a service, where there is none.
  private static func depend(
    _ service: ModelService, on owner: String, restart: Bool, _ draft: inout Draft
  ) {
    var dependency: [String: JSONValue] = [
      "condition": .string("service_started"), "required": .bool(true),
    ]
    if restart { dependency["restart"] = .bool(true) }
    draft.imply(
      service.path.key("depends_on").key(owner), .object(dependency), .namespaces,
      because: "it refers to service '\(owner)'")
  }

  private static func foreign(
    _ path: ModelPath, _ service: ModelService, _ what: String, _ draft: inout Draft
  ) {
    draft.remark(
      .cannotIsolate, .namespaces, at: path,
      "service \(service.name.quoted) uses a container that is not this environment's "
        + "(\(what.quoted)), which stays shared", refusedWhenStrict: true)
  }

  private static func inside(_ container: String) -> String {
    "container '\(container)' is this project's own"
  }

  private static func noun(_ member: String) -> String {
    switch member {
    case "network_mode": "network"
    case "pid": "processes"
    default: "shared memory"
    }
  }
}

extension String {
  /// What follows `prefix`; nil where the text does not begin with it.
  func suffix(after prefix: String) -> String? {
    hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
  }
}
