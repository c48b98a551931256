package import PikoConfig
import PikoCore
package import PikoProject
package import PikoStore
package import SystemPackage

/// The user's consent to what a repository supplies to be run, bound to its content (SPEC part 15).
package struct Approving {
  private let approval: Approval?
  private let root: FilePath

  package init(_ configuration: ProjectConfiguration, root: FilePath) throws {
    approval = Approval.needed(for: configuration)
    self.root = root
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
        "the scripts of \(Paths.display(root).quoted) are not approved",
        hint: "read them in '.piko.yml', then allow them: add '--yes'",
        detail: approval.summary.joined(separator: "\n"), status: .cannotStart)
    }
    Output.narrate("This project wants to run:")
    for line in approval.summary { Output.narrate("  \(line)") }
    guard Prompt.confirm("Allow it, until it changes?") else {
      throw Failure(
        "the scripts of \(Paths.display(root).quoted) were not approved", status: .cannotStart)
    }
  }

  /// Remembers the consent that ``ask(in:isApproved:)`` made sure of.
  package func record(for project: RegisteredProject, in register: Register) throws {
    if let approval { try register.approvals.add(approval.digest, for: project) }
  }
}
