package import PikoCompose
package import PikoCore
package import PikoProject
package import PikoStore
import SystemPackage

/// The volumes of an environment that have none of piko's labels: those without a name of their own,
/// and those that Compose made when somebody typed `docker compose up` before piko knew of them. They
/// are data as any other (SPEC part 5). Their containers tell of them; those of containers that piko removed or made anew
/// are in the register.
package struct NamelessVolumes {
  private let owner: Owner
  private let register: Register?
  private let engine: Engine
  /// Since when volumes can be the environment's, in seconds since 1970.
  private let beginning: Int

  /// Those of an environment, or of what stands for the shared services.
  package init(of record: EnvironmentRecord, in project: Project) throws(Failure) {
    let times = [record.createdAt, try project.registered(record)?.createdAt]
    self.init(
      of: try project.environment(record).owner, in: project.register,
      since: times.compactMap(\.self).min() ?? .max)
  }

  /// - Parameters:
  ///   - register: nil where there is none: nothing is remembered then.
  ///   - beginning: when the environment was made, in seconds since 1970. What its containers mount
  ///     and is older was not made for it: the user named it, as an external volume say.
  package init(
    of owner: Owner, in register: Register?, since beginning: Int, on engine: Engine = Engine()
  ) {
    self.owner = owner
    self.register = register
    self.engine = engine
    self.beginning = beginning
  }

  /// Those that the engine made for containers, by name.
  ///
  /// A volume that a container was told to mount is another's, whatever its name looks like: an
  /// external one, or one that Compose gave on, which was written down before.
  package func made(for containers: [EngineContainer]) throws(Failure) -> [String] {
    var made: Set<String> = []
    for container in containers where !container.namelessVolumes.isEmpty {
      guard let details = try? engine.details(of: container.id), !details.takesVolumesOfOthers
      else { continue }
      made.formUnion(Set(container.namelessVolumes).subtracting(details.wantedSources))
    }
    guard !made.isEmpty else { return [] }
    return try engine.volumes().filter { volume in
      made.contains(volume.name) && volume.createdAt.map { $0 >= beginning } ?? false
    }.map(\.name)
  }

  /// Those with a name that Compose made for containers of the environment, by name: not what was
  /// there before the environment.
  package func composed(for containers: [EngineContainer]) throws(Failure) -> [String] {
    let mounted = Set(containers.flatMap(\.volumes))
    guard !mounted.isEmpty else { return [] }
    let label = "\(Label.composeProject)=\(owner.composeProject)"
    return try engine.volumes(labels: [label]).filter { volume in
      mounted.contains(volume.name) && owner.mayHaveMade(volume.labels ?? [:])
        && volume.createdAt.map { $0 >= beginning } ?? false
    }.map(\.name)
  }

  /// Writes down what was made for containers: to be done before they are removed, or made anew.
  package func remember(_ containers: [EngineContainer]) throws(Failure) {
    guard let register, containers.contains(where: { !$0.volumes.isEmpty }) else { return }
    let known = Set(try register.volumes.all().map(\.volume))
    let unknown = containers.filter { !known.isSuperset(of: $0.namelessVolumes) }
    let new = try made(for: unknown) + composed(for: containers)
    guard !known.isSuperset(of: new) else { return }
    try register.volumes.record(
      new.map {
        VolumeLedger.Entry(
          volume: $0, project: owner.project, root: owner.roots[0],
          environment: EnvironmentName(stored: owner.environment))
      })
  }

  /// Those that are written down and there, by name.
  package func remembered() throws(Failure) -> [String] {
    let known = try known()
    guard !known.isEmpty else { return [] }
    // One that was removed by hand may have been made anew by somebody else.
    let there = try engine.volumes().filter { volume in
      volume.hasNoName || owner.mayHaveMade(volume.labels ?? [:])
    }
    return known.filter(Set(there.map(\.name)).contains)
  }

  /// Forgets those that are gone.
  package func forgetGone() throws(Failure) {
    let known = try known()
    guard let register, !known.isEmpty else { return }
    let there = Set(try engine.volumes().map(\.name))
    try register.volumes.forget(known.filter { !there.contains($0) })
  }

  private func known() throws(Failure) -> [String] {
    try (register?.volumes.all() ?? []).filter { owner.owns($0.labels) }.map(\.volume)
  }
}

extension VolumeLedger.Entry {
  /// The labels that the volume would carry if it could.
  package var labels: [String: String] {
    [
      Label.project: project, Label.root: root.string, Label.environment: environment.text,
    ]
  }
}
