import PikoConfig
package import PikoCore
package import PikoProject
import PikoSession
package import PikoStore
import SystemPackage

/// All that is found out about one environment, or about what stands for the shared services, which
/// has no worktree, no scripts and no session.
package struct Report {
  package let finding: Inspection.Finding
  package let services: [ServiceFinding]
  /// Whether it is that of what stands for the shared services.
  package let isOfShared: Bool
  /// The services it uses that run once for several environments; of what stands for these all that
  /// environments use.
  package let shared: [SharedFinding]
  /// Nil before the first commit, and where git could not say.
  package let commit: Git.Commit?
  package let scripts: [ScriptFinding]
  /// The last steps, the latest first.
  package let steps: [Journal.Entry]
  /// Who works on the environment now.
  package let holder: FileLock.Holder?
  package let isMeasured: Bool
  /// Its session.
  package let session: SessionFinding

  /// - Parameter measures: whether to measure processor and memory, which takes a second or two.
  package init(on record: EnvironmentRecord, in project: Project, measures: Bool) throws {
    let found = try Inspection(of: [project]).finding(of: record, in: project)
    services = try ServiceFinding.all(
      of: found, names: project.services(of: record), measures: measures)
    finding = found.counting(restarting: services.map(\.restarting).reduce(0, +))
    isOfShared = record.name == .sharedServices
    shared =
      isOfShared
      ? try SharedFinding.all(in: project, found.containers)
      : try Inspection(of: [project]).shared(of: record, in: project)
    isMeasured = measures
    session =
      isOfShared
      ? SessionFinding() : try SessionFinding(EnvironmentSession(of: record, in: project))
    let isThere = !isOfShared && FileCopy.isDirectory(record.path)
    commit = isThere ? try? Git(in: record.path).lastCommit(timeout: .seconds(2)) : nil
    let journal = try project.state?.journal.last(200, of: record.name) ?? []
    steps = Array(journal.prefix(5))
    scripts = ScriptFinding.all(
      isOfShared ? [:] : Report.scripts(of: record, in: project), steps: journal, of: record)
    holder = FileLock.holder(
      of: FileLock.file(of: record.name, root: project.root, in: try Paths.stateDirectory()))
  }

  /// The scripts of the configuration; one that cannot be read hides nothing else.
  private static func scripts(
    of record: EnvironmentRecord, in project: Project
  ) -> [Script: String] {
    do {
      return try Configuration.load(root: project.root, worktree: record.path).scripts
    } catch {
      Output.warn("\(error.message); its scripts are left out")
      return [:]
    }
  }
}
