package import PikoCore
package import PikoStore

extension Project {
  /// The socket of the tmux server on which an environment's session was last made; nil for one that
  /// is not registered.
  package func sessionServer(of record: EnvironmentRecord) throws(Failure) -> String? {
    guard let register, let environment = try registered(record) else { return nil }
    return try register.sessionServer(of: environment)
  }

  /// Records on which server an environment's session is made.
  package func recordSessionServer(
    _ socket: String, of record: EnvironmentRecord
  ) throws(Failure) {
    guard let register, let environment = try registered(record) else { return }
    try register.recordSessionServer(socket, of: environment)
  }
}
