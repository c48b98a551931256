import PikoCore
import SystemPackage

/// Relative paths that leave the worktree lead where they lead from the root.
enum PathsRule: Rule {
  static func apply(to draft: inout Draft) {
    for (place, path) in leaving(draft.original, draft.identity) {
      draft.set(
        place, to: path.string.escapedForCompose, .paths,
        because: "a relative path that leaves the worktree is taken from the root")
    }
    for service in draft.original.services where service.isBuilt { dockerfile(of: service, &draft) }
  }

  /// The places of those paths, with where they lead.
  fileprivate static func leaving(
    _ model: Model, _ identity: Identity
  ) -> [(place: ModelPath, path: FilePath)] {
    ModelPaths.all(in: model).compactMap { place in
      guard let path = FilePath(absoluteInModel: model.document[place]?.string),
        !identity.isInWorktree(path), model.isRelative(at: place)
      else { return nil }
      return (place, identity.asFromRoot(path))
    }
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

extension Model {
  /// The same model with relative paths that leave the worktree taken from the root, as they are in
  /// the environment.
  package func takenFromRoot(_ identity: Identity) -> Model {
    let document = PathsRule.leaving(self, identity).reduce(document) { document, leaving in
      document.with(.string(leaving.path.string.escapedForCompose), at: leaving.place)
    }
    return Model(document, unresolved: unresolved)
  }
}
