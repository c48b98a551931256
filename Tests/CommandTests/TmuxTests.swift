import Support
import SystemPackage
import Testing

/// `piko tmux`, and what is never touched.
@Suite struct TmuxTests: SessionSuite {
  let shop: Workshop

  init() throws {
    shop = try Workshop(files: [".piko.yml": "windows: [{name: notes}, {name: more}]\n"])
  }

  @Test func makesEndsAndNamesTheSession() throws {
    try shop.create("a", "--no-start")
    #expect(try shop.piko("tmux", "a", "--print").text == "1| piko/shop/a\nstatus 0")
    #expect(try sessions.names() == [])
    #expect(
      try shop.piko("tmux", "a", "--kill").text == """
        2| error: environment 'a' has no session
        2| hint: to make it, run 'piko tmux a'
        status 1
        """)
    #expect(try shop.piko("tmux", "a").text == "1| piko/shop/a\nstatus 0")
    #expect(try shop.piko("tmux", "a").text == "1| piko/shop/a\nstatus 0")
    #expect(try sessions.windows(of: "piko/shop/a") == ["shell", "notes", "more"])
    #expect(try shop.piko("tmux", "a", "--kill").text == "status 0")
    #expect(try sessions.names() == [])
    #expect(try shop.piko("tmux", "a", "--kill", "--print").status == 129)
    let window = try shop.piko("tmux", "a", "--window", "nothing")
    #expect(window.status == 1 && window.stderr.contains("has no window 'nothing'"))
  }

  @Test func aSessionOfTheUsersIsAnErrorAndNoVictim() throws {
    try sandbox.output(
      "tmux", ["-f", "/dev/null", "new-session", "-d", "-s", "piko/shop/a", "-n", "mine"])
    let refused = try shop.piko("create", "a", "--yes")
    #expect(
      refused.text == """
        2| error: cannot make session 'piko/shop/a': a session of that name is not piko's
        2| hint: to make room, run 'tmux rename-session -t '=piko/shop/a' mine'
        status 1
        """)
    #expect(!sandbox.exists("shop/.piko/worktrees/a"))
    try shop.create("a", "--no-start")
    for arguments in [["up", "a"], ["tmux", "a"], ["tmux", "a", "--kill"]] {
      let said = try shop.piko(arguments)
      #expect(said.status == 1 && said.stderr.contains("is not piko's"), "\(said)")
    }
    #expect(try shop.piko("down", "a").status == 0)
    #expect(try shop.piko("destroy", "a").status == 0)
    #expect(try sessions.windows(of: "piko/shop/a") == ["mine"])
  }

  @Test func namesAreNeverTakenForPrefixes() throws {
    try shop.create("a")
    try shop.create("ab")
    #expect(try shop.piko("tmux", "a", "--kill").status == 0)
    #expect(try sessions.names() == ["piko/shop/ab"])
    #expect(try shop.piko("tmux", "a", "--kill").status == 1)
    #expect(try shop.piko("destroy", "a").status == 0)
    #expect(try sessions.names() == ["piko/shop/ab"])
  }

  @Test func whatTheUserMadeOrRenamedStays() throws {
    let worktree = try shop.create("a")
    try sessions.tmux("new-window", "-d", "-t", "=piko/shop/a:", "-n", "mine")
    try sessions.tmux("rename-window", "-t", "=piko/shop/a:notes", "renamed")
    try sandbox.write("windows: [{name: new}]\n", to: worktree.appending(".piko.yml"))
    #expect(try shop.piko("up", "a", "--yes").status == 0)
    #expect(
      try sessions.windows(of: "piko/shop/a").sorted() == ["mine", "new", "renamed", "shell"])
    // A session that was renamed is still the environment's.
    try sessions.tmux("rename-session", "-t", "=piko/shop/a", "my work")
    #expect(try shop.piko("up", "a").status == 0)
    #expect(try sessions.names() == ["my work"])
    #expect(try shop.piko("destroy", "a", "--force").status == 0)
    #expect(try sessions.names() == [])
  }

  @Test func theUsersSettingsAndSessionsAreLeftAsTheyAre() throws {
    try sandbox.write(
      """
      set -g base-index 5
      set -g pane-base-index 3
      set -g renumber-windows on
      set -g default-size 70x20
      set -g status-left "#S"
      set-hook -g session-created 'set -g @made yes'
      bind-key x display-message mine
      set -g @own 'a b'

      """, to: "home/.tmux.conf")
    try sandbox.output("tmux", ["new-session", "-d", "-s", "mine", "-n", "one"])
    let before = try settings()
    try shop.create("a")
    #expect(try sessions.windows(of: "piko/shop/a") == ["shell", "notes", "more"])
    #expect(try sessions.value("#{window_index}", of: "=piko/shop/a:shell") == "5")
    #expect(try shop.piko("down", "a").status == 0)
    #expect(try shop.piko("up", "a").status == 0)
    #expect(try shop.piko("destroy", "a").status == 0)
    #expect(try settings() == before.replacing("@made no", with: "@made yes"))
    #expect(try sessions.windows(of: "mine") == ["one"])
  }

  private func settings() throws -> String {
    try [
      ["show-options", "-g"], ["show-options", "-s"], ["show-options", "-g", "-w"],
      ["show-options", "-t", "mine:"], ["show-hooks", "-g"], ["list-keys"],
      ["show-environment", "-g"], ["show-environment", "-t", "mine:"],
    ].map { try sandbox.output("tmux", $0) }.joined(separator: "\n")
  }

  @Test func everySessionComesBackAfterTheServerDied() throws {
    for name in ["a", "b", "c"] { try shop.create(name) }
    #expect(try shop.piko("down", "c").status == 0)
    try sessions.tmux("kill-server")
    #expect(try shop.piko("up", "--all").status == 0)
    #expect(try sessions.names() == ["piko/shop/a", "piko/shop/b"])
  }

  @Test func namesWithAnythingInThem() throws {
    let odd = "a.b:c d#{pid}#h %d é$HOME~'\""
    let project = try sandbox.repository(
      odd, files: [".piko.yml": "windows: [{name: 'w.1: #{pid} é', command: 'pwd; cat'}]\n"])
    try sandbox.write("session_prefix: 'my.dev: é #{pid}/'\n", to: "config/piko/config.yml")
    let made = try sandbox.piko("create", "fix/ü.1: x", "--branch", "ü.1", "--yes", in: project)
    #expect(made.status == 0, "\(made)")
    let name = try sandbox.output("piko", ["tmux", "fix-1-x", "--print"], in: project)
    #expect(name.hasPrefix("my_dev_ é _{pid}/a-b-c-d-pid-h-d-home/") && name.hasSuffix("/fix-1-x"))
    #expect(try sessions.names() == [name])
    #expect(try sessions.windows(of: name) == ["shell", "w.1: #{pid} é"])
    let path = project.pushing(".piko/worktrees/fix-1-x").string
    #expect(try sessions.value("#{pane_current_path}", of: "=\(name):") == path)
    try sessions.type("printf '<%s>\\n' \"$PIKO_ENV_PATH\"", into: "=\(name):shell")
    try sessions.wait(for: "<\(path)>", in: "=\(name):shell")
    #expect(try sandbox.piko("up", "fix-1-x", in: project).status == 0)
    #expect(try sandbox.piko("destroy", "fix-1-x", "--force", in: project).status == 0)
    #expect(try sessions.names() == [])
  }

  @Test func twoProjectsHaveSessionsOfTheirOwnForOneName() throws {
    let other = try sandbox.repository("other/shop")
    try shop.create("a")
    #expect(try sandbox.piko("create", "a", in: other).status == 0)
    let names = try sessions.names()
    #expect(names.count == 2 && names[0].hasPrefix("piko/shop-") && names[1] == "piko/shop/a")
    #expect(try sandbox.piko("destroy", "a", in: other).status == 0)
    #expect(try sessions.names() == ["piko/shop/a"])
  }

  @Test func thirtyAtOnce() throws {
    let script = """
      for number in $(seq 30); do
        piko create "env$number" --yes > /dev/null 2>&1 || echo "$number: $?" &
      done
      wait
      """
    #expect(try sandbox.output("sh", ["-c", script], in: shop.project) == "")
    #expect(try sessions.names().count == 30)
    for name in try sessions.names() {
      #expect(try sessions.windows(of: name) == ["shell", "notes", "more"])
    }
    let all = try shop.piko("list", "-q").stdout.split(separator: "\n").map(String.init)
    #expect(try shop.piko(["destroy"] + all).status == 0)
    #expect(try sessions.names() == [])
  }
}
