import FoundationEssentials
import Support
import SystemPackage
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What git answered is shown again without git as long as it is sure that nothing has changed, and
/// never longer.
@Suite struct ListMemoryTests {
  let sandbox: Sandbox

  init() throws { sandbox = try Sandbox() }

  /// Changes of a worktree, each typed into one of its own, and none that git would not see.
  static let changes = [
    "other-text": "printf 'ONE\\n' > one",
    "times-put-back": "touch -r one ../stamp; printf 'ONE\\n' > one; touch -r ../stamp one",
    "replaced": "cp -p one two; printf 'ONE\\n' > two; touch -r one two; mv two one",
    "mode": "chmod +x one",
    "kind": "rm one; ln -s folder/two one",
    "gone": "rm folder/two",
    "renamed": "mv one three",
    "swapped": "mv one x; mv same one; mv x same",
    "staged": "printf 'ONE\\n' > one; git add one",
    "only-staged": "git rm -q --cached one",
    "committed": "git commit -q --allow-empty -m more",
    "amended": "git commit -q --amend --allow-empty -m other",
    "reset": "git reset -q --soft HEAD~1",
    "new-file": "touch new",
    "new-folder": "mkdir new; touch new/file",
    "new-below": "touch folder/new",
    "last-of-folder": "rm untracked/file",
    "more-in-untracked": "touch untracked/file2",
    "in-empty-folder": "touch empty/below/file",
    "self-ignored": "rm cache/.gitignore",
    "ignored-rules": "echo nothing > folder/.gitignore",
    "in-ignored": "touch build/more; touch a.log",
    "ignored-kind": "rm b.kept; mkdir b.kept; touch b.kept/file",
    "no-more-ignored": "printf '' > .gitignore",
    "now-ignored": "echo untracked >> .gitignore",
    "tracked-in-ignored": "echo more >> build/tracked",
    "ignored-tracked": "git add -f build/ignored",
    "assumed": "git update-index --assume-unchanged changed",
    "switched": "git switch -q -c elsewhere; git branch -q -u origin/main",
    "no-upstream": "git branch --unset-upstream",
    "upstream": "git update-ref refs/remotes/origin/$(git branch --show-current) HEAD~1",
    "upstream-gone": "git update-ref -d refs/remotes/origin/$(git branch --show-current)",
    "detached": "git checkout -q --detach HEAD~1",
    "nothing": "true",
    "nothing-but-reading": "git status > ../shown; cat one",
  ]

  @Test func everyChangeIsShownAtOnce() throws {
    let project = try sandbox.project()
    try prepare(project)
    for name in Self.changes.keys.sorted() { try make(name, in: project) }
    try untilAllAreKnown(in: project)
    for (name, change) in Self.changes {
      try typed("cd .piko/worktrees/\(name) && \(change)", in: project)
    }
    let shown = try answers(in: project)
    for name in Self.changes.keys.sorted() {
      #expect(try shown[name] == gitsAnswer(about: name, in: project), "\(name)")
    }
  }

