import PikoCore
import SystemPackage

/// The files besides a worktree's own that `git status` reads for its answer: references, the index,
/// configuration, exclude files (gitrepository-layout(5), git-config(1), gitignore(5)).
enum StatusSources {
  /// Their absolute paths, of files that are not there too; nil where not all of them can be told.
  static func of(_ worktree: FilePath, _ status: WorktreeStatus) -> [String]? {
    // Names that are not UTF-8 were changed on their way here.
    let names = [status.branch, status.upstream].compactMap(\.self)
    guard !names.contains(where: { $0.unicodeScalars.contains("\u{FFFD}") }),
      let (own, common) = ProjectRoot.gitDirectories(of: worktree),
      let configuration = configuration(of: worktree)
    else { return nil }
    var files = ["HEAD", "index", "config.worktree"].map { own.appending($0) }
    files += [
      "config", "info/exclude", "info/attributes", "info/grafts", "packed-refs", "shallow",
      "refs/replace", "reftable/tables.list",
    ].map { common.pushing(FilePath($0)) }
    var references: [FilePath] = []
    if let branch = status.branch {
      references.append(common.pushing(FilePath("refs/heads/\(branch)")))
    }
    if let upstream = status.upstream {
      references += ["refs/remotes/", "refs/heads/", "refs/tags/", "refs/"].map {
        common.pushing(FilePath($0 + upstream))
      }
      references.append(own.pushing(FilePath("refs/" + upstream)))
    }
    // A reference that leads to another one: that one's file is not known here.
    for file in references where ShortFile.text(file, limit: 4)?.hasPrefix("ref:") == true {
      return nil
    }
    return (files + references).map(\.string) + configuration
  }

  /// The files of configuration and those that it names, by git's own list.
  private static func configuration(of worktree: FilePath) -> [String]? {
    let environment = ChildEnvironment.pinned().variables
    guard let home = environment["HOME"],
      let result = try? Git(in: worktree).run(
        ["config", "--list", "--show-origin", "-z"], timeout: .seconds(2)), result.succeeded
    else { return nil }
    let wanted = environment["XDG_CONFIG_HOME"] ?? ""
    let xdg = wanted.isEmpty ? "\(home)/.config" : wanted
    var files: Set<String> = [
      environment["GIT_CONFIG_GLOBAL"] ?? "\(home)/.gitconfig", "\(xdg)/git/config",
      environment["GIT_CONFIG_SYSTEM"] ?? "/etc/gitconfig", "\(xdg)/git/ignore",
      "\(xdg)/git/attributes", "/etc/gitattributes",
    ]
    // Pairs of where a setting is from, and its key, a newline and its value.
    let fields = result.output.split(separator: 0, omittingEmptySubsequences: false)
    for pair in stride(from: 0, to: fields.count - 1, by: 2) {
      guard let origin = String(validating: fields[pair], as: UTF8.self),
        let setting = String(validating: fields[pair + 1], as: UTF8.self)
      else { return nil }
      let parts = setting.split(separator: "\n", maxSplits: 1).map(String.init)
      var folder = worktree
      if origin.hasPrefix("file:") {
        let file = worktree.pushing(FilePath(String(origin.dropFirst(5))))
        files.insert(file.string)
        // Files that are included lie beside the one that says so, all others in the worktree.
        if parts.first?.hasPrefix("include") == true { folder = file.removingLastComponent() }
      }
      guard parts.count == 2, namesFile(parts[0]) else { continue }
      guard let file = path(parts[1], home: home, in: folder) else { return nil }
      files.insert(file)
    }
    return files.sorted()
  }

  /// Whether a setting, by its key, names a file that counts.
  private static func namesFile(_ key: String) -> Bool {
    ["core.excludesfile", "core.attributesfile", "include.path"].contains(key)
      || key.hasPrefix("includeif.") && key.hasSuffix(".path")
  }

  /// A path as git takes it from configuration; nil for the forms that only git can resolve.
  private static func path(_ text: String, home: String, in folder: FilePath) -> String? {
    if text.hasPrefix("~/") { return home + text.dropFirst(1) }
    if text.hasPrefix("~") || text.hasPrefix("%(") { return nil }
    return folder.pushing(FilePath(text)).string
  }
}
