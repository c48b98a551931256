import Glibc
import PikoCore
import PikoGit
import SystemPackage
import Testing

/// One repository built twice, the same to the byte; `git worktree add` makes the worktree in `one`,
/// piko that in `two`. Then everything is compared: the files, the entry, the index, the references,
/// the configuration, and what git says of both.
struct Likeness {
  let scene: Scene
  /// The worktree's name, below each half.
  var place = "wt"
  /// The repository, or checkout, that the command is typed in, below each half.
  var typedIn = "repo"
  /// Where the common directory is.
  var common = "repo/.git"

  /// - Parameter build: a script that makes `repo`, run in an empty directory.
  init(_ scene: Scene, _ build: String) throws {
    self.scene = scene
    try scene.shell(
      ".",
      """
      export GIT_AUTHOR_DATE='1700000000 +0000' GIT_COMMITTER_DATE='1700000000 +0000'
      export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
      for half in one two; do mkdir $half; (cd $half; \(build)); done
      """)
  }

  /// Makes both worktrees and compares them.
  ///
  /// - Parameter byGit: whether piko is to leave the work to git, and must know it.
  @discardableResult
  func check(
    git arguments: [String], branch: BranchName, from: String? = nil, byGit: Bool = false,
    umask: String = "022", sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> AddedWorktree {
    let one = scene.path("one/\(place)").string
    let filled = arguments.map { $0 == "PATH" ? one : $0 }
    let result = try Program("/bin/sh").run(
      ["-c", "umask \(umask); exec git worktree add \"$@\"", "sh"] + filled,
      in: scene.path("one/\(typedIn)"), environment: scene.environment)
    try #require(result.succeeded, "\(result.errors)", sourceLocation: sourceLocation)
    let added = try scene.add(branch, from: from, at: "two/\(place)", in: "two/\(typedIn)")
    #expect(added.isMadeByGit == byGit, sourceLocation: sourceLocation)
    try compare(sourceLocation: sourceLocation)
    return added
  }

  /// Compares both halves.
  func compare(sourceLocation: SourceLocation = #_sourceLocation) throws {
    let (one, two) = try (facts(of: "one"), facts(of: "two"))
    for name in Set(one.keys).union(two.keys).sorted() where one[name] != two[name] {
      let (git, piko) = (one[name] ?? "(absent)", two[name] ?? "(absent)")
      Issue.record(
        "\(name.masked) differs\ngit:  \(git.masked)\npiko: \(piko.masked)",
        sourceLocation: sourceLocation)
    }
    let status = try scene.git("two/\(place)", "status", "--porcelain", "--ignored", "-z")
    #expect(try scene.git("one/\(place)", "status", "--porcelain", "--ignored", "-z") == status)
    #expect(
      try scene.git("two/\(place)", "fsck", "--no-dangling", "--no-progress") == "",
      sourceLocation: sourceLocation)
    // Nothing to refresh: a status that may write the index leaves it as it was.
    let entry = try scene.git("two/\(place)", "rev-parse", "--git-dir").dropLast()
    let before = try scene.shell(".", "cksum < '\(entry)/index'")
    try scene.git("two/\(place)", "status")
    #expect(try scene.shell(".", "cksum < '\(entry)/index'") == before)
  }

  private func facts(of half: String) throws -> [String: String] {
    var facts: [String: String] = [:]
    let listing = try scene.shell(
      "\(half)/\(place)",
      #"find . -path ./.git -prune -o -printf '%P\t%y\t%m\t%l\0'"#)
    for line in listing.split(separator: "\0") {
      facts["file \(line.split(separator: "\t")[0])"] = String(line)
    }
    // Content: one checksum a file, named so that no byte of a name is read as something else.
    let sums = try scene.shell(
      "\(half)/\(place)", "find . -path ./.git -prune -o -type f -print0 | xargs -0r sha1sum -z")
    for line in sums.split(separator: "\0") {
      facts["content \(line.dropFirst(42))"] = String(line)
    }
    let admin = try scene.shell(
      "\(half)/\(common)",
      "find . \\( -path ./objects -o -name index -o -name 'sharedindex.*' \\) -prune -o -type f -print0"
    )
    for file in admin.split(separator: "\0") where !file.contains("/lost-found") {
      facts["git \(file)"] = undated(
        scene.read("\(half)/\(common)/\(file.dropFirst(2))") ?? "", half)
    }
    let modes = try scene.shell(
      "\(half)/\(common)",
      #"find . \( -path ./objects -o -name 'sharedindex.*' \) -prune -o -printf '%P\t%y\t%m\0'"#)
    facts["modes"] = modes.split(separator: "\0").sorted().joined(separator: "\n")
    facts["head"] = try scene.git("\(half)/\(place)", "rev-parse", "--symbolic-full-name", "HEAD")
    facts["staged"] = try scene.git("\(half)/\(place)", "ls-files", "--stage", "-t", "-v", "-z")
    facts["list"] = undated(
      try scene.git("\(half)/\(typedIn)", "worktree", "list", "--porcelain", "-z"), half)
    facts["sizes"] = try scene.git("\(half)/\(place)", "ls-files", "--debug", "-z")
      .split(separator: "\n").filter { $0.contains("size:") }.joined(separator: "\n")
    let entry = try scene.git("\(half)/\(place)", "rev-parse", "--git-dir").dropLast()
    facts["tree extension"] = try scene.shell(
      ".", "tail -c +1 '\(entry)/index' | grep -aobc TREE || true")
    return facts
  }

  /// Without the half's name and the time of reflog lines.
  private func undated(_ text: String, _ half: String) -> String {
    let neutral = text.split(separator: "/\(half)/", omittingEmptySubsequences: false)
      .joined(separator: "/half/")
    return neutral.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      let parts = line.split(separator: "> ", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, parts[1].count > 10 else { return String(line) }
      return "\(parts[0])> TIME\(parts[1].drop { $0.isNumber })"
    }.joined(separator: "\n")
  }
}
