import PikoCompose
import PikoCore
import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Files in a worktree that containers wrote as root: made the user's own through a container, which
/// may do so where the user may not.
struct Ownership {
  let worktree: FilePath
  /// Images to try, those of the environment's own containers first.
  let images: [String]

  init(of worktree: FilePath, images: [String]) {
    self.worktree = worktree
    self.images = images
  }

  /// Gives every file to this user. Nothing is downloaded: only images that are there are tried.
  ///
  /// - Returns: whether some image could do it.
  func take() throws -> Bool {
    var seen: Set<String> = []
    let local = try Engine().images().compactMap { $0.tags?.first }
    for image in images + local where seen.insert(image).inserted {
      let result = try Program("docker").run([
        "run", "--rm", "--pull", "never", "--network", "none", "--user", "0:0",
        "--mount", "type=bind,\(source),target=/piko-worktree",
        "--entrypoint", "chown", "--", image, "-h", "-R", "\(getuid()):\(getgid())",
        "/piko-worktree",
      ])
      if result.succeeded { return true }
    }
    return false
  }

  /// The mount's source as a CSV field, in which quotes keep commas.
  private var source: String {
    let field = "source=\(worktree.string)"
    let doubled = field.split(separator: "\"", omittingEmptySubsequences: false)
      .joined(separator: "\"\"")
    return "\"\(doubled)\""
  }
}
