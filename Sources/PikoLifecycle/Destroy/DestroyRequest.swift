import FoundationEssentials
import PikoCore
import PikoGit
package import PikoProject
package import PikoStore

/// How far `piko destroy` goes.
package struct DestroyRequest: Sendable, Codable {
  /// `--volumes`: the data too.
  package var volumes = false
  /// `--delete-branch`: the branch too.
  package var deletesBranch = false
  /// `--force`: whatever would be lost.
  package var isForced = false
  /// The commit of the branch that was to go, once that was planned.
  var tip: String?

  package init() {}

  /// What was asked of a destroy that was cut off, for one who finishes it unasked.
  ///
  /// It was said of what was there then. A worktree that is still at its place may have seen new work
  /// since; a branch that has moved, or was made anew, is another one.
  package init(finishing record: EnvironmentRecord, in project: Project) throws {
    // One that is not being removed may have got the name of another that was.
    guard record.status == .destroying,
      let cutOff = try project.state?.journal.latest("destroy", on: record.name),
      cutOff.state != .done, let detail = cutOff.detail,
      let asked = try? JSONDecoder().decode(DestroyRequest.self, from: Data(detail.utf8))
    else { return }
    self = asked
    if FileCopy.exists(record.path) { isForced = false }
    guard deletesBranch else { return }
    let repository = try Repository(holding: project.location.commonDirectory)
    deletesBranch = try repository.tip(ofBranch: record.branch) == asked.tip
  }

  /// The command that asks the same of an environment.
  func command(for name: EnvironmentName, forcing: Bool = false) -> String {
    var words = ["piko destroy"]
    if isForced || forcing { words.append("--force") }
    if volumes { words.append("--volumes") }
    if deletesBranch { words.append("--delete-branch") }
    return (words + [name.text]).joined(separator: " ")
  }
}
