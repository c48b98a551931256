import FoundationEssentials
package import PikoCore

extension Register {
  /// The variables that point Compose at an environment, as its last isolation left them; empty for
  /// one without containers, nil before the first isolation.
  ///
  /// They are kept here so that programs which only print them need not look for compose files, and
  /// a lost `state.db` does not lose them.
  package func composeVariables(
    of environment: RegisteredEnvironment
  ) throws(Failure) -> [String: String]? {
    let text = try database.row(
      "SELECT compose FROM environments WHERE id = ?", .integer(environment.id)
    ) { $0.optionalText(0) }
    guard let text = text ?? nil else { return nil }
    return try? JSONDecoder().decode([String: String].self, from: Data(text.utf8))
  }

  /// The services of an environment's model, all profiles, as its last isolation read them.
  package func services(of environment: RegisteredEnvironment) throws(Failure) -> [String] {
    let text = try database.row(
      "SELECT services FROM environments WHERE id = ?", .integer(environment.id)
    ) { $0.optionalText(0) }
    guard let text = text ?? nil else { return [] }
    return (try? JSONDecoder().decode([String].self, from: Data(text.utf8))) ?? []
  }

  /// Those of its services that are up, by their profiles; nil where that is not known.
  package func activeServices(
    of environment: RegisteredEnvironment
  ) throws(Failure) -> Set<String>? {
    let text = try database.row(
      "SELECT active_services FROM environments WHERE id = ?", .integer(environment.id)
    ) { $0.optionalText(0) }
    guard let text = text ?? nil else { return nil }
    return try? JSONDecoder().decode(Set<String>.self, from: Data(text.utf8))
  }

  /// The address of the engine that an environment was last started on; nil where that is not known:
  /// it never was, or its row was made anew.
  package func engine(of environment: RegisteredEnvironment) throws(Failure) -> String? {
    try database.row(
      "SELECT engine FROM environments WHERE id = ?", .integer(environment.id)
    ) { $0.optionalText(0) } ?? nil
  }

  /// Records the address of the engine that an environment is started on.
  package func recordEngine(
    _ address: String, of environment: RegisteredEnvironment
  ) throws(Failure) {
    guard try engine(of: environment) != address else { return }
    try database.execute(
      "UPDATE environments SET engine = ? WHERE id = ?", .text(address), .integer(environment.id))
  }

  /// Records what an isolation found: the variables that point Compose at an environment, and its
  /// services; both empty for one without containers. It counts as made from then on.
  ///
  /// - Parameter active: the services that are up, by their profiles; nil where that is not known.
  package func recordCompose(
    variables: [String: String], services: [String], active: Set<String>? = nil,
    of environment: RegisteredEnvironment
  ) throws(Failure) {
    let active = try active.map { (active) throws(Failure) in try json(active.sorted()) }
    try database.execute(
      """
      UPDATE environments SET compose = ?, services = ?, active_services = ?, made = 1 WHERE id = ?
      """,
      .text(try json(variables)), .text(try json(services)), active.map { .text($0) } ?? .null,
      .integer(environment.id))
  }

  func json(_ value: some Encodable) throws(Failure) -> String {
    guard let data = try? JSONEncoder().encode(value) else {
      throw Failure("internal error: a value of the register is no JSON")
    }
    return String(decoding: data, as: UTF8.self)
  }
}
