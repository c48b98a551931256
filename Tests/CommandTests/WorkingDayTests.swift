import FoundationEssentials
import Support
import SystemPackage
import Testing

/// A working day with one environment, typed as a person would, on a real engine.
@Suite(.tags(.engine), .engine) struct WorkingDayTests {
  private static let configuration = """
    scripts:
      run: echo "running on $PIKO_WEB_PORT"

    """

  @Test func isWholeFromCreateToDestroy() async throws {
    let day = try await Workshop(
      services: Workshop.services, configuration: Self.configuration,
      files: ["site/page": "morning\n"])
    try day.create("feature/day")
    let worktree = day.project.pushing(".piko/worktrees/feature-day")
    let ports = try day.piko("ports", "feature-day", "--json").stdout
    let port = try #require(
      Int(try day.piko("ports", "feature-day", "-q").stdout.split(separator: "\n").first ?? ""))
    #expect(try Wire.http(port, path: "/page") == "morning\n")

    // A file that a container serves through a bind mount is edited in the worktree.
    try day.sandbox.write("noon\n", to: worktree.pushing("site/page"))
    #expect(try Wire.http(port, path: "/page") == "noon\n")
    #expect(try day.piko("run", "feature/day").stdout == "running on \(port)\n")

    let counted = try day.sandbox.piko(
      "exec", "feature-day", "db", "--", "wc", "-l", in: day.project, input: "a\nb\nc\n")
    #expect(counted.stdout.filter { !$0.isWhitespace } == "3", "\(counted)")
    #expect(counted.status == 0)

    // `logs -f` goes on by itself: it is ended from outside, as by Ctrl-C.
    let followed = try day.sandbox.run(
      "sh",
      [
        "-c",
        "piko exec feature-day db -- sh -c 'echo hello > /proc/1/fd/1'; "
          + "timeout --signal INT 4 piko logs feature-day db -f",
      ], in: day.project)
    #expect(followed.stdout.contains("hello"), "\(followed)")

    let shown = try day.piko("status", "feature-day")
    #expect(shown.status == 0)
    #expect(shown.stdout.contains("running 2/2"), "\(shown)")
    #expect(try day.piko("open", "feature-day", "--print").stdout == "http://localhost:\(port)\n")

    #expect(try day.piko("down", "feature-day").status == 0)
    #expect(try day.running(in: "feature-day").isEmpty)
    #expect(try day.piko("list").stdout.contains("stopped"))
    #expect(try day.piko("up", "feature-day").status == 0)
    #expect(try day.piko("ports", "feature-day", "--json").stdout == ports)
    #expect(try Wire.http(port, path: "/page") == "noon\n")

    let refused = try day.piko("destroy", "feature-day")
    #expect(refused.status == 1)
    #expect(refused.stderr.contains("1 uncommitted or untracked file"), "\(refused)")
    try day.sandbox.git("commit", "-qam", "noon", in: worktree)
    let gone = try day.piko("destroy", "feature-day", "--volumes")
    #expect(gone.status == 0, "\(gone)")
    #expect(try day.containers(of: "feature-day").isEmpty)
    #expect(!day.sandbox.exists(worktree))
    #expect(
      try day.sandbox.git("log", "-1", "--format=%s", "feature/day", in: day.project) == "noon")
  }
}
