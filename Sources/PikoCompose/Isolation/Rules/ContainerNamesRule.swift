import PikoCore

/// `container_name` is one name on the whole engine: it becomes an alias on the service's networks.
enum ContainerNamesRule: Rule {
  static func apply(to draft: inout Draft) {
    let external = Set(draft.original.networks.filter(\.isExternal).map(\.key))
    for service in draft.original.services {
      guard let name = service.containerName else { continue }
      draft.reset(
        service.path.key("container_name"), .containerNames,
        because: "a container name can be used once on an engine")
      // On a network that others use, the alias would answer their lookups of the old name.
      for network in service.networks where !external.contains(network) {
        guard name != service.name else { continue }
        draft.append(
          service.path.key("networks").key(network).key("aliases"), name, .containerNames,
          because: "lookups of the old container name go on working inside")
      }
    }
  }
}
