import PikoCompose
import PikoConfig
import PikoCore
import PikoProject
import SystemPackage

/// Images that are built from the project's root: every worktree below it would be sent to the
/// engine too, unless `.dockerignore` leaves `.piko` out.
struct ContextsCheck: Check {
  let name = "contexts"

  func run(in site: Site) throws -> [Finding] {
    guard Program("docker").exists else { return [] }
    var findings: [Finding] = []
    for project in site.projects where !project.location.isBare {
      let root = project.root
      guard try !project.environments().isEmpty,
        let configuration = try? Configuration.load(root: root, worktree: root),
        let files = try? ComposeFiles.find(in: root, configured: configuration.compose),
        !files.isEmpty, let model = try? Compose().mainModel(in: root, files: files)
      else { continue }
      for (service, dockerfile) in Self.builtFromRoot(model, root) {
        let own = dockerfile.map { ShortFile.text(root.pushing(FilePath("\($0).dockerignore"))) }
        let text = (own ?? nil) ?? ShortFile.text(root.appending(".dockerignore")) ?? ""
        guard !Self.leavesOut(text) else { continue }
        let file = Paths.argument(root.appending(".dockerignore"))
        findings.append(
          .problem(
            .warning,
            "service \(service.quoted) is built from \(Paths.display(root).quoted) with all worktrees",
            command: "echo .piko >> \(file)"))
      }
    }
    return findings
  }

  /// The services that are built from the root, each with its Dockerfile.
  static func builtFromRoot(
    _ model: Model, _ root: FilePath
  ) -> [(service: String, dockerfile: String?)] {
    model.services.compactMap { service in
      guard service.isBuilt, let build = service.document["build"],
        FilePath(absoluteInModel: build["context"]?.string) == root
      else { return nil }
      return (service.name, build["dockerfile"]?.string)
    }
  }

  /// Whether a `.dockerignore` leaves `.piko` out: its last line that matches it decides
  /// (docs.docker.com, "Build context", ".dockerignore files").
  static func leavesOut(_ text: String) -> Bool {
    var isOut = false
    for line in text.split(separator: "\n") {
      var pattern = line.filter { !$0.isWhitespace }
      let isException = pattern.hasPrefix("!")
      if isException { pattern.removeFirst() }
      while pattern.hasPrefix("/") { pattern.removeFirst() }
      while pattern.hasSuffix("/") { pattern.removeLast() }
      let covers = [
        ".piko", "**/.piko", ".piko/**", ".piko/*", ".piko/worktrees", ".*", "**/.*", "*", "**",
      ]
      if covers.contains(pattern) { isOut = !isException }
    }
    return isOut
  }
}
