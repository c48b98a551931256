import PikoCore
import Support
import SystemPackage
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The page of `piko server` over a real engine, in a real browser.
@Suite(.tags(.engine), .engine) struct ServerEngineTests {
  @Test func drivesAnEnvironmentByClicking() async throws {
    let live = try LiveProject(LiveProject.web, in: await Sandbox.withEngine())
    let server = try ServerScene(in: live.sandbox, directory: live.root)
    let tab = try Browser(in: live.sandbox).open(server.address)
    let row = ".row[data-key='project/feature-a']"
    try tab.click("#new")
    try tab.click("dialog input[name=name]")
    try tab.type("feature/a")
    try tab.click("dialog button[type=submit]")
    try tab.wait("!document.querySelector('dialog')")
    try tab.wait(state(row, "running 1/1"), within: .seconds(120))
    #expect(try live.states() == ["feature-a running 1/1"])
    let link = try tab.evaluate("document.querySelector(\"\(row) .services a\").href").string
    #expect(try link == "http://localhost:\(live.port("web", 80, of: "feature-a"))/")
    #expect(try !live.page(of: "feature-a").isEmpty)

    try tab.click("\(row) [data-focus=power]")
    try tab.wait(state(row, "stopped"), within: .seconds(60))
    #expect(try live.states() == ["feature-a stopped"])
    try tab.click("\(row) [data-focus=power]")
    try tab.wait(state(row, "running 1/1"), within: .seconds(60))
    #expect(try live.states() == ["feature-a running 1/1"])

    // Killed behind piko's back: the engine tells, nobody asks.
    let label = "label=dev.piko.root=\(live.root)"
    let container = try live.docker("ps", "--quiet", "--filter", label)
    let began = ContinuousClock.now
    _ = try live.docker("kill", container)
    try tab.wait(state(row, "stopped"), within: .seconds(10))
    #expect(ContinuousClock.now - began < .seconds(5))

    try tab.click("\(row) [data-focus=destroy]")
    try tab.wait("document.querySelector('dialog pre')?.innerText.includes('worktree')")
    try tab.click("dialog input[name=volumes]")
    try tab.wait("!document.querySelector('dialog button.danger').disabled")
    try tab.click("dialog button.danger")
    try tab.wait("!document.querySelector(\"\(row)\")", within: .seconds(60))
    #expect(try live.traces(of: "feature-a") == [])
    #expect(try live.sandbox.git("branch", "--list", "feature/a", in: live.root) == "  feature/a")
    #expect(try tab.troubles() == [])
  }

  @Test func showsTheVerbsRefusal() async throws {
    let live = try LiveProject(LiveProject.web, in: await Sandbox.withEngine())
    try live.create("one", "--no-start")
    let port = try live.port("web", 80, of: "one")
    let listener = try Listener(on: port)
    let server = try ServerScene(in: live.sandbox, directory: live.root)
    let tab = try Browser(in: live.sandbox).open(server.address)
    let row = ".row[data-key='project/one']"
    try tab.click("\(row) [data-focus=power]")
    try tab.wait("document.querySelector(\"\(row) .failure\")", within: .seconds(60))
    let shown = try tab.evaluate("document.querySelector(\"\(row) .failure\").innerText").string
    let refused = try live.piko("up", "one")
    let message = refused.stderr.split(separator: "\n").first { $0.hasPrefix("error: ") }
    #expect(refused.status == 1)
    #expect(try shown?.contains(#require(message).dropFirst("error: ".count)) == true)
    withExtendedLifetime(listener) {}
  }

  @Test func marksWhatIsShared() async throws {
    let scene = try await SharingScene(configuration: "shared: [redis]\n")
    try scene.project.create("a", "--no-start")
    try scene.project.create("b")
    let server = try ServerScene(in: scene.sandbox, directory: scene.project.root)
    let tab = try Browser(in: scene.sandbox).open(server.address)
    func mark(_ name: String) -> String {
      "document.querySelector(\".row[data-key='shop/\(name)'] .services li[title^=redis] em\")"
    }
    try tab.wait("\(mark("a"))?.innerText === 'shared' && \(mark("b"))?.innerText === 'shared'")
    #expect(try tab.evaluate("\(mark("b")).title").string == "serves a, b")
    try tab.wait("\(mark("b")).parentElement.dataset.condition === 'healthy'")
    #expect(
      try tab.evaluate("document.querySelectorAll(\"li[title^=web] em\").length") == .integer(0))
    let port = try scene.project.port("redis", 6379, of: "b")
    #expect(
      try tab.evaluate("\(mark("b")).parentElement.querySelector('a').port").string == "\(port)")
  }

  @Test func followsLogsAsText() async throws {
    let hostile = "<img src=x onerror=alert(1)><script>document.title=1</script>"
    let compose = """
      services:
        web:
          image: \(TestImage.tag)
          init: true
          stop_grace_period: 1s
          command: ["sh", "-c", "echo '\(hostile)'; while sleep 0.2; do echo tick; done"]
        db:
          image: \(TestImage.tag)
          init: true
          stop_grace_period: 1s
          command: ["sh", "-c", "printf 'a \\\\033[31mred\\\\033[0m line\\\\n'; sleep 600"]

      """
    let live = try LiveProject(compose, in: await Sandbox.withEngine())
    try live.create("one")
    let server = try ServerScene(in: live.sandbox, directory: live.root)
    let tab = try Browser(in: live.sandbox).open(server.address)
    try tab.click(".row [data-focus=logs]")
    let lines = "[...document.querySelectorAll('.lines p')].map((one) => one.innerText)"
    try tab.wait("\(lines).some((one) => one.includes(\(Tab.quoted(hostile))))")
    try tab.wait("\(lines).some((one) => one.includes('a red line'))")
    let count = "\(lines).filter((one) => one.includes('tick')).length"
    let before = try #require(try tab.evaluate(count).integer)
    try tab.wait("\(count) > \(before + 3)")
    try tab.click(".logs input[type=search]")
    try tab.type("RED")
    try tab.wait("\(lines).length === 1 && document.querySelector('mark').innerText === 'red'")
    _ = try tab.evaluate(
      """
      const search = document.querySelector(".logs input[type=search]");
      search.value = ""; search.dispatchEvent(new Event("input"));
      const choose = document.querySelector(".logs select");
      choose.value = "web"; choose.dispatchEvent(new Event("change"));
      """)
    try tab.wait("\(lines).length > 3 && !\(lines).some((one) => one.includes('red'))")
    #expect(try tab.evaluate("document.images.length") == .integer(0))
    #expect(try tab.evaluate("document.title").string == "piko (1)")
    try tab.press("Escape")
    try tab.wait("document.querySelector('#logs').hidden")
    // Nobody listens any more: what read the logs ends.
    let end = ContinuousClock.now + .seconds(30)
    let readers = #"""
      for process in /proc/[0-9]*; do
        [ "$(readlink "$process/cwd")" = "$1" ] || continue
        tr '\0' ' ' <"$process/cmdline" | grep -q 'compose .*logs' && exit 0
      done
      exit 1
      """#
    let worktree = live.worktree("one").string
    while try live.sandbox.run("sh", "-c", readers, "sh", worktree).status == 0 {
      try #require(ContinuousClock.now < end, "docker compose logs goes on")
      usleep(100_000)
    }
    #expect(try tab.troubles() == [])
  }

  @Test func logsGoOnWithoutGapsOrRepeats() async throws {
    let compose = """
      services:
        web:
          image: \(TestImage.tag)
          init: true
          stop_grace_period: 1s
          command: ["sh", "-c", "i=0; while sleep 0.05; do i=$$((i+1)); echo number $$i; done"]

      """
    let live = try LiveProject(compose, in: await Sandbox.withEngine())
    try live.create("one")
    let first = try ServerScene(in: live.sandbox, directory: live.root)
    let browser = try Browser(in: live.sandbox)
    let tab = try browser.open(first.address)
    try tab.click(".row [data-focus=logs]")
    let numbers = """
      [...document.querySelectorAll('.lines p span')].map((one) => +one.innerText.slice(7))
      """
    let isWhole = "\(numbers).every((one, index, all) => !index || one === all[index - 1] + 1)"
    func last() throws -> Int { try tab.evaluate("\(numbers).at(-1) ?? 0").integer ?? 0 }
    try tab.wait("\(numbers).length > 20")
    for _ in 1...3 {
      let before = try last()
      try see(false, tab)
      usleep(700_000)
      try see(true, tab)
      try tab.wait("\(numbers).at(-1) > \(before + 40)")
    }
    #expect(try tab.evaluate(isWhole) == .bool(true))
    // The server is started again, and reading goes on where it was.
    first.interrupt()
    #expect(try first.status() == 0)
    let before = try last()
    _ = try ServerScene(in: live.sandbox, port: first.port, directory: live.root)
    try tab.wait("\(numbers).at(-1) > \(before + 40)")
    #expect(try tab.evaluate(isWhole) == .bool(true))
    // More pages than the browser has connections leave room for what is pressed.
    let others = try (1...6).map { _ in try browser.open(first.address) }
    for other in others { try other.click(".row [data-focus=logs]") }
    try others[5].wait("document.querySelector('.note')?.innerText.includes('this one waits')")
    try others[5].click(".row [data-focus=power]")
    // Containers that run again are read again.
    let notes = "[...document.querySelectorAll('.note')]"
    try tab.wait("\(notes).some((one) => one.innerText.includes('no more'))")
    for other in others {
      try other.press("Escape")
      try other.wait("document.querySelector('#logs').hidden")
    }
    let count = try tab.evaluate("document.querySelectorAll('.lines p').length").integer ?? 0
    #expect(try live.piko("up", "one").status == 0)
    try tab.wait("document.querySelectorAll('.lines p').length > \(count + 5)")
  }

  /// Has the page believe that its tab is shown, or that another one is.
  private func see(_ isShown: Bool, _ tab: Tab) throws {
    _ = try tab.evaluate(
      """
      Object.defineProperty(document, "hidden", { value: \(!isShown), configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
      """)
  }

  private func state(_ row: String, _ text: String) -> String {
    "document.querySelector(\"\(row) .state\")?.innerText === '\(text)'"
  }
}
