internal import FoundationEssentials
package import PikoCore
package import SystemPackage

/// A shared service as one environment uses it.
package struct SharedUse: Sendable, Hashable, Codable {
  package let service: String
  /// The names it answers to in each of the environment's networks, by the networks' names in the
  /// engine.
  package let aliases: [String: [String]]

  package init(service: String, aliases: [String: [String]]) {
    self.service = service
    self.aliases = aliases
  }
}

extension Register {
  /// The shared services that an environment uses instead of copies of its own, by name, as its last
  /// isolation left them.
  package func sharedUses(
    of environment: RegisteredEnvironment
  ) throws(Failure) -> [SharedUse] {
    let text = try database.row(
      "SELECT shared_uses FROM environments WHERE id = ?", .integer(environment.id)
    ) { $0.optionalText(0) }
    guard let text = text ?? nil else { return [] }
    return (try? JSONDecoder().decode([SharedUse].self, from: Data(text.utf8))) ?? []
  }

  /// Records the shared services that an environment uses.
  package func recordSharedUses(
    _ uses: [SharedUse], of environment: RegisteredEnvironment
  ) throws(Failure) {
    try database.execute(
      "UPDATE environments SET shared_uses = ? WHERE id = ?",
      uses.isEmpty ? .null : .text(try json(uses.sorted { $0.service < $1.service })),
      .integer(environment.id))
  }

  /// The environments of a project that use shared services, each with those.
  package func consumers(
    ofRoot root: FilePath
  ) throws(Failure) -> [(environment: RegisteredEnvironment, uses: [SharedUse])] {
    var consumers: [(environment: RegisteredEnvironment, uses: [SharedUse])] = []
    for environment in try environments(ofRoot: root) {
      let uses = try sharedUses(of: environment)
      if !uses.isEmpty { consumers.append((environment, uses)) }
    }
    return consumers
  }

  /// The shared services that the environments of a project use, by the environments' names.
  package func usesByName(
    ofRoot root: FilePath
  ) throws(Failure) -> [EnvironmentName: Set<String>] {
    Dictionary(
      try consumers(ofRoot: root).map { ($0.environment.name, Set($0.uses.map(\.service))) }
    ) { first, _ in first }
  }

  /// What stands for the shared services of the project at a root; nil where that is not registered.
  package func sharedEnvironment(
    ofRoot root: FilePath
  ) throws(Failure) -> RegisteredEnvironment? {
    try projects.project(atRoot: root).map { project throws(Failure) in
      try sharedEnvironment(of: project)
    }
  }
}
