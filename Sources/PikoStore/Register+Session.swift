package import PikoCore

extension Register {
  /// The socket of the tmux server on which an environment's session was last made.
  package func sessionServer(of environment: RegisteredEnvironment) throws(Failure) -> String {
    let socket = try database.row(
      "SELECT session_server FROM environments WHERE id = ?", .integer(environment.id)
    ) { $0.optionalText(0) }
    return (socket ?? nil) ?? Tmux.defaultSocket
  }

  /// The same of all environments; what runs shared has none.
  package func sessionServers() throws(Failure) -> Set<String> {
    let sockets = try database.rows(
      "SELECT DISTINCT session_server FROM environments WHERE NOT shared"
    ) { $0.optionalText(0) }
    return Set(sockets.map { $0 ?? Tmux.defaultSocket })
  }

  /// Records on which server an environment's session is made.
  package func recordSessionServer(
    _ socket: String, of environment: RegisteredEnvironment
  ) throws(Failure) {
    guard try sessionServer(of: environment) != socket else { return }
    try database.execute(
      "UPDATE environments SET session_server = ? WHERE id = ?",
      .text(socket), .integer(environment.id))
  }
}
