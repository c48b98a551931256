package import PikoCore

extension State {
  /// Every service that is or was shared or decided about, by name.
  package func sharedServices() throws(Failure) -> [SharedServiceRecord] {
    try database.rows(
      """
      SELECT service_name, shared, container_name, network, definition FROM shared_services
      ORDER BY service_name
      """
    ) {
      SharedServiceRecord(
        service: $0.text(0), isShared: $0.optionalInteger(1).map { $0 != 0 },
        container: $0.optionalText(2), network: $0.text(3), definition: $0.optionalText(4))
    }
  }

  /// Records a shared service, over what was recorded of it before.
  package func record(_ service: SharedServiceRecord) throws(Failure) {
    try database.execute(
      """
      INSERT INTO shared_services
        (project_id, service_name, shared, container_name, network, definition)
      VALUES ((SELECT min(id) FROM project), ?, ?, ?, ?, ?)
      ON CONFLICT (project_id, service_name)
        DO UPDATE SET shared = excluded.shared, container_name = excluded.container_name,
          network = excluded.network, definition = excluded.definition
      """,
      .text(service.service), .optional(service.isShared.map { $0 ? 1 : 0 }),
      .optional(service.container), .text(service.network), .optional(service.definition))
  }

  /// What is decided about services for one environment: by a `create` for itself, else for the
  /// project; of a service without a decision nothing is said.
  package func sharing(for environment: EnvironmentName) throws(Failure) -> [String: Bool] {
    var decided: [String: Bool] = [:]
    for service in try sharedServices() { decided[service.service] = service.isShared }
    return try decided.merging(ownSharing(of: environment)) { $1 }
  }

  /// What a `create` decided for one environment alone.
  package func ownSharing(of environment: EnvironmentName) throws(Failure) -> [String: Bool] {
    let rows = try database.rows(
      "SELECT service, shared FROM environment_sharing WHERE environment = ?",
      .text(environment.text)
    ) { ($0.text(0), $0.flag(1)) }
    return Dictionary(rows) { $1 }
  }

  /// Decides about a service for one environment alone.
  package func decide(
    _ service: String, isShared: Bool, for environment: EnvironmentName
  ) throws(Failure) {
    try database.execute(
      """
      INSERT INTO environment_sharing (environment, service, shared) VALUES (?, ?, ?)
      ON CONFLICT (environment, service) DO UPDATE SET shared = excluded.shared
      """, .text(environment.text), .text(service), .flag(isShared))
  }

  /// Decides about a service for the project. Going back to a copy in each environment takes back
  /// what single ones were given instead; one that was to have its own keeps that when the service
  /// is shared again.
  ///
  /// - Parameter network: the shared services' network.
  package func decide(_ service: String, isShared: Bool, network: String) throws(Failure) {
    try database.transaction { () throws(Failure) in
      var known =
        try sharedServices().first { $0.service == service }
        ?? SharedServiceRecord(service: service, network: network)
      known.isShared = isShared
      try record(known)
      guard !isShared else { return }
      try database.execute(
        "DELETE FROM environment_sharing WHERE service = ? AND shared", .text(service))
    }
  }
}
