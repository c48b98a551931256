import PikoCore
import SystemPackage

/// Where the model has paths of the machine that Compose resolves.
enum ModelPaths {
  /// Every place, in the order of the model.
  static func all(in model: Model) -> [ModelPath] {
    var places: [ModelPath] = []
    for service in model.services { places += paths(of: service) }
    for volume in model.volumes where volume.document["driver_opts"]?["device"] != nil {
      places.append(volume.path.key("driver_opts").key("device"))
    }
    for part in ["configs", "secrets"] {
      for (key, entry) in model.members(part) where entry["file"] != nil {
        places.append(ModelPath(part, key, "file"))
      }
    }
    return places
  }

  /// Whether one of the paths lies outside the worktree, so that Compose has to be asked which of
  /// them are relative.
  static func leave(_ worktree: FilePath, in model: Model) -> Bool {
    all(in: model).contains { place in
      FilePath(absoluteInModel: model.document[place]?.string)
        .map { !$0.starts(with: worktree) } ?? false
    }
  }

  private static func paths(of service: ModelService) -> [ModelPath] {
    var places: [ModelPath] = []
    let build = service.path.key("build")
    if let document = service.document["build"] {
      places.append(build.key("context"))
      for name in (document["additional_contexts"]?.object ?? [:]).keys.sorted() {
        places.append(build.key("additional_contexts").key(name))
      }
    }
    for (index, mount) in service.mounts.enumerated() where mount["type"]?.string == "bind" {
      places.append(service.path.key("volumes").index(index).key("source"))
    }
    let watched = service.document["develop"]?["watch"]?.array ?? []
    for index in watched.indices {
      places.append(service.path.key("develop").key("watch").index(index).key("path"))
    }
    return places
  }
}
