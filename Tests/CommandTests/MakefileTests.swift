import PikoCore
import Support
import SystemPackage
import Testing

/// The makefile and the hook that piko brings along, and the page about them.
@Suite(.tags(.engine), .engine) struct MakefileTests {
  @Test func theMakefileTheHookAndTheScriptOfThePageWork() async throws {
    let sandbox = try await Sandbox.withEngine()
    let project = try ExampleTests.project("several-files", in: sandbox)
    let files = sandbox.root.pushing("prefix/share/piko/makefiles")
    try sandbox.output("cp", [files.appending("Makefile").string, project.root.string])
    try sandbox.write(try Self.script(), to: project.root.appending("try-it"), mode: 0o755)
    try sandbox.git("add", "-A", in: project.root)
    try sandbox.git("commit", "-q", "-m", "Add a makefile", in: project.root)
    func make(_ arguments: String..., in place: FilePath? = nil) throws -> Transcript {
      try sandbox.run("make", arguments, in: place ?? project.root)
    }

    // Outside of an environment one has to be named.
    #expect(
      try make("test").stderr.hasPrefix("say which environment: make test NAME=red\n"))
    for name in ["red", "blue"] {
      let tested = try make("test", "NAME=\(name)")
      #expect(tested.status == 0, "\(tested)")
    }
    #expect(try project.states() == ["blue running 2/2", "red running 2/2"])
    let port = try project.port("web", 80, of: "red")
    #expect(try make("url", "-s", "NAME=red").stdout == "http://localhost:\(port)\n")

    // In one, it is that one; an environment that is down is brought up first.
    let worktree = project.worktree("red")
    #expect(try make("down", in: worktree).status == 0)
    #expect(try project.states().last?.hasPrefix("red stopped") == true)
    let tested = try make("test", in: worktree)
    #expect(tested.status == 0 && tested.stdout.contains("localhost:\(port)/"), "\(tested)")

    // Both at once, and one that fails does not hide behind the other.
    #expect(try make("-j4", "-k", "test-all").status == 0)
    try sandbox.write("", to: worktree.pushing("site/empty"))
    try sandbox.git("rm", "-q", "site/index.html", in: worktree)
    let failed = try make("-k", "test-all")
    #expect(failed.status == 2 && failed.stderr.contains("test-in-red"), "\(failed)")
    #expect(!failed.stderr.contains("test-in-blue"))

    // The hook stops a push of what fails, there alone.
    try sandbox.git("init", "-q", "--bare", "\(sandbox.root)/remote.git")
    try sandbox.git("remote", "add", "origin", "\(sandbox.root)/remote.git", in: project.root)
    try sandbox.output(
      "cp", [files.appending("pre-push").string, "\(project.root)/.git/hooks/pre-push"])
    func push(_ branch: String, from place: FilePath) throws -> Transcript {
      try sandbox.run("git", "push", "-q", "origin", branch, in: place)
    }
    let refused = try push("red", from: worktree)
    #expect(refused.status == 1 && refused.stderr.contains("failed to push"), "\(refused)")
    #expect(try push("main", from: project.root).status == 0)
    #expect(try push("blue", from: project.worktree("blue")).status == 0)
    try sandbox.git("reset", "-q", "--hard", in: worktree)
    #expect(try sandbox.run("rm", "\(worktree)/site/empty").status == 0)
    let pushed = try push("red", from: worktree)
    #expect(pushed.status == 0, "\(pushed)")

    // The page's script leaves nothing behind.
    let ran = try sandbox.run("./try-it", in: project.root)
    #expect(ran.status == 0, "\(ran)")
    #expect(try project.states() == ["blue running 2/2", "red running 2/2"])

    for name in ["red", "blue"] {
      let cleaned = try make("clean", "NAME=\(name)")
      #expect(cleaned.status == 0, "\(cleaned)")
      #expect(try project.objects(of: name).isEmpty)
    }
  }

  /// The script that the page shows.
  private static func script() throws -> String {
    let page = try SourceTree.text(of: "man/piko-makefiles.7")
    let start = try #require(page.firstRange(of: "\n#!/bin/sh\n")).lowerBound
    let end = try #require(page[start...].firstRange(of: "\n.Ed\n")).lowerBound
    return String(page[start..<end].dropFirst()) + "\n"
  }
}
