import PikoCore
import Support
import SystemPackage
import Testing

/// The windows of containers, with a real engine.
@Suite(.tags(.engine), .engine) struct SessionEngineTests {
  private static let configuration = """
    ignore: [hidden]
    shells: {db: 'echo "shell of $(hostname -s)"; exec sh'}
    windows:
      - {name: inside, service: db, command: 'echo "in ${PROJECT} $(id -u)"; exec sleep 600'}

    """

  private static let services =
    Workshop.service(
      "db", "sh -c 'echo the log of db; exec sleep 600'", "hostname: database", "user: '0'")
    + Workshop.service(
      "web", "sleep 600", "depends_on: {once: {condition: service_completed_successfully}}")
    + Workshop.service("hidden", "sleep 600")
    + Workshop.service("once", "'true'")
    + Workshop.service("off", "sleep 600", "profiles: [debug]")

  private let session = "piko/shop/win"

  private func scene() async throws -> (Workshop, Sessions) {
    let shop = try await Workshop(
      services: Self.services, configuration: Self.configuration)
    return (shop, Sessions(sandbox: shop.sandbox))
  }

  @Test func hasAWindowForEachServiceThatRuns() async throws {
    let (shop, sessions) = try await scene()
    try shop.create("win")
    #expect(try sessions.windows(of: session) == ["shell", "db", "web", "logs", "inside"])
    // A bare `docker compose` there is this environment's.
    try sessions.type(
      "docker compose ps --format '<{{.Name}}>'", into: "=\(session):shell")
    try sessions.wait(for: "<piko-shop-win-web-1>", in: "=\(session):shell")
  }

  @Test func nothingIsStartedBeforeAWindowIsShown() async throws {
    let (shop, sessions) = try await scene()
    try shop.create("win")
    try shop.sandbox.write(
      "default_shell: 'echo a shell by default; exec sh'\n", to: "config/piko/config.yml")
    let terminal = try sessions.terminal("piko attach win", in: shop.project)
    try terminal.wait(for: "0:shell")
    for window in ["db", "web", "logs", "inside"] {
      let shown = try sessions.text(of: "=\(session):\(window)")
      let isBlank = shown.allSatisfy(\.isWhitespace)
      #expect(isBlank, "\(window): \(shown)")
    }
    try sessions.tmux("select-window", "-t", "=\(session):logs")
    try terminal.wait(for: "the log of db")
    try sessions.tmux("select-window", "-t", "=\(session):db")
    try terminal.wait(for: "shell of database")
    #expect(try sessions.text(of: "=\(session):inside").allSatisfy(\.isWhitespace))
    try sessions.tmux("select-window", "-t", "=\(session):inside")
    try terminal.wait(for: "in piko-shop-win 0")
    // One that is made while somebody looks waits all the same.
    try sessions.tmux("kill-window", "-t", "=\(session):web")
    #expect(try shop.piko("up", "win").status == 0)
    let windows = try sessions.windows(of: session)
    #expect(windows == ["shell", "db", "logs", "inside", "web"])
    #expect(try sessions.text(of: "=\(session):web").allSatisfy(\.isWhitespace))
    try sessions.tmux("select-window", "-t", "=\(session):web")
    try terminal.wait(for: "a shell by default")
  }

  @Test func aWindowOfAContainerThatIsDownWaitsForIt() async throws {
    let (shop, sessions) = try await scene()
    try shop.create("win")
    let terminal = try sessions.terminal(columns: 40, "piko attach win", in: shop.project)
    try terminal.wait(for: "[piko/")
    try sessions.tmux("select-window", "-t", "=\(session):db")
    try terminal.wait(for: "shell of database")
    #expect(try shop.piko("down", "win").status == 0)
    try terminal.wait(for: "[db of win is not running]\n[waiting for 'piko up win']\n")
    #expect(try shop.piko("up", "win").status == 0)
    try terminal.wait(for: "[waiting for 'piko up win']\nshell of database")
    // A shell that was left is one key away.
    try sessions.type("clear; exit 3", into: "=\(session):db")
    try terminal.wait(for: "[db ended with status 3]\n[Enter: again, Ctrl-C: close]\n")
    try terminal.type("Enter")
    try terminal.wait(for: "close]\n\nshell of database")
    // And so is one in a container that was started again.
    #expect(try shop.piko("restart", "win", "db").status == 0)
    let isBack = try Sessions.waits {
      try terminal.type("Enter")
      return try terminal.text().ranges(of: "shell of database").count > 1
    }
    #expect(isBack)
  }

  @Test func theWindowOfAServiceThatIsGoneGoes() async throws {
    let (shop, sessions) = try await scene()
    let worktree = try shop.create("win")
    try sessions.tmux("new-window", "-d", "-t", "=\(session):", "-n", "web")
    try shop.sandbox.write(
      "services:\n" + Workshop.service("db", "sleep 600")
        + Workshop.service("new", "sleep 600"), to: worktree.appending("compose.yaml"))
    #expect(try shop.piko("up", "win").status == 0)
    #expect(
      try sessions.windows(of: session).sorted() == ["db", "inside", "logs", "new", "shell", "web"])
  }

  @Test func destroyFromItsOwnSessionEndsItLast() async throws {
    let (shop, sessions) = try await scene()
    try shop.create("win")
    try shop.create("b")
    let terminal = try sessions.terminal("piko attach b", in: shop.project)
    try terminal.wait(for: "0:shell")
    let piko = BuiltPrograms.path(of: "piko").string
    try sessions.type("\(piko) attach win", into: "=piko/shop/b:shell")
    func clients() throws -> String {
      try sessions.tmux("list-clients", "-F", "#{client_session}")
    }
    #expect(try Sessions.waits { try clients() == session })
    try sessions.type(
      "\(piko) destroy win --volumes > $PIKO_ROOT/said 2>&1", into: "=\(session):shell")
    #expect(try Sessions.waits { try sessions.names() == ["piko/shop/b"] })
    #expect(try shop.sandbox.read("shop/said").hasSuffix("✓ Destroyed environment win\n"))
    #expect(try clients() == "piko/shop/b")
    #expect(try shop.piko("list", "-q").stdout == "b\n")
    #expect(try shop.containers(of: "win").isEmpty)
  }
}
