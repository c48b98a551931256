package import PikoConfig
package import PikoCore
package import PikoStore
import SystemPackage

extension Project {
  /// Makes sure that what a repository supplies to be used was approved by this user (SPEC part 15).
  ///
  /// - Parameter environment: the one it is for, as the hint names it.
  package func requireApproval(
    of configuration: ProjectConfiguration, for environment: EnvironmentRecord
  ) throws {
    guard let approval = Approval.needed(for: configuration),
      try !isApproved(approval)
    else { return }
    throw unapproved(
      "the scripts and variables of \(Paths.display(root).quoted)", environment.name.text)
  }

  /// Whether this user allowed the content of an approval for this project.
  package func isApproved(_ approval: Approval) throws -> Bool {
    guard let register, let project = try register.projects.project(atRoot: root) else {
      return false
    }
    return try register.approvals.contains(approval.digest, for: project)
  }

  /// The failure of what is not approved.
  ///
  /// - Parameters:
  ///   - what: it, as the message names it.
  ///   - name: what `piko trust` is to be given; nil for nothing.
  ///   - detail: what would be run.
  package func unapproved(_ what: String, _ name: String?, detail: String? = nil) -> Failure {
    Failure(
      "\(what) are not approved",
      hint: "to see and allow them, run '\(Project.trustCommand(for: name))'",
      detail: detail, status: .cannotStart)
  }

  /// What to type to see and allow what would be run.
  ///
  /// - Parameter name: what `piko trust` is to be given; nil for nothing.
  package static func trustCommand(for name: String?) -> String {
    "piko trust" + (name.map { " \(Quoting.word($0))" } ?? "")
  }

  /// The project's name as a configuration asks for it; another root may have it already.
  ///
  /// - Throws: status 128 where no name can be made.
  package static func wantedName(
    _ configuration: ProjectConfiguration, at location: ProjectRoot
  ) throws(Failure) -> String {
    let wanted = configuration.name ?? location.root.lastComponent?.string ?? ""
    guard let slug = Slug.make(wanted, atMost: EnvironmentName.maximumLength) else {
      throw Failure(
        "cannot make a project name of \(wanted.quoted): it has no letter or digit",
        hint: "name it in '.piko.yml': 'name: NAME'", status: .cannotStart)
    }
    return slug
  }
}
