import PikoCompose
import PikoCore
import PikoStore

extension LiveEnvironment {
  /// Its volumes that have no name of their own.
  var namelessVolumes: NamelessVolumes {
    get throws(Failure) { try NamelessVolumes(of: record, in: project) }
  }

  /// Its containers, before something may make them anew or remove them: what they mount is written
  /// down.
  func containersRemembered() throws -> [EngineContainer] {
    let containers = try EngineObjects(environment, on: Engine()).containers()
    try namelessVolumes.remember(containers)
    return containers
  }

  /// Says which volumes of its own no container mounts any more that some did before. One that the
  /// user made, an external one say, is neither piko's to keep nor known to be unused.
  func tellKeptVolumes(of before: [EngineContainer]) throws {
    let mounted = Set(before.flatMap(\.volumes))
    guard !mounted.isEmpty else { return }
    let now = try Set(EngineObjects(environment, on: Engine()).containers().flatMap(\.volumes))
    let gone = mounted.subtracting(now)
    guard !gone.isEmpty else { return }
    let objects = EngineObjects(environment, on: Engine())
    let own = try Set(objects.volumes().map(\.name) + namelessVolumes.remembered())
    let left = gone.intersection(own).sorted()
    guard !left.isEmpty else { return }
    narrator.say(
      "kept \(left.count.counted("volume")) that no container uses now: "
        + left.joined(separator: ", "))
  }

  /// Says which volumes of an earlier environment are used again, or removes them.
  func settleKeptVolumes(_ objects: EngineObjects, _ fresh: Bool) throws {
    let unlabelled = try namelessVolumes.remembered().filter { !EngineVolume.isMadeUp($0) }
    let kept = try (objects.volumes().map(\.name) + unlabelled).sorted()
    guard !kept.isEmpty else { return }
    let names = kept.joined(separator: ", ")
    guard fresh else {
      // Its containers were removed by somebody else: what they left is its own.
      guard try !wasStarted() else { return }
      narrator.say("using the data of an earlier \(record.name) again: \(names)")
      guard !narrator.isQuiet else { return }
      Output.hint("to start empty, destroy it with '--volumes' or add '--fresh-volumes'")
      return
    }
    try objects.removeVolumes(kept)
    try namelessVolumes.forgetGone()
    narrator.finished("Removed \(kept.count.counted("volume")) (\(names))")
  }
}
