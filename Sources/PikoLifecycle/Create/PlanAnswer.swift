import PikoConfig
import PikoCore
import PikoGit
import PikoProject
import SystemPackage

/// What a create will do, as `--dry-run --json` prints it.
package struct PlanAnswer: Encodable {
  let environment: String
  let branch: String
  /// Whether the branch is made too.
  let makesBranch: Bool
  /// What the branch is at.
  let commit: String
  let path: String
  /// Absent where it will have no containers.
  let composeProject: String?
  let starts: Bool
  /// What a new branch does not have as it is in the checkout; absent where that is nothing.
  let uncommitted: [String]?
  /// The ignored files that are copied, and those that are linked to; absent where there are none.
  let copies: [String]?
  let links: [String]?
  /// What `--shared` and `--isolate` name; absent where nothing is.
  let shared: [String]?
  let isolated: [String]?
  /// Absent where the project supplies nothing to be run.
  let approval: ApprovalAnswer?

  package init(_ plan: CreatePlan, _ carriage: Carriage) {
    environment = plan.name.text
    branch = plan.branch.branch.text
    makesBranch = plan.branch.createsBranch
    commit = plan.branch.tip
    path = plan.path.string
    composeProject =
      plan.usesCompose
      ? Naming.composeProject(project: plan.projectName, environment: plan.name) : nil
    starts = plan.request.starts
    uncommitted = plan.uncommitted.isEmpty ? nil : plan.uncommitted
    copies = carriage.copies.isEmpty ? nil : carriage.copies
    links = carriage.links.isEmpty ? nil : carriage.links
    let sharing = plan.request.sharing
    func services(_ areShared: Bool) -> [String]? {
      let named = sharing.filter { $0.value == areShared }.keys.sorted()
      return named.isEmpty ? nil : named
    }
    shared = services(true)
    isolated = services(false)
    approval = plan.approval.map { ApprovalAnswer($0, isNeeded: !plan.isApproved) }
  }
}
