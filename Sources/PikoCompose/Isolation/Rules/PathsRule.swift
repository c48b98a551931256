import PikoCore
import SystemPackage

/// Relative paths that leave the worktree lead where they lead from the root.
enum PathsRule: Rule {
  static func apply(to draft: inout Draft) {
    for place in ModelPaths.all(in: draft.original) {
      guard let path = FilePath(absoluteInModel: draft.original.document[place]?.string),
        !draft.identity.isInWorktree(path), draft.isRelative(at: place)
      else { continue }
      draft.set(
        place, to: draft.identity.asFromRoot(path).string.escapedForCompose, .paths,
        because: "a relative path that leaves the worktree is taken from the root")
    }
    for service in draft.original.services where service.isBuilt { dockerfile(of: service, &draft) }
  }

  /// The Dockerfile is named from the build context, and stays unresolved in the model.
  private static func dockerfile(of service: ModelService, _ draft: inout Draft) {
    let build = service.path.key("build")
    guard let name = draft.original.document[build.key("dockerfile")]?.string, !name.hasPrefix("/"),
      let context = FilePath(
        absoluteInModel: draft.original.document[build.key("context")]?.string),
      draft.identity.isInWorktree(context)
    else { return }
    let file = context.appending(name.interpolated).lexicallyNormalized()
    guard !draft.identity.isInWorktree(file) else { return }
    draft.set(
      build.key("dockerfile"), to: draft.identity.asFromRoot(file).string.escapedForCompose,
      .paths, because: "a relative path that leaves the worktree is taken from the root")
  }
}
