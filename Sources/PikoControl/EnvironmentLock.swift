package import PikoCore
package import SystemPackage

/// One verb at a time changes an environment.
package enum EnvironmentLock {
  /// Takes the lock; waits for another verb and names it where `waits`, or where that one is not of
  /// the same kind: of two creates of one name, one wins and the other is told.
  package static func acquire(
    _ name: EnvironmentName, root: FilePath, verb: String, waits: Bool, narrator: Narrator
  ) throws -> FileLock {
    let file = FileLock.file(of: name, root: root, in: try Paths.stateDirectory())
    let activity = "piko \(verb) \(name)"
    if !waits, let holder = FileLock.holder(of: file), holder.activity == activity {
      throw Failure("environment \(name.text.quoted) is being made by \(holder)")
    }
    return try FileLock.acquire(file, activity: activity, wait: true) { holder in
      narrator.say("waiting for \(holder.map(\.description) ?? "another piko")")
    }
  }
}
