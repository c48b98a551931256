import PikoCore
import Support
import SystemPackage
import Testing

/// What a real browser makes of the page of `piko server`, in projects without containers.
@Suite struct ServerPageTests {
  private func project(_ sandbox: Sandbox, _ branches: String...) throws -> FilePath {
    let root = try sandbox.repository("shop", files: [".piko.yml": "ports: {web: 3000}\n"])
    for branch in branches {
      #expect(try sandbox.piko("create", branch, in: root).status == 0)
    }
    return root
  }

  private func row(_ name: String) -> String { ".row[data-key='shop/\(name)']" }

  @Test func outlivesTheServer() throws {
    let sandbox = try Sandbox()
    let root = try project(sandbox, "one")
    let first = try ServerScene(in: sandbox)
    let tab = try Browser(in: sandbox).open(first.address)
    try tab.wait("document.querySelector(\"\(row("one"))\") && link.dataset.link === 'live'")
    #expect(try tab.evaluate("location.href").string == "http://127.0.0.1:\(first.port)/")
    first.interrupt()
    #expect(try first.status() == 0)
    try tab.wait("link.dataset.link === 'lost'")
    #expect(try sandbox.piko("create", "two", in: root).status == 0)
    let second = try ServerScene(in: sandbox, port: first.port)
    #expect(second.token == first.token)
    try tab.wait("document.querySelector(\"\(row("two"))\") && link.dataset.link === 'live'")
  }

  @Test func asksForTheTokenAndKeepsIt() throws {
    let sandbox = try Sandbox()
    _ = try project(sandbox, "one")
    let server = try ServerScene(in: sandbox)
    let browser = try Browser(in: sandbox)
    let tab = try browser.open("http://127.0.0.1:\(server.port)/")
    try tab.wait("document.querySelector('dialog[open] input[name=token]')")
    #expect(try tab.evaluate("document.querySelectorAll('.row').length") == .integer(0))
    try tab.click("dialog input[name=token]")
    try tab.type(server.address)
    try tab.press("Enter")
    try tab.wait("document.querySelector(\"\(row("one"))\") && !document.querySelector('dialog')")
    let later = try browser.open("http://127.0.0.1:\(server.port)/")
    try later.wait("document.querySelector(\"\(row("one"))\")")
  }

