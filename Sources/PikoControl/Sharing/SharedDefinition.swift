import PikoCompose
import PikoConfig
import PikoCore
import PikoProject
import SystemPackage

/// What a service is defined as, in a form that tells whether it changed.
enum SharedDefinition {
  /// The digests of the main checkout's services; empty where its files cannot be read.
  static func all(in project: Project) throws -> [String: String] {
    guard let model = try main(in: project) else { return [:] }
    return Dictionary(
      model.services.map { ($0.name, digest(of: $0, in: project.root)) }
    ) { first, _ in first }
  }

  /// The main checkout's own model; nil where there is none.
  ///
  /// - Throws: in Compose's words where it refuses the files.
  static func main(in project: Project) throws -> Model? {
    guard !project.location.isBare else { return nil }
    let configuration = try Configuration.load(root: project.root, worktree: project.root)
    let files = try ComposeFiles.find(in: project.root, configured: configuration.compose)
    guard !files.isEmpty else { return nil }
    return try Compose().mainModel(in: project.root, files: files)
  }

  /// A service's digest: the same in every worktree that defines it alike.
  ///
  /// - Parameter names: the name of the Compose project it was read for, and the one to take it for:
  ///   `${COMPOSE_PROJECT_NAME}` is another in each.
  static func digest(
    of service: ModelService, in worktree: FilePath, _ names: (own: String, other: String)? = nil
  ) -> String {
    var text = service.document.brief.replacing(worktree.string, with: ".")
    if let names { text = text.replacing(names.own, with: names.other) }
    return SHA256.hexDigits(of: text.utf8)
  }
}
