import PikoCompose
package import PikoCore
package import PikoProject
import PikoStore

extension SharedServices {
  /// The shared services of a project that a command named, or what the engine has of them still.
  ///
  /// - Throws: where it never had any, and nothing is left of them.
  package static func required(
    in project: Project, _ narrator: Narrator
  ) throws -> SharedServices {
    if let services = try SharedServices(of: project, narrator: narrator) { return services }
    if let registered = try project.register?.sharedEnvironment(ofRoot: project.root),
      try !EngineInventory(of: project.sharedServices(as: registered), in: project).isEmpty,
      let services = try SharedServices(whatever: withState(project, registered), narrator)
    {
      return services
    }
    throw Failure(
      "project \(Paths.display(project.root).quoted) shares no services",
      hint: "to run one once for all environments, run 'piko share SERVICE'")
  }

  /// The project with a `state.db`, where it has lost that.
  private static func withState(
    _ project: Project, _ registered: RegisteredEnvironment
  ) throws -> Project {
    guard project.state == nil else { return project }
    try State.creating(below: project.root).record(
      ProjectRecord(
        name: registered.projectName, root: project.root,
        gitDirectory: project.location.commonDirectory))
    return try Project(at: project.location)
  }

  /// Whether no environment uses one, running or not.
  package func isUnused() throws -> Bool {
    try live.register.consumers(ofRoot: project.root).isEmpty
  }

  /// Says what is left of them where no environment uses one any more, and how to remove it: nothing
  /// else leads there.
  package func tellLeft() throws {
    guard !narrator.isQuiet, try isUnused() else { return }
    let inventory = try inventory()
    guard !inventory.isEmpty else { return }
    let services = inventory.services.joined(separator: ", ")
    narrator.say(
      "no environment uses the shared services\(services.isEmpty ? "" : " (\(services))") any more; "
        + (inventory.volumes.isEmpty
          ? "their containers are kept"
          : "their data is kept: \(inventory.volumes.joined(separator: ", "))"))
    Output.hint("to remove all that is left of them, run 'piko destroy --volumes shared'")
  }
}
