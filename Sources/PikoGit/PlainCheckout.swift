internal import CLibgit2
internal import PikoCore
internal import SystemPackage

/// Whether a checkout is a matter of writing blobs as they are. Whatever needs more (filters, line
/// endings, sparse patterns, replaced objects, odd formats) is `git worktree add`'s to do: its answer
/// is right by definition.
enum PlainCheckout {
  /// Configuration that changes what git writes, in the working tree or beside it, or how its
  /// references are kept; none of it is common. Each with the values that change nothing.
  private static let settings: [String: Set<String>] = [
    "core.autocrlf": ["false", "input"], "core.eol": ["lf", "native"],
    "core.sparsecheckout": ["false"], "core.symlinks": ["true"], "core.filemode": ["true"],
    "core.ignorecase": ["false"], "core.precomposeunicode": ["false"], "core.protecthfs": ["false"],
    "core.sharedrepository": ["false", "umask", "0"], "core.fsmonitor": ["false"],
    "core.splitindex": ["false"], "core.untrackedcache": ["false", "keep"], "core.worktree": [],
    "core.logallrefupdates": ["true"],
    "core.trustctime": ["true"], "core.checkstat": ["default"], "core.usereplacerefs": ["true"],
    "feature.manyfiles": ["false"], "feature.experimental": ["false"],
    "index.version": ["2"], "index.skiphash": ["false"], "index.sparse": ["false"],
    "index.recordendofindexentries": ["false"], "attr.tree": [],
    "worktree.userelativepaths": ["false"], "extensions.worktreeconfig": ["false"],
    "extensions.noop": ["true"], "extensions.preciousobjects": ["true", "false"],
  ]

  /// Whether the repository's settings allow it.
  static func isAllowed(by configuration: Configuration) -> Bool {
    for (key, harmless) in settings {
      if let value = configuration.string(key), !harmless.contains(value.lowercased()) {
        return false
      }
    }
    // Any other extension is unknown here: partial clones are one.
    return configuration.keys(below: "extensions.").allSatisfy { settings[$0] != nil }
      && !configuration.keys(below: "remote.").contains { $0.hasSuffix(".promisor") }
  }

  /// Whether attributes leave every file as its blob is (gitattributes(5)).
  ///
  /// - Parameter text: one attributes file. Patterns are not matched: a line that could change any
  ///   file's bytes says no.
  static func isAllowed(byAttributes text: String, _ configuration: Configuration) -> Bool {
    for line in text.split(whereSeparator: \.isNewline) {
      let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\r" })
      guard let first = words.first, !first.hasPrefix("#") else { continue }
      for word in words.dropFirst() where changesContent(word, configuration) { return false }
    }
    return true
  }

  private static func changesContent(_ word: Substring, _ configuration: Configuration) -> Bool {
    if word == "ident" || word == "eol=crlf" || word.hasPrefix("ident=") { return true }
    if word.hasPrefix("working-tree-encoding") { return true }
    guard word.hasPrefix("filter=") else { return false }
    // A driver that is not configured does nothing.
    return !configuration.keys(below: "filter.\(word.dropFirst("filter=".count)).").isEmpty
  }
}

extension Repository {
  /// The tree of a commit, where its checkout is plain; nil where it is git's to do.
  func plainTree(of commit: String) throws(Failure) -> TreeListing? {
    guard isReadByLibrary, PlainCheckout.isAllowed(by: configuration),
      attributesOutsideTree().allSatisfy({ file in
        guard let bytes = Disk.read(file) else { return true }
        return PlainCheckout.isAllowed(
          byAttributes: String(decoding: bytes, as: UTF8.self), configuration)
      }), !hasHooksOfGitsOwn()
    else { return nil }
    let repository = try handle()
    guard repository.reference(below: "refs/replace/") == nil,
      Disk.kind(of: commonDirectory.appending("info").appending("grafts")) == nil
    else { return nil }
    let tree = try TreeListing(of: commit, in: repository)
    if tree.hasDoubtfulPath { return nil }
    let objects = try ObjectSource(at: commonDirectory)
    for place in tree.attributeFiles {
      let entry = tree.entries[place]
      // git does not follow a link here; what it does instead differs by version.
      if entry.mode == GIT_FILEMODE_LINK.rawValue { return nil }
      let isPlain = try objects.withBlob(entry.oid) { content in
        PlainCheckout.isAllowed(
          byAttributes: String(decoding: content, as: UTF8.self), configuration)
      }
      guard isPlain else { return nil }
    }
    return tree
  }

  /// Attributes files that count besides those in the tree.
  private func attributesOutsideTree() -> [FilePath] {
    var files = [commonDirectory.appending("info").appending("attributes")]
    let variables = git.environment.variables
    let home = variables["HOME"].map { FilePath($0) }
    if let own = configuration.string("core.attributesfile") {
      if own.hasPrefix("~/"), let home {
        files.append(home.appending(FilePath(String(own.dropFirst(2))).components))
      } else {
        files.append(FilePath(own))
      }
    } else if let xdg = variables["XDG_CONFIG_HOME"], !xdg.isEmpty {
      files.append(FilePath(xdg).appending("git").appending("attributes"))
    } else if let home {
      files.append(home.appending(".config").appending("git").appending("attributes"))
    }
    return files + [FilePath("/etc/gitattributes"), FilePath("/usr/local/etc/gitattributes")]
  }

  /// Hooks that git runs while it writes references and the index (githooks(5)); only git can.
  private func hasHooksOfGitsOwn() -> Bool {
    guard configuration.keys(below: "hook.").isEmpty else { return true }
    return ["reference-transaction", "post-index-change"].contains { hookFile($0) != nil }
  }
}
