import PikoCompose
import PikoConfig
import PikoCore
import PikoProject
import PikoStore

extension LiveEnvironment {
  /// The variables of `env:` that services get, with the ports that are leased now.
  ///
  /// - Parameter compose: the variables that point Compose at this environment.
  /// - Throws: at its place, where one cannot be resolved or names a service that `model` has not;
  ///   where `env:` is not approved.
  func containerVariables(
    of configuration: ProjectConfiguration, in model: Model, compose: [String: String]
  ) throws -> [ContainerVariable] {
    let derived = configuration.environment
    guard derived.contains(where: { !$0.recipients.isEmpty }) else { return [] }
    try project.requireApproval(of: configuration, for: record)
    let services = model.services.map(\.name)
    for recipient in derived.flatMap(\.recipients) where !services.contains(recipient.service) {
      throw recipient.unknown(among: services)
    }
    let known = try environment.variables(
      leases: project.leases(of: record), compose: compose.sorted { $0.key < $1.key })
    let values = try DerivedVariable.resolve(derived, over: known.values)
    return zip(derived, values).compactMap { variable, value in
      variable.recipients.isEmpty
        ? nil
        : ContainerVariable(
          name: value.name, value: value.value, services: variable.recipients.map(\.service))
    }
  }
}
