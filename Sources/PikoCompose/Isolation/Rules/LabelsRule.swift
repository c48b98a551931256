import PikoCore

/// The labels that say whose it is, on everything that the engine makes for the environment.
enum LabelsRule: Rule {
  static func apply(to draft: inout Draft) {
    for service in draft.model.services {
      add(at: service.path.key("labels"), &draft)
      if service.isBuilt { add(at: service.path.key("build").key("labels"), &draft) }
    }
    for volume in draft.model.volumes where !volume.isExternal {
      add(at: volume.path.key("labels"), &draft)
    }
    for network in draft.model.networks where !network.isExternal {
      add(at: network.path.key("labels"), &draft)
    }
  }

  private static func add(at path: ModelPath, _ draft: inout Draft) {
    for (name, value) in draft.identity.labels.sorted(by: { $0.key < $1.key }) {
      draft.set(
        path.key(name), to: value.escapedForCompose, .labels,
        because: "piko finds what it made by its labels")
    }
  }
}
