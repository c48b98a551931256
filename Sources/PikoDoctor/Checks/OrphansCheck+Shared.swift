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
  /// user's to remove, and data alone is no trouble.
  func sharedServices(in site: Site) throws -> [Finding] {
    try site.projects.compactMap { project in
      guard !site.isBusy(.sharedServices, root: project.root),
        let register = project.register,
        let registered = try register.sharedEnvironment(ofRoot: project.root),
        try project.environments().isEmpty && register.environments(ofRoot: project.root).isEmpty
      else { return nil }
      let left = try EngineInventory(of: project.sharedServices(as: registered), in: project)
      guard !left.isEmpty else { return nil }
      let place = Paths.display(project.root).quoted
      guard left.containers.isEmpty, left.networks.isEmpty, left.imageTags.isEmpty else {
        return leftovers(left, of: project, at: place, in: site)
      }
      return .kept(
        "data of the shared services of \(place) was kept, which has no environment: "
          + left.volumes.joined(separator: ", "),
        removal: site.command("destroy --volumes shared", in: project.root))
    }
  }

  private func leftovers(
    _ left: EngineInventory, of project: Project, at place: String, in site: Site
  ) -> Finding {
    let parts =
      left.containers.map { "container \($0.names.first ?? $0.id)" }
      + left.networks.map { "network \($0.name)" } + left.volumes.map { "volume \($0)" }
      + left.imageTags.map { "image \($0)" }
    let text =
      "shared services of \(place) are left, which has no "
      + "environment: \(parts.joined(separator: ", "))"
    guard left.volumes.isEmpty else {
      return .problem(
        .warning, text, command: site.command("destroy shared", in: project.root))
    }
    return .mendable(.warning, text) {
      try SharedServices.required(in: project, Narrator(quiet: true))
        .destroy(volumes: false, isForced: false)
      return "removed them"
    }
  }
}
