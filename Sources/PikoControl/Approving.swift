package import PikoConfig
import PikoCore
package import PikoProject
package import PikoStore
package import SystemPackage

/// The user's consent to what a repository supplies to be run, bound to its content (SPEC part 15).
package struct Approving {
  private let approval: Approval?
  /// The file that has what is to be run, as messages say it.
  private let source: String
  private let command: String?

  /// - Parameters:
  ///   - branch: the branch whose own file it may be, before that is checked out.
  ///   - command: what is typed to allow it.
  package init(
    _ configuration: ProjectConfiguration, root: FilePath, branch: String? = nil,
    allowedBy command: String? = nil
  ) throws {
    approval = Approval.needed(for: configuration)
    self.command = command
    let keys: [ProjectConfiguration.Key] = [.scripts, .windows, .shells, .env]
    let file =
      keys.lazy.compactMap { configuration.origins[$0]?.file }.first
      ?? root.appending(ProjectConfiguration.fileName)
    source =
      if let branch, !FileCopy.exists(file) {
        "\(ProjectConfiguration.fileName.quoted) of branch \(branch.quoted)"
      } else {
        Paths.display(file).quoted
      }
  }

  /// Whether there is nothing to ask: nothing is to be run, or it was approved before.
  package func isSettled(in project: Project) throws -> Bool {
    try approval.map { try project.isApproved($0) } ?? true
  }

  /// Makes sure that the content is approved: it was before, `--yes` says so, or the user is asked.
  ///
  /// - Throws: where it is not, with what to type.
  package func ask(in project: Project, isApproved: Bool) throws {
    guard let approval, !isApproved, try !project.isApproved(approval) else { return }
    guard Terminal.canPrompt else {
      throw Failure(
        "the scripts in \(source) are not approved",
        hint: command.map { "to allow them, run '\($0)'" },
        detail: approval.summary.joined(separator: "\n"), status: .cannotStart)
    }
    Output.narrate("This project wants to run:")
    for line in approval.summary { Output.narrate("  \(line)") }
    guard Prompt.confirm("Allow it, until it changes?") else {
      throw Failure("the scripts in \(source) were not approved", status: .cannotStart)
    }
  }

  /// Remembers the consent that ``ask(in:isApproved:)`` made sure of.
  package func record(for project: RegisteredProject, in register: Register) throws {
    if let approval { try register.approvals.add(approval.digest, for: project) }
  }
}
