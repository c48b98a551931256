import PikoConfig
package import PikoCore
package import PikoStore
import SystemPackage

extension Project {
  /// Every variable of an environment: piko's own, those that point Compose at it, and the derived
  /// ones of `env:` (SPEC part 8).
  ///
  /// Those of the shared services lack the derived ones that name another service's port: each
  /// environment has its own.
  ///
  /// - Parameter beforePorts: leaves derived variables that name a port out: none is leased yet.
  /// - Throws: where `env:` is not approved or cannot be resolved.
  package func variables(
    of record: EnvironmentRecord, beforePorts: Bool = false
  ) throws -> Variables {
    var variables = try ownVariables(of: record)
    let configuration = try Configuration.load(root: root, worktree: record.path)
    guard !configuration.environment.isEmpty else { return variables }
    try requireApproval(of: configuration, for: record)
    let derived =
      beforePorts || record.name == .sharedServices
      ? DerivedVariable.withoutPorts(configuration.environment, over: variables.values)
      : configuration.environment
    do {
      for (name, value) in try DerivedVariable.resolve(derived, over: variables.values) {
        variables[name] = value
      }
    } catch {
      // The file may have got a port since the environment was brought up last.
      variables.setPorts(
        configuration.ports.map { PortLease(mapping: $0.mapping, port: 0) }, prefix: "PIKO_")
      guard (try? DerivedVariable.resolve(derived, over: variables.values)) != nil else {
        throw error
      }
      var later = error
      later.hints = ["to lease the ports that the file has now, run 'piko up \(record.name)'"]
      throw later
    }
    return variables
  }

  /// The variables of an environment without the derived ones of `env:`: what needs no approval.
  package func ownVariables(of record: EnvironmentRecord) throws(Failure) -> Variables {
    try requireRegistered(record)
    let compose = try composeVariables(of: record) ?? [:]
    return try environment(record.withBranchNow).variables(
      leases: leases(of: record), compose: compose.sorted { $0.key < $1.key })
  }
}
