import Glibc
import PikoCore
import PikoGit
import SystemPackage
import Testing

/// What the main checkout has is copied from there, and the worktree is still what git would make,
/// whatever has become of the main checkout.
@Suite struct CopyingTests {
  /// Files of all sizes that matter to a copy, and a branch that differs in some of them.
  static let sized = """
    git init -q -b main repo; cd repo; mkdir -p a/b c
    for size in 0 1 55 56 63 64 65 4096 131071 131072 131073 400000; do
      seq 100000 | head -c $size > a/b/$size; done
    seq 10 > c/run; chmod 755 c/run; ln -s a/b link; echo stays > c/stays
    git add -A; git commit -q -m first; git branch start
    git checkout -q -b other; seq 20 > c/run; seq 2 100000 | head -c 131073 > a/b/131073
    git rm -q a/b/63; chmod 755 a/b/64; rm link; echo file > link; git add -A
    git commit -q -m second; git checkout -q main
    """

  @Test func whatIsTheSameIsCopied() throws {
    let scene = try Scene()
    let likeness = try Likeness(scene, Self.sized)
    let added = try likeness.check(git: ["-b", "new", "PATH"], branch: "new")
    #expect(added.filesCopied == 14)
  }

  @Test func whatDiffersIsNot() throws {
    let scene = try Scene()
    let likeness = try Likeness(scene, Self.sized)
    let added = try likeness.check(
      git: ["-b", "new", "PATH", "other"], branch: "new", from: "other")
    #expect(added.filesCopied == 10)
  }

  /// What a developer, a program or the filesystem may have done to the main checkout; each in the
  /// repository's folder.
  static let changes = [
    "echo changed > c/stays",
    // The same size and date: only the change time could tell, and not where it is not looked at.
    "touch -r c/stays ../d; echo stAys > c/stays; touch -r ../d c/stays",
    "touch -r a/b/400000 ../d; printf X | dd of=a/b/400000 conv=notrunc status=none; touch -r ../d a/b/400000",
    "touch -r a/b/4096 ../d; printf X | dd of=a/b/4096 conv=notrunc status=none; touch -r ../d a/b/4096",
    "echo more >> c/stays; seq 9 >> a/b/400000",
    "printf '' > c/stays; printf '' > a/b/400000",
    "rm c/stays a/b/400000", "rm -r a/b", "rm c/stays; mkfifo c/stays", "rm c/stays; mkdir c/stays",
    "mv c/stays ../s; ln -s ../../s c/stays", "mv a ../moved; ln -s ../moved a",
    "chmod 755 c/stays; chmod 644 c/run", "git rm -q --cached c/stays", "echo x > x; git add -N x",
    "echo staged > c/stays; git add c/stays",
    "git update-index --assume-unchanged c/stays; echo z > c/stays",
    "git update-index --skip-worktree c/stays; rm c/stays", "git update-index --index-version 4",
    "git update-index --split-index", "git update-index --untracked-cache || true",
    "rm .git/index", "printf DIRC > .git/index",
    "head -c 300 .git/index > ../i; mv ../i .git/index",
    "git checkout -q start; echo d > c/stays; git commit -q -a -m d; git merge -q other || true",
    "git checkout -q start; echo d > c/run; git commit -q -a -m d; git merge -q other || true",
  ]

  @Test(arguments: changes)
  func aMainCheckoutThatIsNotClean(_ change: String) throws {
    let scene = try Scene()
    let likeness = try Likeness(scene, Self.sized + "\n(\(change))")
    try likeness.check(git: ["-b", "new", "PATH", "other"], branch: "new", from: "other")
  }

  /// A filter made the main checkout's file, and is configured no more: git takes it for clean.
  @Test func contentThatAFormerFilterMade() throws {
    let scene = try Scene()
    let build =
      Self.sized + """

        git config filter.upper.smudge 'tr a-z A-Z'; git config filter.upper.clean 'tr A-Z a-z'
        echo 'c/stays filter=upper' > .gitattributes; git add -A; git commit -q -m filter
        rm c/stays; git checkout -q c/stays; git config --remove-section filter.upper
        git rm -q .gitattributes; git commit -q -m without; git status > ../s
        """
    let likeness = try Likeness(scene, build)
    #expect(scene.read("two/repo/c/stays") == "STAYS\n")
    try likeness.check(git: ["-b", "new", "PATH"], branch: "new")
    #expect(scene.read("two/wt/c/stays") == "stays\n")
  }

