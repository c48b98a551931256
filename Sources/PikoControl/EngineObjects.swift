package import PikoCompose
package import PikoCore
import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What an environment has in the engine, and the removal of it: what carries piko's labels, and the
/// containers that Compose has made in its worktree without them, with the networks they are on.
package struct EngineObjects {
  private let environment: Environment
  private let engine: Engine
  private let docker = Program("docker")

  package init(_ environment: Environment, on engine: Engine) {
    self.environment = environment
    self.engine = engine
  }

  package func containers() throws -> [EngineContainer] {
    try engine.containers(labels: labels).filter { owner.owns($0.labels) }
      + engine.containers(labels: composeLabels).filter { owner.made($0.labels) }
  }

  package func networks() throws -> [EngineNetwork] {
    let own = try engine.networks(labels: labels).filter { owner.owns($0.labels) }
    let others = try engine.networks(labels: composeLabels).filter { owner.mayHaveMade($0.labels) }
    return try others.isEmpty ? own : own + others.used(by: containers())
  }

  package func volumes() throws -> [EngineVolume] {
    try engine.volumes(labels: labels).filter { owner.owns($0.labels ?? [:]) }
  }

  /// The image tags in the environment's own name space, and the ids of images that a later build
  /// took the tag of; a tag that somebody gave such an image elsewhere is not among them.
  package func imageTags() throws -> [String] {
    try engine.images(labels: labels).filter { owner.owns($0.labels ?? [:]) }.flatMap { image in
      let tags = (image.tags ?? []).filter { $0 != "<none>:<none>" }
      return tags.isEmpty ? [image.id] : tags
    }
    .filter { $0.hasPrefix("\(environment.composeProject)/") || $0.hasPrefix("sha256:") }
  }

  /// Stops containers and waits until the engine lists them so: it says that one has stopped before
  /// it writes that down, and whoever looked in between would take it for one that runs.
  package func stopContainers(_ identifiers: [String]) throws {
    guard !identifiers.isEmpty else { return }
    let result = try docker.run(["stop", "--"] + identifiers)
    guard result.succeeded else {
      throw Failure(
        "cannot stop \(identifiers.count.counted("container"))", detail: result.errors)
    }
    // One that somebody started again meanwhile is not waited for without end.
    let end = ContinuousClock.now + .seconds(10)
    while try containers().contains(where: { identifiers.contains($0.id) && $0.isAlive }),
      ContinuousClock.now < end
    {
      try Interrupt.check()
      usleep(20_000)
    }
  }

  /// Lets paused containers go on.
  package func unpauseContainers(_ identifiers: [String]) throws {
    guard !identifiers.isEmpty else { return }
    let result = try docker.run(["unpause", "--"] + identifiers)
    guard result.succeeded else {
      throw Failure(
        "cannot let \(identifiers.count.counted("paused container")) go on", detail: result.errors)
    }
  }

  package func removeNetworks(_ identifiers: [String]) throws {
    try remove(["network", "rm"], identifiers)
  }

  package func removeVolumes(_ names: [String]) throws { try remove(["volume", "rm"], names) }

  package func removeImageTags(_ tags: [String]) throws { try remove(["image", "rm"], tags) }

  package func removeContainers(_ identifiers: [String]) throws {
    try remove(["rm", "--force"], identifiers)
  }

  private func remove(_ command: [String], _ names: [String]) throws {
    guard !names.isEmpty else { return }
    let result = try docker.run(command + ["--"] + names)
    guard result.succeeded else {
      throw Failure(
        "cannot remove \(names.count.counted(command[0] == "rm" ? "container" : command[0]))",
        detail: result.errors)
    }
  }

  private var owner: Owner { environment.owner }

  private var composeLabels: [String] {
    ["\(Label.composeProject)=\(environment.composeProject)"]
  }

  /// What the engine is asked for; ``Owner`` says what of it is the environment's.
  private var labels: [String] { [Label.root, "\(Label.environment)=\(environment.name)"] }
}
