import PikoCompose
package import PikoConfig
package import PikoCore
package import SystemPackage

/// What a commit holds, asked before it is checked out.
package struct CommitFiles {
  private let git: Git
  private let commit: String
  private let known: KnownFiles

  /// - Parameters:
  ///   - git: in the repository, or a worktree of it.
  ///   - commit: its name in full.
  package init(git: Git, commit: String) {
    self.git = git
    self.commit = commit
    known = KnownFiles(git: git, commit: commit)
  }

  /// The commit that a revision names.
  ///
  /// - Returns: nil where there is none.
  package init?(git: Git, revision: String) throws(Failure) {
    let found = try git.run([
      "rev-parse", "--verify", "--quiet", "--end-of-options", "\(revision)^{commit}",
    ])
    let commit = found.text.prefix { !$0.isNewline }
    guard found.succeeded, !commit.isEmpty else { return nil }
    self.init(git: git, commit: String(commit))
  }

  /// The branch's own `.piko.yml`; nil where it has none.
  ///
  /// - Parameter path: where it will be, as errors name it.
  package func configuration(as path: FilePath) throws -> ProjectConfiguration? {
    guard let file = try known.content(of: ProjectConfiguration.fileName) else { return nil }
    return try ProjectConfiguration(parsing: file, from: path)
  }

  /// The compose files that its `.env` names for Compose; empty where it says nothing.
  private func composeFilesOfDotEnv() throws -> [String] {
    guard let file = try known.content(of: KnownFiles.dotEnv) else { return [] }
    return ComposeFiles.names(inDotEnv: String(decoding: file, as: UTF8.self))
  }

  /// Whether it has a compose file, by the configured names, those of its `.env`, or Compose's
  /// default ones.
  package func hasComposeFile(configured: [String]) throws -> Bool {
    if !configured.isEmpty { return true }
    if try has(anyOf: ComposeFiles.defaultNames) { return true }
    return try !composeFilesOfDotEnv().isEmpty
  }

  /// A compose file that is named and cannot come to be there; nil where there is none.
  ///
  /// - Parameter root: the main checkout, of which ignored files may be copied.
  package func missingComposeFile(configured: [String], root: FilePath) throws -> String? {
    let names = try configured.isEmpty ? composeFilesOfDotEnv() : configured
    return try names.first { name in
      let path = FilePath(name)
      if path.isAbsolute { return !FileCopy.exists(path) }
      // Where a path that leaves the worktree leads to is not known here.
      let inside = path.lexicallyNormalized()
      guard inside.components.first?.kind == .regular else { return false }
      return try !FileCopy.exists(root.pushing(inside)) && !has(anyOf: [inside.string])
    }
  }

  /// Of the files that say what an environment is, those that a checkout of this commit has otherwise
  /// than it, or has where it has none: git calls them changed or untracked. Relative to the checkout.
  ///
  /// - Parameter configured: the compose files that the configuration names.
  package func uncommitted(in checkout: FilePath, configured: [String]) throws -> [String] {
    let compose =
      configured.isEmpty
      ? ComposeFiles.defaultNames + ComposeFiles.overrideNames
      : configured.map { FilePath($0).lexicallyNormalized() }
        .filter { !$0.isAbsolute && $0.components.first?.kind == .regular }.map(\.string)
    let suspects = try ([ProjectConfiguration.fileName] + compose).filter { name in
      guard KnownFiles.names.contains(name) else { return true }
      let own = ShortFile.bytes(checkout.appending(name))
      return try own != nil && own != known.content(of: name)
    }
    guard !suspects.isEmpty else { return [] }
    // Line ends and filters are git's to judge.
    let status = try Git(in: checkout).run(
      [
        "--literal-pathspecs", "status", "--porcelain", "-z", "--no-renames",
        "--untracked-files=all", "--",
      ] + suspects)
    let changed = Set(status.text.split(separator: "\0").map { $0.dropFirst(3) })
    return suspects.filter { changed.contains($0[...]) }
  }

  /// Whether it has one of these files.
  package func has(anyOf names: [String]) throws -> Bool {
    if names.allSatisfy(KnownFiles.names.contains) { return try names.contains(where: known.has) }
    let listing = try git.run(
      ["ls-tree", "-z", "--name-only", "--full-tree", commit, "--"] + names)
    return !listing.output.isEmpty
  }
}

/// The files that every create asks for, read by one call of git the first time that one is.
private final class KnownFiles {
  static let dotEnv = ".env"
  static let names =
    [ProjectConfiguration.fileName, dotEnv, Override.fileName] + ComposeFiles.defaultNames
    + ComposeFiles.overrideNames

  private let git: Git
  private let commit: String
  private var found: [String: Object]?

  init(git: Git, commit: String) {
    self.git = git
    self.commit = commit
  }

  private struct Object {
    let isFile: Bool
    let content: [UInt8]
  }

  /// The content of a file, that of a link being its target; nil where there is none.
  func content(of name: String) throws(Failure) -> [UInt8]? {
    guard let object = try objects()[name], object.isFile else { return nil }
    return object.content
  }

  /// Whether anything has that name.
  func has(_ name: String) throws(Failure) -> Bool { try objects()[name] != nil }

  private func objects() throws(Failure) -> [String: Object] {
    if let found { return found }
    let input = KnownFiles.names.map { "\(commit):\($0)\n" }.joined()
    let answer = try git.run(["cat-file", "--batch"], input: Array(input.utf8))
    guard answer.succeeded else {
      throw Failure("cannot read commit '\(commit)'", detail: answer.errors)
    }
    let objects = try KnownFiles.objects(in: answer.output)
    found = objects
    return objects
  }

  /// Reads git's answer (git-cat-file(1), "Batch output"): for each name a line `ID TYPE SIZE`, so
  /// many bytes and a newline, or a line that ends with `missing`.
  private static func objects(in output: [UInt8]) throws(Failure) -> [String: Object] {
    var objects: [String: Object] = [:]
    var rest = output[...]
    for name in names {
      let line = rest.prefix { $0 != UInt8(ascii: "\n") }
      rest = rest.dropFirst(line.count + 1)
      let words = String(decoding: line, as: UTF8.self).split(separator: " ")
      guard words.last != "missing" else { continue }
      guard words.count == 3, let size = Int(words[2]), rest.count > size else {
        throw Failure("cannot read git's answer about \(name.quoted)")
      }
      objects[name] = Object(isFile: words[1] == "blob", content: Array(rest.prefix(size)))
      rest = rest.dropFirst(size + 1)
    }
    return objects
  }
}
