import PikoCore
import SystemPackage

/// The files of the main checkout that git ignores and the project wants in every worktree: those
/// that `copy:` or `link:` of `.piko.yml` names, and those of `.worktreeinclude`.
struct IgnoredFiles {
  /// The main checkout.
  let root: FilePath
  /// The repository's common directory.
  let gitDirectory: FilePath

  /// Paths below the root that match a gitignore pattern and are ignored, a folder that matches as
  /// a whole as one path; and those that match but are not ignored, which stay where they are: as
  /// copies they would show in every `git status`.
  func matching(_ patterns: [String]) throws -> (ignored: [FilePath], notIgnored: [FilePath]) {
    guard !patterns.isEmpty else { return ([], []) }
    return try split(list(patterns.map { "--exclude=\(IgnoredFiles.anchored($0))" }))
  }

  /// A pattern that begins with `./`, which git never matches, as its author means it: at the root.
  private static func anchored(_ pattern: String) -> String {
    guard pattern.hasPrefix("./") else { return pattern }
    let parts = pattern.split(separator: "/", omittingEmptySubsequences: false)
    return "/" + parts.drop { $0 == "." || $0.isEmpty }.joined(separator: "/")
  }

  /// A pattern as the path below the root that it is where nothing in it stands for other characters.
  static func literal(_ pattern: String) -> FilePath {
    FilePath(root: nil, FilePath(anchored(pattern)).components)
  }

  /// The same for the patterns in `.worktreeinclude`, where the root has one.
  func named(inFile name: String) throws -> [FilePath] {
    guard FileCopy.exists(root.appending(name)) else { return [] }
    return try split(list(["--exclude-from=\(name)"])).ignored
  }

  private func list(_ excludes: [String]) throws -> [FilePath] {
    let arguments =
      git + ["ls-files", "-z", "--others", "--ignored", "--directory"] + excludes
    let listed = try Program("git").run(arguments, in: root)
    guard listed.succeeded else {
      throw Failure(
        "cannot list the ignored files of \(root.string.quoted)", detail: listed.errors)
    }
    return listed.output.split(separator: 0).compactMap { name in
      guard let text = String(validating: name, as: UTF8.self) else {
        Output.warn(
          "\(String(decoding: name, as: UTF8.self).quoted) was left out: its name is not UTF-8")
        return nil
      }
      let path = FilePath(text)
      return path.components.first.map { $0.string != ".piko" } ?? false ? path : nil
    }
  }

  private func split(_ paths: [FilePath]) throws -> (ignored: [FilePath], notIgnored: [FilePath]) {
    guard !paths.isEmpty else { return ([], []) }
    let input = paths.flatMap { path -> [UInt8] in Array(path.string.utf8) + [0] }
    // Status 1: none of them is ignored.
    let answer = try Program("git").run(
      git + ["check-ignore", "-z", "--stdin"], in: root, input: input)
    guard answer.status <= 1 else {
      throw Failure("cannot ask git what it ignores", detail: answer.errors)
    }
    let ignored = Set(answer.text.split(separator: "\0").map { FilePath(String($0)) })
    // A folder of nothing but matches is listed too, beside them: it was not meant by itself.
    let notIgnored = paths.filter { path in
      !ignored.contains(path) && !paths.contains { $0 != path && $0.starts(with: path) }
    }
    return (paths.filter { ignored.contains($0) }, notIgnored)
  }

  /// Names both folders: below a bare repository the root is no checkout by itself.
  private var git: [String] {
    ["-c", "core.bare=false", "--git-dir=\(gitDirectory.string)", "--work-tree=\(root.string)"]
  }
}
