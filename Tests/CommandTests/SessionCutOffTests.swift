import Support
import SystemPackage
import Testing

/// A signal in the moment in which an environment's session is made: tmux has the windows already,
/// and piko has yet to mark them.
@Suite struct SessionCutOffTests: SessionSuite {
  let shop: Workshop

  init() throws {
    shop = try Workshop(files: Workshop.server)
  }

  /// Makes the environment `a` as the leader of a group of its own, which gets a signal once while
  /// tmux is told to make windows.
  ///
  /// - Parameters:
  ///   - before: what a shell does then, before tmux is told.
  ///   - after: what it does when tmux has done it.
  private func create(before: String = ":", after: String = ":") throws -> Transcript {
    let place = try #require(
      try sandbox.output("sh", ["-c", "command -v tmux"]).split(separator: "\n").first)
    let own = sandbox.root.appending("bin")
    try sandbox.write(
      """
      #!/bin/sh
      case "$*" in
      *source-file*)
        if mkdir "$HOME/once" 2> /dev/null; then
          \(before)
          '\(place)' "$@"
          status=$?
          \(after)
          exit $status
        fi ;;
      esac
      exec '\(place)' "$@"

      """, to: own.appending("tmux"), mode: 0o755)
    let path = try sandbox.output("sh", ["-c", "printf %s \"$PATH\""])
    return try sandbox.run(
      "setsid", ["--wait", BuiltPrograms.path(of: "piko").string, "create", "a", "--yes"],
      in: shop.project, environment: ["PATH": "\(own):\(path)"])
  }

  private func requireWhole() throws {
    #expect(try sessions.windows(of: "piko/shop/a") == ["shell", "web"])
    #expect(try shop.piko("destroy", "a", "--dry-run").status == 0)
    #expect(try shop.piko("up", "a").status == 0)
    #expect(try sessions.windows(of: "piko/shop/a") == ["shell", "web"])
    #expect(try Sessions.waits { try shop.piko("list").stdout.contains("running 1/1") })
    let down = try shop.piko("down", "a")
    #expect(down.text == "2| ✓ Ended 1 process (web)\nstatus 0", "\(down)")
    #expect(try shop.piko("destroy", "a").status == 0)
    #expect(try sessions.names() == [])
  }

  @Test func aCtrlCWaitsUntilTheWindowsAreMarked() throws {
    let created = try create(before: "kill -s INT -- \"-$(ps -o pgid= -p $PPID | tr -d ' ')\"")
    #expect(created.status == 130, "\(created)")
    try requireWhole()
  }

  @Test func windowsThatAKilledCreateLeftUnmarkedAreKnown() throws {
    let created = try create(after: "kill -KILL $PPID")
    #expect(created.status == 137, "\(created)")
    try requireWhole()
  }

  @Test func createGoingOnWithOneThatWasCutOffSettlesIt() throws {
    let cut = try shop.piko(
      ["create", "a", "--yes"], environment: ["PIKO_TEST_FAULT": "session:kill"])
    #expect(cut.status == 137, "\(cut)")
    let found = "'piko create' on environment 'a' was cut off"
    #expect(try shop.piko("doctor").stdout.contains(found))
    try shop.create("a", "--reuse")
    let examined = try shop.piko("doctor").stdout
    #expect(!examined.contains(found), "\(examined)")
  }
}
