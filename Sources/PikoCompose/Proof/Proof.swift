package import PikoCore

/// The proof that an environment is its own: Compose's merged model is what the rewrites intend,
/// and it holds nothing that the main checkout or another environment may have.
///
/// The second half looks at the merged model alone and knows nothing of the rules, so that a fault
/// in one of them is found here before a container starts.
package struct Proof: Sendable {
  private let plan: IsolationPlan
  private let main: Model?

  /// - Parameter main: the main checkout's own model, read under its own project name; nil where
  ///   there is none or Compose refuses it.
  package init(of plan: IsolationPlan, main: Model? = nil) {
    self.plan = plan
    self.main = main
  }

  /// Proves the isolation on what Compose made of the project's files and the override.
  ///
  /// - Throws: naming the first thing that is not as it must be.
  package func check(_ merged: Model) throws(Failure) {
    let differences = Difference.between(merged.document, and: plan.expected.document)
    if let first = differences.first {
      throw bug(
        "the merged model differs at \(first.path.description.quoted)", in: first.feature,
        detail: differences.prefix(10).map(\.text).joined(separator: "\n"))
    }
    guard merged.name == plan.identity.composeProject, merged.name != main?.name else {
      throw bug("the Compose project is \(merged.name.quoted)", in: .projectName)
    }
    try checkPorts(merged)
    try checkContainers(merged)
    try checkVolumes(merged)
    try checkNetworks(merged)
    try checkImages(merged)
  }

  // MARK: - What must hold

  private func checkPorts(_ merged: Model) throws(Failure) {
    let leased = Dictionary(
      plan.leases.map { ($0.mapping, $0.ports) }, uniquingKeysWith: { first, _ in first })
    let taken =
      try main.map { (model) throws(Failure) in try Requirements(of: model) }?
      .publishedPorts ?? []
    var seen: [String: ModelPath] = [:]
    for service in merged.services {
      let ports = try Requirements.ports(of: service)
      let originals = plan.original.service(service.name)?.ports.count ?? 0
      guard ports.count == originals else {
        throw bug(
          "service \(service.name.quoted) publishes \(ports.count) ports instead of \(originals)",
          in: .ports)
      }
      for port in ports {
        let path = service.path.key("ports").index(port.index)
        guard let published = port.published, published == leased[port.mapping] else {
          throw bug("'\(path)' is not on its leased port", in: .ports)
        }
        for number in published {
          guard !taken.contains(number) else {
            throw bug("'\(path)' is on port \(number) of the main checkout", in: .ports)
          }
          let key = "\(number)/\(port.mapping.transport.rawValue)/\(port.mapping.address)"
          guard seen.updateValue(path, forKey: key) == nil else {
            throw bug("port \(number) is published twice", in: .ports)
          }
        }
      }
    }
  }

  private func checkContainers(_ merged: Model) throws(Failure) {
    for service in merged.services {
      guard service.containerName == nil else {
        throw bug("service \(service.name.quoted) keeps its container name", in: .containerNames)
      }
    }
  }

  private func checkVolumes(_ merged: Model) throws(Failure) {
    let others = Set((main?.volumes ?? []).map(\.name))
    for volume in merged.volumes where !plan.sharedVolumes.contains(volume.name) {
      guard !volume.isExternal, isPrivate(volume.name), !others.contains(volume.name) else {
        throw bug("volume \(volume.name.quoted) is not the environment's own", in: .volumes)
      }
    }
  }

  private func checkNetworks(_ merged: Model) throws(Failure) {
    let others = Set((main?.networks ?? []).map(\.name))
    for network in merged.networks where !plan.sharedNetworks.contains(network.name) {
      let isOwn = network.name == plan.identity.defaultNetwork || isPrivate(network.name)
      guard !network.isExternal, isOwn, !others.contains(network.name) else {
        throw bug("network \(network.name.quoted) is not the environment's own", in: .networks)
      }
    }
  }

  private func checkImages(_ merged: Model) throws(Failure) {
    let own = plan.identity.composeProject + "/"
    for service in merged.services where service.isBuilt {
      let tags = (service.document["build"]?["tags"]?.array ?? []).compactMap(\.string)
      for tag in [service.image ?? ""] + tags where !tag.hasPrefix(own) {
        throw bug(
          "service \(service.name.quoted) builds \(tag.quoted), which is not the environment's own",
          in: .images)
      }
    }
  }

  /// Whether an engine name is in this environment's own space: no Compose project has a `_` before
  /// its key, so the name of no other environment begins like it.
  private func isPrivate(_ name: String) -> Bool {
    name.hasPrefix(plan.identity.composeProject + "_")
  }

  private func bug(_ what: String, in feature: Feature?, detail: String? = nil) -> Failure {
    Failure(
      "cannot prove that \(plan.identity.environment.quoted) is isolated: \(what)",
      hint: "this is a fault in piko's isolation of \(feature?.rawValue ?? "compose files"); "
        + "to report it, attach the output of 'docker compose config'",
      detail: detail)
  }
}
