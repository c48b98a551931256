package import PikoCore

/// Makes a project's model an environment's own.
///
/// Two phases: ``Requirements`` says what has to be leased, then ``plan`` derives from one list of
/// rewrites both the override and the model that Compose must make of it. Nothing here reads a
/// file, runs a program or asks the engine.
package enum Isolation {
  /// The order matters: paths first, as binds and missing files are judged where they finally lie;
  /// images before labels, as a build gets its labels with its tag.
  private static let rules: [any Rule.Type] = [
    ProjectNameRule.self, PathsRule.self, PortsRule.self, NamespacesRule.self,
    ContainerNamesRule.self, VolumesRule.self, BindsRule.self, NetworksRule.self,
    ImagesRule.self, FilesRule.self, LocalhostRule.self, LabelsRule.self,
    VariablesRule.self,
  ]

  /// The rewrites that make `model` the environment's.
  ///
  /// - Parameters:
  ///   - model: the project's own model, read in the worktree under the environment's Compose
  ///     project and with every profile.
  ///   - leavingOut: the services that run elsewhere, of the same model.
  ///   - ports: the leased host port of each mapping of ``Requirements/ports``, the first one where
  ///     it needs several.
  ///   - subnets: the leased subnets by network key, for each of ``Requirements/networks``.
  ///   - choices: what the project decided about what would be shared.
  ///   - locate: finds a member's line in the compose files.
  ///   - variables: what the project gives to containers by `env:`.
  /// - Throws: where a port is not one piko can read.
  package static func plan(
    _ model: Model, leavingOut: LeavingOut? = nil, as identity: Identity,
    ports: (PortMapping) -> Int, subnets: [String: LeasedSubnets], choices: Choices = Choices(),
    files: FileFacts, locate: @escaping Locate = { _ in nil },
    variables: [ContainerVariable] = []
  ) throws(Failure) -> IsolationPlan {
    let model = leavingOut?.model ?? model
    let requirements = try Requirements(of: model)
    var leased: [PortMapping: Int] = [:]
    for port in requirements.ports { leased[port.mapping] = ports(port.mapping) }
    var draft = Draft(
      model, identity: identity, requirements: requirements, ports: { leased[$0] ?? 0 },
      subnets: subnets, choices: choices, files: files, locate: locate,
      variables: variables)
    for rule in rules { rule.apply(to: &draft) }
    return IsolationPlan(
      identity: identity, original: model, expected: Model(draft.document),
      rewrites: (leavingOut?.rewrites ?? []) + draft.rewrites, remarks: draft.remarks,
      leases: requirements.ports.map { port in
        let first = leased[port.mapping] ?? 0
        return (port.mapping, first...(first + port.count - 1))
      },
      sharedVolumes: draft.sharedVolumes, sharedNetworks: draft.sharedNetworks)
  }
}
