import PikoCore
import SystemPackage

/// Files that Compose needs, that the main checkout has and the worktree has not, because git
/// ignores them.
enum FilesRule: Rule {
  static func apply(to draft: inout Draft) {
    for place in ModelPaths.all(in: draft.model) where place.keys.last != "path" {
      guard let path = FilePath(absoluteInModel: draft.document[place]?.string) else { continue }
      missing(path, at: place, needed(at: place), &draft)
    }
    missing(
      draft.identity.composeDirectory.appending(".env"), at: ModelPath("name"),
      "Compose takes variables from", &draft)
  }

  private static func missing(
    _ path: FilePath, at place: ModelPath, _ need: String, _ draft: inout Draft
  ) {
    guard let relative = draft.identity.relative(path), !relative.isEmpty,
      !draft.files.exists(path),
      draft.files.exists(draft.identity.root.appending(relative))
    else { return }
    draft.remark(
      .warning, .files, at: place,
      "\(need) \(relative.quoted), which the main checkout has and the worktree has not",
      hint: hint(toCopy: relative, as: draft.identity, draft.files))
  }

  /// What brings a file of the main checkout to a worktree: the line that does so for every new one;
  /// where piko isolated this one before, and will copy nothing any more, a command.
  static func hint(
    toCopy path: String, as identity: Identity, _ files: FileFacts
  ) -> String {
    guard files.exists(identity.overrideDirectory.appending(Override.fileName)) else {
      return "to copy it into every worktree, add to '.piko.yml': copy: [\(Override.quoted(path))]"
    }
    let source = identity.root.appending(path)
    let target = identity.worktree.appending(path)
    let folder = target.removingLastComponent()
    let making = files.exists(folder) ? "" : "mkdir -p \(Paths.argument(folder)) && "
    let copying = files.kind(source) == .directory ? "cp -R" : "cp"
    return "to copy it, run '\(making)\(copying) \(Paths.argument(source)) "
      + "\(Paths.argument(target))'"
  }

  private static func needed(at place: ModelPath) -> String {
    let keys = place.keys
    guard keys.count > 1 else { return "the project needs" }
    return switch keys[0] {
    case "services" where keys.contains("build"): "the build of service \(keys[1].quoted) needs"
    case "services": "service \(keys[1].quoted) mounts"
    case "secrets": "secret \(keys[1].quoted) is"
    case "configs": "config \(keys[1].quoted) is"
    default: "volume \(keys[1].quoted) is"
    }
  }
}
