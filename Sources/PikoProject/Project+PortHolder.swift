package import PikoCore
package import PikoStore

extension Project {
  /// Whether what holds a port is the engine's proxy for a container on a network of the
  /// environment's own: it listens before the engine lists that container as running.
  package func isOwnProxy(
    _ holder: PortHolder, of record: EnvironmentRecord
  ) throws(Failure) -> Bool {
    guard let address = holder.proxiedAddress(), let register,
      let environment = try registered(record)
    else { return false }
    return try register.subnets.leases(of: environment).contains { $0.subnet.contains(address) }
  }
}
