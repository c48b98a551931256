import PikoCore

/// Images that the project builds: a private tag each, which no other build on the machine moves.
enum ImagesRule: Rule {
  static func apply(to draft: inout Draft) {
    let built = draft.original.services.filter(\.isBuilt)
    var names = Set(
      built.compactMap(\.image).map { privateImage($0, draft.identity.composeProject) })
    for service in built {
      if let image = service.image {
        draft.images[normalized(image)] = privateImage(image, draft.identity.composeProject)
      }
    }
    for service in built { contexts(of: service, &draft) }
    for service in draft.original.services {
      if let image = service.image {
        guard let new = draft.images[normalized(image)] else { continue }
        draft.set(
          service.path.key("image"), to: new, .images,
          because: service.isBuilt
            ? "the main checkout builds the same tag" : "another service builds that image")
      } else if service.isBuilt {
        let wanted = "\(draft.identity.composeProject)/\(service.name.lowercased())"
        let name = names.contains(wanted) ? wanted + "-built" : wanted
        names.insert(name)
        draft.set(
          service.path.key("image"), to: name, .images,
          because: "Compose's own name for it could be another project's")
      } else {
        continue
      }
      neverPull(service, &draft)
      tags(of: service, &draft)
    }
  }

  /// A private tag is in no registry: Compose would ask one before each first build, and take what
  /// a stranger put there under that name.
  private static func neverPull(_ service: ModelService, _ draft: inout Draft) {
    guard service.document["pull_policy"]?.string != "build" else { return }
    draft.set(
      service.path.key("pull_policy"), to: "never", .images,
      because: "a private tag is in no registry")
  }

  /// A further context of a build can be an image that another service builds.
  private static func contexts(of service: ModelService, _ draft: inout Draft) {
    let path = service.path.key("build").key("additional_contexts")
    for (name, value) in (draft.original.document[path]?.object ?? [:]).sorted(by: { $0.0 < $1.0 })
    {
      guard let image = value.string?.suffix(after: "docker-image://"),
        let new = draft.images[normalized(image)]
      else { continue }
      draft.set(
        path.key(name), to: "docker-image://" + new, .images,
        because: "another service builds that image")
    }
  }

  private static func tags(of service: ModelService, _ draft: inout Draft) {
    let path = service.path.key("build").key("tags")
    for (index, tag) in (draft.original.document[path]?.array ?? []).enumerated() {
      guard let text = tag.string else { continue }
      draft.set(
        path.index(index), to: privateImage(text, draft.identity.composeProject), .images,
        because: "the main checkout builds the same tag")
    }
  }

  /// The private name of an image: everything after the first `/` is the old name, so no two
  /// environments can meet in one. A registry's port becomes part of the path.
  static func privateImage(_ reference: String, _ composeProject: String) -> String {
    let name = reference.prefix { $0 != "@" }
    let slash = name.lastIndex(of: "/")
    let colon = name.lastIndex(of: ":").flatMap { colon in
      slash.map { colon > $0 } ?? true ? colon : nil
    }
    let path = (colon.map { name[..<$0] } ?? name).lowercased()
    let tag = colon.map { String(name[$0...]) } ?? ""
    let clean = String(path.map { $0 == ":" ? "-" : $0 })
    return "\(composeProject)/\(clean)\(tag)"
  }

  /// A reference with what docker assumes where it is left out.
  static func normalized(_ reference: String) -> String {
    var text = reference
    for prefix in ["docker.io/library/", "docker.io/", "library/"] {
      if let rest = text.suffix(after: prefix) {
        text = rest
        break
      }
    }
    let last = text.split(separator: "/").last ?? ""
    return last.contains(":") || last.contains("@") ? text : text + ":latest"
  }
}