  @Test func everyChangeOfWhatGitReadsElsewhereIsShownAtOnce() throws {
    let project = try sandbox.project()
    try prepare(project)
    let changes = [
      "echo new >> .git/info/exclude", "echo 'folder/*' > .git/info/exclude",
      "mkdir -p $XDG_CONFIG_HOME/git; echo new > $XDG_CONFIG_HOME/git/ignore",
      "rm $XDG_CONFIG_HOME/git/ignore",
      "git config core.excludesFile '~/mine'; echo new > $HOME/mine", "echo none > $HOME/mine",
      "git config include.path '../elsewhere'", "git config -f elsewhere core.excludesFile $HOME/x",
      "echo new > $HOME/x", "git config core.fileMode false", "git pack-refs --all",
      "git config core.excludesFile .piko-ignores; git config branch.a.merge refs/tags/up; git tag up",
      "echo new > .piko/worktrees/a/.piko-ignores", "git tag -f up main~1",
      "git config branch.a.merge refs/heads/other",
    ]
    try make("a", in: project)
    try typed("cd .piko/worktrees/a && touch new && chmod +x folder/two", in: project)
    for change in changes {
      try untilAllAreKnown(in: project)
      try typed(change, in: project)
      #expect(
        try answers(in: project)["a"] == gitsAnswer(about: "a", in: project), "\(change)")
    }
  }

  @Test func nothingIsKeptWhereAnotherRepositoryLiesInside() throws {
    let project = try sandbox.project()
    try prepare(project)
    try make("a", in: project)
    try typed("git init -q .piko/worktrees/a/inner; sleep 2.5", in: project)
    _ = try answers(in: project)
    #expect(try !calls(listing: project).isEmpty)
  }

  /// Where there are more files than are looked at, git is asked for its answer and nothing else: what
  /// it ignores is listed to remember the answer alone.
  @Test func nothingIsListedToBeRememberedWhereThereIsTooMuch() throws {
    let project = try sandbox.project()
    try sandbox.create("a", in: project)
    let small = try calls(listing: project)
    #expect(small.contains { $0.contains("--ignored=matching") }, "\(small)")
    try typed(
      """
      id=$(git hash-object -w /dev/null)
      seq 20001 | sed "s|.*|100644 blob $id\\tmany/&|" | git update-index --index-info
      git commit -qm many
      """, in: project)
    try sandbox.create("b", "--from", "main", in: project)
    _ = try sandbox.piko("destroy", "a", in: project)
    let large = try calls(listing: project)
    #expect(large.count == 1 && large[0].contains("--ignored=no"), "\(large)")
    #expect(try answers(in: project)["b"]?.changed == 0)
  }

  // MARK: - The scene

  private func prepare(_ project: FilePath) throws {
    try typed(
      """
      echo 'folder/.gitignore' >> .git/info/exclude; printf 'one\\n' > one; printf 'ONE\\n' > same; mkdir folder build; echo 2 > folder/two
      echo changed > changed; printf 'build/\\n*.log\\n*.kept\\n!*.kept/\\n' > .gitignore
      echo t > build/tracked; git add -f build/tracked; git add .; git commit -qm more
      git commit -q --allow-empty -m again; git update-ref refs/remotes/origin/main HEAD
      git config remote.origin.url .
      git config remote.origin.fetch '+refs/heads/*:refs/remotes/origin/*'
      """, in: project)
  }

  /// An environment with something of every kind in it.
  private func make(_ name: String, in project: FilePath) throws {
    try sandbox.create(name, in: project)
    try typed(
      """
      cd .piko/worktrees/\(name)
      git update-ref refs/remotes/origin/\(name) HEAD; git branch -q -u origin/\(name)
      echo changes >> changed; mkdir -p untracked empty/below; touch untracked/file
      touch build/ignored a.log b.kept; mkdir cache; echo '*' > cache/.gitignore; touch cache/file
      echo 'tmp*' > folder/.gitignore; touch folder/tmp
      """, in: project)
  }

  private func typed(_ commands: String, in directory: FilePath) throws {
    _ = try sandbox.output("sh", ["-ec", commands], in: directory)
  }

  /// What `piko list` says of every worktree.
  private func answers(in project: FilePath) throws -> [String: Environments.Git] {
    let said = try sandbox.piko("list", "--json", in: project)
    #expect(said.status == 0, "\(said)")
    return try Dictionary(
      Environments(of: said).environments.compactMap { entry in
        entry.git.map { (entry.name, $0) }
      }, uniquingKeysWith: { first, _ in first })
  }

  /// The same by git, asked now.
  private func gitsAnswer(about name: String, in project: FilePath) throws -> Environments.Git {
    let lines = try sandbox.git(
      "status", "--porcelain=v2", "--branch",
      in: project.pushing(FilePath(".piko/worktrees/\(name)"))
    ).split(separator: "\n")
    let counts = lines.first { $0.hasPrefix("# branch.ab ") }?.split(separator: " ").compactMap {
      Int($0)
    }
    return Environments.Git(
      changed: lines.count { !$0.hasPrefix("#") }, ahead: counts?.first,
      behind: counts?.last.map { -$0 })
  }

  /// The calls of git that a listing makes.
  private func calls(listing project: FilePath) throws -> [Substring] {
    let said = try sandbox.piko(
      "list", in: project, environment: ["PIKO_TRACE": "1"])
    return said.stderr.split(separator: "\n").filter { $0.contains(" git ") }
  }

  /// Lists until no worktree is asked about: they have been at rest for two seconds then.
  private func untilAllAreKnown(in project: FilePath) throws {
    let end = ContinuousClock.now + .seconds(60)
    while try !calls(listing: project).isEmpty {
      try #require(ContinuousClock.now < end)
      usleep(300_000)
    }
  }
}
