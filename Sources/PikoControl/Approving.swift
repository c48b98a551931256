package import PikoConfig
package import PikoCore
package import PikoProject
package import PikoStore
package import SystemPackage

/// The user's consent to what a repository supplies to be run, bound to its content (SPEC part 15).
package struct Approving {
  /// What is to be approved; nil where nothing would be run.
  package let approval: Approval?
  /// The file that has what is to be run, as messages say it.
  private let source: String
  private let name: String?

  /// - Parameters:
  ///   - branch: the branch whose own file it may be, before that is checked out.
  ///   - name: what `piko trust` is to be given to approve the same; nil for nothing.
  package init(
    _ configuration: ProjectConfiguration, root: FilePath, branch: BranchName? = nil,
    named name: String?
  ) {
    approval = Approval.needed(for: configuration)
    self.name = name
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

  /// Whether there is nothing that would be run.
  package var isNeeded: Bool { approval != nil }

  /// Whether there is nothing to ask: nothing is to be run, or it was approved before.
  package func isSettled(in project: Project) throws -> Bool {
    try approval.map { try project.isApproved($0) } ?? true
  }

  /// Whether there is nothing left to ask after what the user has said.
  package func isSettled(in project: Project, by consent: Consent) throws -> Bool {
    switch consent {
    case .given: true
    case .content(let digest) where digest == approval?.digest: true
    case .open, .content: try isSettled(in: project)
    }
  }

  /// Makes sure that the content is approved: it was before, the user has said so, or is asked.
  ///
  /// - Throws: where it is not, with what to type; status 128 where nobody could be asked.
  package func ask(in project: Project, consent: Consent = .open) throws {
    guard let approval, try !isSettled(in: project, by: consent) else { return }
    guard Terminal.canPrompt, consent == .open else {
      throw project.unapproved(
        "the scripts in \(source)" + (consent == .open ? "" : " are other ones and"), name,
        detail: approval.summary.joined(separator: "\n"))
    }
    show()
    try confirm()
  }

  /// Shows on standard error what would be run.
  package func show() {
    guard let approval else { return }
    Output.narrate("This project wants to run:")
    for line in approval.summary { Output.narrate("  \(line)") }
  }

  /// Asks on the terminal.
  ///
  /// - Throws: where the answer is no.
  package func confirm() throws {
    guard Prompt.confirm("Allow it, until it changes?") else {
      throw Failure(
        "the scripts in \(source) were not approved",
        hint: "to approve them later, run '\(Project.trustCommand(for: name))'",
        status: .cannotStart)
    }
  }

  /// Remembers the consent that ``ask(in:consent:)`` made sure of.
  package func record(for project: RegisteredProject, in register: Register) throws {
    if let approval { try register.approvals.add(approval.digest, for: project) }
  }
}
