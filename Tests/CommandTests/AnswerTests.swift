import Support
import SystemPackage
import Testing

/// An answer that cannot be written is an error, and nothing else goes wrong for it.
@Suite struct AnswerTests {
  private let sandbox: Sandbox

  init() throws { sandbox = try Sandbox() }

  private func typed(_ line: String, in directory: FilePath? = nil) throws -> Transcript {
    try sandbox.run("sh", ["-c", line], in: directory)
  }

  @Test(arguments: [
    "list", "list -q", "list --json", "status one", "path one", "ports one --json", "env one",
    "config", "hook bash", "init --print", "trust --list --json", "doctor", "list -h",
    "tmux --print",
  ])
  func isReportedWhereTheDiskIsFull(verb: String) throws {
    let project = try sandbox.project(configured: "ports: {web: 3000}")
    let made = try sandbox.piko("create", "one", "--no-attach", in: project)
    try #require(made.status == 0, "\(made)")
    let words = verb.hasPrefix("tmux") ? "\(verb) one" : verb
    let full = try typed("exec piko \(words) > /dev/full", in: project)
    #expect(
      full.stderr.contains("error: cannot write to standard output: No space left"), "\(full)")
    #expect(full.status == 128, "\(full)")
    let closed = try typed("exec piko \(words) >&-", in: project)
    #expect(closed.stderr.contains("error: cannot write to standard output: Bad file"), "\(closed)")
    #expect(closed.status == 128, "\(closed)")
  }

  @Test(arguments: ["--version", "--list", "-h", "help"])
  func isReportedByPikoItself(words: String) throws {
    for place in ["> /dev/full", ">&-"] {
      let said = try typed("exec piko \(words) \(place)")
      #expect(said.stderr.hasPrefix("error: cannot write to standard output: "), "\(said)")
      #expect(said.status == 128)
    }
  }

  @Test func comesAfterTheWork() throws {
    let project = try sandbox.project()
    for (name, place) in [("one", "> /dev/full"), ("two", ">&-"), ("three", ">&- 2>&- <&-")] {
      let said = try typed("exec piko create \(name) --no-attach --json \(place)", in: project)
      #expect(said.status == 128, "\(said)")
      #expect(!said.stderr.contains("undo"), "\(said)")
    }
    #expect(try sandbox.piko("list", "-q", in: project).stdout == "one\nthree\ntwo\n")
    #expect(try sandbox.piko("doctor", in: project).status == 0)
  }

  /// Whatever is opened first would have the number of what the caller closed.
  @Test func isNotWrittenIntoAFileOfThePlace() throws {
    let project = try sandbox.project()
    let made = try sandbox.piko("create", "one", "--no-attach", in: project)
    try #require(made.status == 0, "\(made)")
    let before = try sandbox.piko("list", "--json", "--no-git", in: project)
    for closed in ["<&- >&- 2>&-", "<&- >&-", ">&- 2>&-", "<&-"] {
      for verb in ["list --json", "status one", "up one", "doctor", "ports one"] {
        _ = try typed("exec piko \(verb) \(closed)", in: project)
      }
    }
    #expect(try sandbox.piko("list", "--json", "--no-git", in: project).stdout == before.stdout)
    #expect(try sandbox.piko("doctor", in: project).status == 0)
    let stray = try sandbox.run("grep", "-rle", "^{\"environments\"", sandbox.root.string)
    #expect(stray.text == "status 1")
  }
}
