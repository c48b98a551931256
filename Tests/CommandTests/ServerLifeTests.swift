import PikoCore
import Support
import SystemPackage
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// `piko server`: its beginning, its end, and what it starts.
@Suite struct ServerLifeTests {
  @Test func namesWhoHasThePort() throws {
    let sandbox = try Sandbox()
    let first = try ServerScene(in: sandbox)
    let second = try sandbox.piko("server", "--port=\(first.port)")
    #expect(second.status == 128)
    #expect(second.stdout.isEmpty)
    #expect(
      second.stderr.hasPrefix(
        "error: cannot listen on port \(first.port): it is used by piko-server"),
      "\(second)")
    #expect(second.stderr.contains("\nhint: choose another: 'piko server --port 0'\n"))
  }

  @Test func servesWhereNoNetworkHasIPv6() throws {
    let sandbox = try Sandbox()
    // A network of its own, whose one address is of IPv4.
    let script = """
      ip link set lo up; ip address add 10.9.9.9/32 dev lo
      piko server --port 19999 & server=$!
      i=0; while test $i -lt 200; do
        busybox wget -q -O page http://127.0.0.1:19999/ && break
        i=$((i+1)); sleep 0.1
      done
      kill -INT $server; wait $server
      """
    let run = try sandbox.run("unshare", ["-rn", "bash", "-mc", script])
    #expect(run.status == 0, "\(run)")
    #expect(try sandbox.read("page").hasPrefix("<!doctype html>"))
  }

  @Test func anInterruptLetsWhatRunsEnd() throws {
    let sandbox = try Sandbox()
    let script = "touch begun; until test -e ../../../go; do sleep 0.1; done"
    let project = try sandbox.repository(
      "shop", files: [".piko.yml": "scripts: {prepare: '\(script)'}\n"])
    let server = try ServerScene(in: sandbox, directory: project)
    let begun = try server.ask(
      "POST", "/api/environments", body: #"{"name":"slow","yes":true}"#,
      headers: ["Prefer": "respond-async"])
    #expect(begun.status == 202, "\(begun.body)")
    try wait(for: project.pushing(".piko/worktrees/slow/begun"), sandbox)
    server.interrupt()
    try server.waitForNarration("finishing 'piko create slow'; to interrupt, press Ctrl-C again")
    let refused = try server.ask("POST", "/api/environments", body: #"{"name":"late"}"#)
    #expect(refused.status == 503, "\(refused.body)")
    try sandbox.write("", to: project.appending("go"))
    #expect(try server.status() == 0)
    #expect(try sandbox.piko("list", "--all", "-q").stdout == "slow\n")
  }

  @Test func aSecondInterruptEndsItAndNothingIsLeft() throws {
    let sandbox = try Sandbox()
    let project = try sandbox.repository(
      "shop", files: [".piko.yml": "scripts: {prepare: 'touch begun; sleep 600'}\n"])
    let server = try ServerScene(in: sandbox, directory: project)
    _ = try server.ask(
      "POST", "/api/environments", body: #"{"name":"slow","yes":true}"#,
      headers: ["Prefer": "respond-async"])
    try wait(for: project.pushing(".piko/worktrees/slow/begun"), sandbox)
    server.interrupt()
    try server.waitForNarration("press Ctrl-C again")
    server.interrupt()
    #expect(try server.status() == 0)
    #expect(try sandbox.piko("list", "--all", "-q").stdout.isEmpty)
    #expect(!sandbox.exists(project.pushing(".piko/worktrees/slow")))
  }

  @Test func opensTheBrowserWithoutShowingTheTokenToOthers() throws {
    let sandbox = try Sandbox()
    try sandbox.write(
      "#!/bin/sh\necho \"$@\" > \"$HOME/new\"; mv \"$HOME/new\" \"$HOME/shown\"\n",
      to: "tools/browse", mode: 0o755)
    let server = try ServerScene(
      in: sandbox, ["--open"], environment: ["BROWSER": "\(sandbox.root)/tools/browse"])
    try wait(for: "home/shown", sandbox)
    let file = "\(sandbox.root)/state/piko/server-open.html"
    #expect(try sandbox.read("home/shown") == "file://\(file)\n")
    #expect(try sandbox.output("stat", ["-c", "%a", file]) == "600")
    #expect(try sandbox.read(FilePath(file)).contains("url=\(server.address)\""))
  }

  @Test func opensTheEditorAndTellsWhyItCannot() throws {
    let sandbox = try Sandbox()
    let project = try sandbox.repository("shop")
    #expect(try sandbox.piko("create", "one", in: project).status == 0)
    try sandbox.write(
      "#!/bin/sh\necho \"$@\" > \"$HOME/edited\"\nexec sleep 4\n", to: "tools/edit", mode: 0o755)
    try sandbox.write(
      "#!/bin/sh\necho 'error: no terminal' >&2\nexit 3\n", to: "tools/broken", mode: 0o755)
    let server = try ServerScene(
      in: sandbox, environment: ["EDITOR": "\(sandbox.root)/tools/edit"])
    let opened = try server.ask("POST", "/api/environments/one/open")
    #expect(opened.status == 200, "\(opened.body)")
    #expect(try sandbox.read("home/edited") == "\(project)/.piko/worktrees/one\n")
    let other = try ServerScene(
      in: sandbox, environment: ["EDITOR": "\(sandbox.root)/tools/broken"])
    let failed = try other.ask("POST", "/api/environments/one/open")
    #expect(failed.status == 409)
    #expect(failed.json["error"]?["message"]?.string == "no terminal", "\(failed.body)")
  }

  private func wait(for file: FilePath, _ sandbox: Sandbox) throws {
    let end = ContinuousClock.now + .seconds(60)
    while !sandbox.exists(file) {
      guard ContinuousClock.now < end else { throw Failure("no \(file)") }
      usleep(20_000)
    }
  }
}