  @Test func tabsShareOneStream() throws {
    let sandbox = try Sandbox()
    let root = try project(sandbox, "one")
    let server = try ServerScene(in: sandbox)
    let browser = try Browser(in: sandbox)
    let tabs = try (1...8).map { _ in try browser.open(server.address) }
    for tab in tabs { try tab.wait("document.querySelector(\"\(row("one"))\")") }
    #expect(try sandbox.piko("create", "two", in: root).status == 0)
    for tab in tabs { try tab.wait("document.querySelector(\"\(row("two"))\")") }
    let streams = try tabs.flatMap { try $0.requests() }.filter { $0.hasSuffix("/api/events") }
    #expect(streams.count == 1)
    for tab in tabs { #expect(try tab.troubles() == []) }
  }

  @Test func namesAreTextAndNeverMarkup() throws {
    let sandbox = try Sandbox()
    let hostile = "<img/src=x/onerror=document.title=`owned`>"
    let root = try project(sandbox)
    let made = try sandbox.piko("create", "odd", "--branch", hostile, in: root)
    #expect(made.status == 0, "\(made)")
    let server = try ServerScene(in: sandbox)
    let tab = try Browser(in: sandbox).open(server.address)
    try tab.wait("document.querySelector(\"\(row("odd"))\")")
    try tab.wait("document.body.innerText.includes(\(Tab.quoted(hostile)))")
    try tab.click("\(row("odd")) button.name")
    try tab.wait("document.querySelector('.details')")
    // Refused in words that quote the name.
    try tab.click("#new")
    try tab.click("dialog input[name=name]")
    try tab.type(hostile)
    try tab.press("Enter")
    try tab.wait("document.querySelector('dialog .failure')?.innerText.includes('onerror')")
    #expect(try tab.evaluate("document.images.length") == .integer(0))
    #expect(try tab.evaluate("document.title").string == "piko (1)")
    let origin = "http://127.0.0.1:\(server.port)/"
    #expect(try tab.requests().allSatisfy { $0.hasPrefix(origin) || $0.hasPrefix("data:") })
  }

  @Test func showsWhatWillRunBeforeItIsApproved() throws {
    let sandbox = try Sandbox()
    let root = try sandbox.repository("shop", files: [".piko.yml": "ports: {web: 3000}\n"])
    let hostile = "touch ran # <img src=x onerror=alert(1)>"
    try sandbox.git("checkout", "-q", "-b", "stranger", in: root)
    try sandbox.commit("scripts: {prepare: '\(hostile)'}\n", to: ".piko.yml", in: root)
    try sandbox.git("checkout", "-q", "main", in: root)
    let server = try ServerScene(in: sandbox, directory: root)
    let tab = try Browser(in: sandbox).open(server.address)
    let submit = "dialog button[type=submit]"
    let shown = "document.querySelector('dialog .consent pre')?.innerText"
    try tab.click("#new")
    try tab.click("dialog input[name=name]")
    try tab.type("stranger")
    try tab.press("Enter")
    try tab.wait("\(shown) === \(Tab.quoted("script prepare: \(hostile)"))")
    try tab.wait("document.querySelector('\(submit)').innerText === 'Approve and create'")
    // Enter again is no approval, and another branch is another question.
    try tab.press("Enter")
    try tab.click("dialog input[name=from]")
    try tab.type("stranger")
    try tab.wait("!document.querySelector('dialog .consent')")
    #expect(try tab.evaluate("document.querySelector('\(submit)').innerText").string == "Create")
    #expect(try sandbox.piko("list", "--all", "-q").stdout.isEmpty)
    _ = try tab.evaluate("document.querySelector('dialog input[name=from]').value = ''")
    try tab.click(submit)
    try tab.wait("\(shown) && !document.querySelector('\(submit)').disabled")
    try tab.click(submit)
    try tab.wait("!document.querySelector('dialog')")
    try tab.wait("document.querySelector(\"\(row("stranger")) [data-focus=power]:enabled\")")
    #expect(sandbox.exists(root.pushing(".piko/worktrees/stranger/ran")))
    #expect(try tab.evaluate("document.images.length") == .integer(0))
    #expect(try tab.troubles() == [])
  }

  @Test func showsWhatAStartWouldRunBeforeItIsApproved() throws {
    let sandbox = try Sandbox()
    let root = try project(sandbox, "one")
    #expect(try sandbox.piko("down", "one", in: root).status == 0)
    try sandbox.write(
      "ports: {web: 3000}\nshells: {web: 'echo <b>'}\n",
      to: root.pushing(".piko/worktrees/one/.piko.yml"))
    let server = try ServerScene(in: sandbox)
    let tab = try Browser(in: sandbox).open(server.address)
    let power = "\(row("one")) [data-focus=power]"
    let state = "document.querySelector(\"\(row("one"))\").dataset.state"
    try tab.wait("\(state) === 'stopped'")
    try tab.click(power)
    try tab.wait("document.querySelector('dialog .consent pre')?.innerText.includes('echo <b>')")
    try tab.press("Escape")
    try tab.wait("!document.querySelector('dialog')")
    #expect(try sandbox.piko("list", "--json", in: root).stdout.contains(#""state":"stopped""#))
    try tab.click(power)
    try tab.wait("document.querySelector('dialog .consent')")
    try tab.click("dialog button[type=submit]")
    try tab.wait("\(state) === 'ready'")
    #expect(try sandbox.piko("trust", "one", in: root).stderr.contains("is approved already"))
    #expect(try tab.troubles() == [])
  }

  @Test func whatGitDidNotSayIsSeen() throws {
    let sandbox = try Sandbox()
    let root = try project(sandbox, "one")
    let server = try ServerScene(in: sandbox)
    let tab = try Browser(in: sandbox).open(server.address)
    let changes = "document.querySelector(\"\(row("one")) .changes\")?.innerText"
    try tab.wait("\(changes) === 'clean'")
    try sandbox.write("gitdir: /nowhere\n", to: root.pushing(".piko/worktrees/one/.git"))
    try tab.wait("\(changes) === '…'")
  }

  @Test func tellsNobodyElseAtItsPortTheToken() throws {
    let sandbox = try Sandbox()
    _ = try project(sandbox, "one")
    let first = try ServerScene(in: sandbox)
    let tab = try Browser(in: sandbox).open(first.address)
    try tab.wait("document.querySelector(\"\(row("one"))\") && link.dataset.link === 'live'")
    first.interrupt()
    #expect(try first.status() == 0)
    // What another user could run there: it writes down what it is sent, and answers everything.
    let script = """
      use IO::Socket::INET;
      my $all = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => $ARGV[0],
        ReuseAddr => 1, Listen => 9) or die;
      while (my $one = $all->accept) {
        open(my $told, ">>", $ARGV[1]);
        while (<$one>) { print $told $_; last if /^\\r?$/ }
        close $told;
        my $body = '{"proof":"' . "ab" x 32 . '"}';
        print $one "HTTP/1.1 200 OK\\r\\nConnection: close\\r\\nContent-Length: "
          . length($body) . "\\r\\n\\r\\n$body";
        close $one;
      }
      """
    let told = sandbox.root.appending("told")
    let other = try RunningProgram(
      Program("perl"), ["-e", script, "\(first.port)", told.string],
      environment: sandbox.environment())
    Background.start { _ = other.follow { _, _ in } }
    sandbox.whenDone { _ in other.terminate() }
    try tab.wait("document.querySelector('dialog input[name=token]')")
    // The right token, typed where it is asked for, is no proof either; nor is a button.
    try tab.click("dialog input[name=token]")
    try tab.type(first.token)
    try tab.press("Enter")
    try tab.wait("document.querySelector('dialog input[name=token]')?.value === ''")
    _ = try tab.evaluate("document.querySelector('.does [data-focus=open]').click()")
    try tab.wait("document.querySelector('.outcome')?.innerText.includes('another token')")
    let heard = try sandbox.read(told)
    #expect(heard.contains("GET /api/proof?nonce="))
    #expect(!heard.contains(first.token) && !heard.contains("Authorization"), "\(heard)")
    other.terminate()
    let second = try ServerScene(in: sandbox, port: first.port)
    #expect(second.token == first.token)
  }

  @Test func anotherSitesPageGetsNothing() throws {
    let sandbox = try Sandbox()
    _ = try project(sandbox, "one")
    let server = try ServerScene(in: sandbox)
    try sandbox.write("<!doctype html><title>evil</title>", to: "site/index.html")
    let port = try freePort()
    let site = try RunningProgram(
      Program("busybox"), ["httpd", "-f", "-p", "127.0.0.1:\(port)", "-h", "\(sandbox.root)/site"],
      environment: sandbox.environment())
    Background.start { _ = site.follow { _, _ in } }
    sandbox.whenDone { _ in site.terminate() }
    _ = try Wire.http(port)
    let browser = try Browser(in: sandbox)
    // A name of the site's own that leads to this machine: DNS rebinding.
    for address in ["http://127.0.0.1:\(port)/", "http://evil.localhost:\(server.port)/"] {
      let tab = try browser.open(address)
      try tab.wait("document.readyState === 'complete' && location.href !== 'about:blank'")
      let own = address.contains("evil.localhost")
      #expect(try tab.evaluate("document.body.innerText").string?.contains("one") == false)
      let base = own ? "" : "http://127.0.0.1:\(server.port)"
      let got = try tab.evaluate(
        """
        (async () => {
          const got = [];
          const paths = ["environments", "environments/one", "environments/one/logs", "events",
            "projects", "actions", "environments/one/up", "environments/one/down",
            "environments/one/restart", "environments/one/open"];
          for (const path of paths) for (const method of ["GET", "POST", "DELETE"])
            for (const mode of ["cors", "no-cors"])
              for (const token of ["", "\(server.token)"]) {
                const headers = token ? { Authorization: `Bearer ${token}` } : {};
                const body = method === "POST" ? '{"name":"owned"}' : undefined;
                try {
                  const answer = await fetch(`\(base)/api/${path}`, { method, mode, headers, body });
                  if (answer.ok) got.push(`${method} ${path}: ${await answer.text()}`);
                } catch { /* kept out */ }
              }
          return got;
        })()
        """)
      #expect(got == .array([]), "\(address)")
    }
    try server.waitForNarration("foreign origin 'http://127.0.0.1:\(port)'")
    try server.waitForNarration("foreign host 'evil.localhost:\(server.port)'")
    #expect(try sandbox.piko("list", "--all", "-q").stdout == "one\n")
  }

  @Test func isUsedWithTheKeyboardAlone() throws {
    let sandbox = try Sandbox()
    _ = try project(sandbox, "one", "two", "three")
    let server = try ServerScene(in: sandbox)
    let tab = try Browser(in: sandbox).open(server.address)
    try tab.wait("document.querySelectorAll('.row').length === 3")
    try tab.press("/")
    try tab.wait("document.activeElement.id === 'filter'")
    try tab.type("t")
    try tab.wait("document.querySelectorAll('.row').length === 2")
    try tab.press("Enter")
    try tab.press("j")
    try tab.wait("document.activeElement.innerText === 'two'")
    try tab.press("Enter")
    try tab.wait("document.querySelector('.details code').innerText.includes('piko env two')")
    try tab.press("?")
    try tab.wait("document.querySelector('dialog[open]')")
    try tab.press("Escape")
    try tab.wait("!document.querySelector('dialog')")
    try tab.press("n")
    try tab.wait("document.activeElement.name === 'name'")
    try tab.type("four")
    try tab.press("Enter")
    try tab.wait("!document.querySelector('dialog')")
    #expect(try poll { try sandbox.piko("list", "--all", "-q").stdout.contains("four\n") })
    #expect(try tab.troubles() == [])
  }

  @Test func fitsAPhoneAndNamesItsParts() throws {
    let sandbox = try Sandbox()
    _ = try project(sandbox, "one", "a-rather-long-name-for-an-environment-as-some-are")
    let server = try ServerScene(in: sandbox)
    let browser = try Browser(in: sandbox)
    for (width, isDark) in [(360, false), (768, true), (1000, false), (1280, false)] {
      let tab = try browser.open(server.address, width: width, isDark: isDark)
      try tab.wait("document.querySelectorAll('.row').length === 2")
      try tab.click("\(row("one")) button.name")
      try tab.wait("document.querySelector('.details')")
      #expect(try tab.evaluate("document.documentElement.scrollWidth <= innerWidth") == .bool(true))
      let cutOff = try tab.evaluate(
        """
        [...document.querySelectorAll("button, a, input")].filter((one) => {
          const { left, right, width } = one.getBoundingClientRect();
          const frame = one.closest(".rows")?.getBoundingClientRect().right ?? innerWidth;
          return width > 1 && (left < 0 || right > Math.min(frame, innerWidth) + 0.5);
        }).map((one) => one.outerHTML)
        """)
      #expect(cutOff == .array([]), "\(width)")
      let nameless = try tab.evaluate(
        """
        [...document.querySelectorAll("button, a, input, select")].filter((one) =>
          !(one.innerText || one.ariaLabel || one.labels?.length)).map((one) => one.outerHTML)
        """)
      #expect(nameless == .array([]))
      let ground = try tab.evaluate("getComputedStyle(document.body).backgroundColor").string
      #expect((ground == "rgb(21, 23, 26)") == isDark, "\(ground ?? "")")
      for landmark in ["header", "main", "[role=search]", "aside[aria-label]"] {
        #expect(try tab.evaluate("Boolean(document.querySelector('\(landmark)'))") == .bool(true))
      }
    }
  }

  private func poll(_ isTrue: () throws -> Bool) throws -> Bool {
    let end = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < end { if try isTrue() { return true } }
    return false
  }

  /// A port that nobody listens on now.
  private func freePort() throws -> Int {
    for port in 28_990...29_200 where PortProbe.isFree(port, .tcp) { return port }
    throw Failure("no free port")
  }
}
