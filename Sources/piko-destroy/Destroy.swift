import ArgumentParser
import PikoControl
import PikoCore
import PikoLifecycle
import PikoProject
import PikoStore

/// Removes environments.
struct Destroy: Command {
  static let configuration = CommandConfiguration(
    commandName: "piko-destroy",
    abstract: "Remove environments and verify that nothing is left",
    usage: "piko-destroy [OPTIONS] NAME...")

  @Flag(name: .long, help: "Remove the volumes too.") var volumes = false
  @Flag(name: .long, help: "Delete the branch too.") var deleteBranch = false
  @Flag(name: .long, help: "Lose uncommitted work and unreachable commits.") var force = false
  @Flag(name: .long, help: "Show what would be removed, and remove nothing.") var dryRun = false
  @Flag(name: .shortAndLong, help: "Say nothing but warnings and errors.") var quiet = false
  @Argument(help: "The environments, or their branches.") var names: [String] = []

  func perform() throws {
    guard !names.isEmpty else { throw Misuse("no environment was named") }
    var request = DestroyRequest()
    request.volumes = volumes
    request.deletesBranch = deleteBranch
    request.isForced = force
    let project = try Project.current()
    // The directory this was typed in may be one of those that go.
    try ProcessEnvironment.enter(project.root)
    if !dryRun { Interrupt.trap() }
    var worst: Failure?
    var done: [Destruction] = []
    for name in names {
      do {
        if name == EnvironmentName.sharedServices.text {
          try destroyShared(in: project)
          continue
        }
        let destruction = Destruction(
          of: try project.environment(name), in: project, request,
          narrator: Narrator(quiet: quiet))
        if dryRun {
          try destruction.rehearse { for line in $0 { Output.line(line.masked) } }
        } else {
          try destruction.perform()
          done.append(destruction)
        }
      } catch let failure as Failure {
        if Interrupt.received != nil { throw failure }
        Output.report(failure)
        if worst.map({ $0.status.code < failure.status.code }) ?? true { worst = failure }
      }
    }
    // Whoever destroys from inside sees no more than this.
    for destruction in done { try destruction.endOwnSession() }
    if let worst { throw Finished(worst.status) }
  }

  private func destroyShared(in project: Project) throws {
    let services = try SharedServices.required(in: project, Narrator(quiet: quiet))
    guard dryRun else { return try services.destroy(volumes: volumes, isForced: force) }
    try services.rehearseDestroying(volumes: volumes, isForced: force) {
      for line in $0 { Output.line(line.masked) }
    }
  }
}