  @Test func lineEndingsThatTheMainCheckoutHasAndTheCommitHasNot() throws {
    let scene = try Scene()
    let build =
      Self.sized + """

        printf '* text=auto\\n' > .gitattributes; printf 'a\\r\\nb\\r\\n' > crlf; git add -A 2>/dev/null
        git commit -q -m crlf
        """
    try Likeness(scene, build).check(git: ["-b", "new", "PATH"], branch: "new")
    #expect(scene.read("two/repo/crlf") == "a\r\nb\r\n")
    #expect(scene.read("two/wt/crlf") == "a\nb\n")
  }

  @Test func filesThatChangeMeanwhile() throws {
    let scene = try Scene()
    let likeness = try Likeness(
      scene,
      """
      git init -q -b main repo; cd repo
      for f in $(seq 1500); do seq $f | head -c 3000 > $f; done
      git add -A; git commit -q -m first
      """)
    try scene.shell(
      ".",
      """
      touch going
      (while [ -e going ]; do
        for f in $(seq 1 7 1500); do [ -e going ] || break; echo $f > two/repo/$f; done
      done) >/dev/null 2>&1 &
      """)
    defer { _ = try? scene.shell(".", "rm -f going") }
    try likeness.check(git: ["-b", "new", "PATH"], branch: "new")
  }

  @Test func aMainCheckoutTypedInFromALinkedOne() throws {
    let scene = try Scene()
    var likeness = try Likeness(
      scene, "(\(Self.sized))\ngit -C repo worktree add -q -b linked ../linked other")
    likeness.typedIn = "linked"
    let added = try likeness.check(git: ["-b", "new", "PATH"], branch: "new")
    #expect(added.filesCopied == 10)
  }

  /// Repositories of any shape: what they hold, what a branch changes, and what was done to the main
  /// checkout is drawn by lot.
  @Test(arguments: 1...8)
  func aRepositoryDrawnByLot(_ seed: Int) throws {
    let scene = try Scene()
    var lot = Lot(seed: UInt64(seed))
    try Likeness(scene, lot.script()).check(
      git: ["-b", "new", "PATH", "other"], branch: "new", from: "other")
  }
}

/// A script for a repository, the same for the same seed.
private struct Lot {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

  private mutating func draw(_ count: Int) -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int(state % UInt64(count))
  }

  private mutating func draw<Item>(of items: [Item]) -> Item { items[draw(items.count)] }

  mutating func script() -> String {
    var lines = ["git init -q -b main repo; cd repo", "echo '*.log' > .gitignore"]
    var paths: [String] = []
    for number in 0..<120 {
      let folder = draw(of: ["", "d/", "d/e/", "D/", "a b/", "x.y/", "ü/", "d-e/", "d/e/f/g/"])
      paths.append("'./\(folder)\(draw(of: ["f", "F", "file ", "-n", "é", "a.b", ".h"]))\(number)'")
    }
    lines.append("mkdir -p d/e/f/g D 'a b' x.y ü d-e")
    for path in paths { lines.append(make(path)) }
    lines += ["git add -A; git commit -q -m first; git checkout -q -b other"]
    for path in paths where draw(4) == 0 { lines.append(change(path)) }
    lines += ["git add -A; git commit -q --allow-empty -m second; git checkout -q main"]
    for path in paths where draw(6) == 0 { lines.append(change(path)) }
    if draw(3) == 0 { lines.append("git add -A") }
    return lines.joined(separator: "\n")
  }

  private mutating func make(_ path: String) -> String {
    let size = draw(of: [0, 1, 20, 64, 500, 4096, 9000, 131_072, 131_073])
    switch draw(12) {
    case 0: return "ln -s \(draw(of: ["d", "../out", "nowhere", "'a b'"])) \(path)"
    case 1: return "seq \(draw(9)) 60000 | head -c \(size) > \(path); chmod 755 \(path)"
    default: return "seq \(draw(9)) 60000 | head -c \(size) > \(path)"
    }
  }

  private mutating func change(_ path: String) -> String {
    switch draw(6) {
    case 0: "rm -rf \(path)"
    case 1: "rm -rf \(path); mkdir \(path); echo in > \(path)/in"
    case 2: "rm -rf \(path); ln -s \(draw(of: ["d", "elsewhere"])) \(path)"
    case 3: "[ -L \(path) ] || chmod \(draw(of: ["755", "644"])) \(path)"
    case 4: "[ -L \(path) ] || echo more >> \(path)"
    default: "rm -rf \(path); \(make(path))"
    }
  }
}
