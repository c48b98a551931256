import PikoCompose
import PikoControl
import PikoCore
import PikoProject
import PikoStore
import SystemPackage

extension OrphansCheck {
  /// Whether the shared services of the project at a root can be named by their parts alone: it is
  /// gone, or has neither environments that may use them nor a place in the register.
  func areUnknown(in site: Site, root: FilePath?) throws -> Bool {
    guard let root else { return true }
    guard let project = site.projects.first(where: { $0.root == root }) else { return false }
    return try project.environments().isEmpty
      && project.register?.sharedEnvironment(ofRoot: root) == nil
  }

  /// What runs once for all environments, of projects that have none any more. With data it is the
  /// user's to remove.
  func sharedServices(in site: Site) throws -> [Finding] {
    try site.projects.compactMap { project in
      guard !site.isBusy(.sharedServices, root: project.root),
        let register = project.register,
        let registered = try register.sharedEnvironment(ofRoot: project.root),
        try project.environments().isEmpty && register.environments(ofRoot: project.root).isEmpty
      else { return nil }
      let left = try EngineInventory(of: project.sharedServices(as: registered), in: project)
      guard !left.isEmpty else { return nil }
      let parts =
        left.containers.map { "container \($0.names.first ?? $0.id)" }
        + left.networks.map { "network \($0.name)" } + left.volumes.map { "volume \($0)" }
        + left.imageTags.map { "image \($0)" }
      let text =
        "shared services of \(Paths.display(project.root).quoted) are left, which has no "
        + "environment: \(parts.joined(separator: ", "))"
      guard left.volumes.isEmpty else {
        return .problem(
          .warning, text, command: site.command("destroy --volumes shared", in: project.root))
      }
      return .mendable(.warning, text) {
        try SharedServices.required(in: project, Narrator(quiet: true))
          .destroy(volumes: false, isForced: false)
        return "removed them"
      }
    }
  }
}
