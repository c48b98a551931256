import FoundationEssentials
package import PikoCore
package import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A real browser without a window, driven over its DevTools protocol (chromedevtools.github.io):
/// JSON messages that end with a NUL, through two pipes.
package final class Browser {
  private let program: RunningProgram
  private let writing: Int32
  private let reading: Int32
  private var received: [UInt8] = []
  private var lastID = 0
  /// What it told of by itself, the oldest first.
  private var events: [JSONValue] = []

  /// Starts it; it ends with the sandbox.
  package init(in sandbox: Sandbox) throws {
    let names = ["chromium-headless-shell", "chromium", "google-chrome"]
    guard let name = names.first(where: { Program($0).exists }) else {
      throw Failure("no browser", hint: "apt-get install chromium-headless-shell")
    }
    let folder = sandbox.root.appending("browser")
    try FileManager.default.createDirectory(
      atPath: folder.string, withIntermediateDirectories: true)
    let pipes = ["in", "out"].map { folder.appending($0).string }
    for pipe in pipes where mkfifo(pipe, 0o600) != 0 {
      throw Failure("cannot make a pipe: \(Errno.current)")
    }
    // Opened for both, so that neither side waits for the other; the browser sees the end of its
    // pipe when this process ends, however it does.
    let ends = pipes.map { Glibc.open($0, O_RDWR | O_CLOEXEC) }
    (writing, reading) = (ends[0], ends[1])
    let script = #"in=$1 out=$2; shift 2; exec "$@" 3<"$in" 4>"$out""#
    program = try RunningProgram(
      Program("sh"),
      [
        "-c", script, "sh", pipes[0], pipes[1], name, "--no-sandbox", "--headless",
        "--remote-debugging-pipe", "--user-data-dir=\(folder)/profile", "--no-first-run",
        "--disable-gpu", "--disable-dev-shm-usage", "about:blank",
      ], environment: sandbox.environment(["TMPDIR": "\(folder)"]))
    let program = program
    Background.follow(program)
    sandbox.whenDone { _ in program.terminate() }
  }

  deinit {
    close(writing)
    close(reading)
  }

  /// A new page of this size in pixels.
  ///
  /// - Parameter isDark: the colour scheme that it asks for.
  package func open(
    _ address: String, width: Int = 1280, height: Int = 800, isDark: Bool = false
  ) throws -> Tab {
    let target = try call("Target.createTarget", ["url": .string("about:blank")])["targetId"]
    let attached = try call(
      "Target.attachToTarget", ["targetId": target ?? .null, "flatten": .bool(true)])
    guard let session = attached["sessionId"]?.string else { throw Failure("no session") }
    let tab = Tab(browser: self, session: session)
    for domain in ["Page", "Runtime", "Log", "Network"] { try tab.call("\(domain).enable") }
    try tab.look(width: width, height: height, isDark: isDark)
    try tab.go(to: address)
    return tab
  }

  /// Calls a method and waits for its answer.
  @discardableResult
  func call(
    _ method: String, _ parameters: [String: JSONValue] = [:], session: String? = nil
  ) throws -> JSONValue {
    lastID += 1
    var message: [String: JSONValue] = [
      "id": .integer(lastID), "method": .string(method), "params": .object(parameters),
    ]
    if let session { message["sessionId"] = .string(session) }
    let bytes = Array(try JSONEncoder().encode(JSONValue.object(message))) + [0]
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(writing, $0.baseAddress, $0.count) }
      guard count > 0 else { throw Failure("cannot speak to the browser: \(Errno.current)") }
      rest = rest.dropFirst(count)
    }
    let end = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < end {
      guard let answer = try next() else { continue }
      guard answer["id"]?.integer == lastID else {
        if answer["method"] != nil { events.append(answer) }
        continue
      }
      if let error = answer["error"]?["message"]?.string {
        throw Failure("\(method): \(error)")
      }
      return answer["result"] ?? .null
    }
    throw Failure("the browser does not answer \(method)")
  }

  /// What a page told of by itself under this name, so far.
  func told(_ method: String, session: String) -> [JSONValue] {
    events.filter { $0["method"]?.string == method && $0["sessionId"]?.string == session }
      .compactMap { $0["params"] }
  }

  private func next() throws -> JSONValue? {
    while true {
      if let end = received.firstIndex(of: 0) {
        let message = Array(received[..<end])
        received.removeSubrange(...end)
        return try JSONValue(parsing: message)
      }
      var polled = pollfd(fd: reading, events: Int16(POLLIN), revents: 0)
      guard poll(&polled, 1, 200) > 0 else { return nil }
      var buffer = [UInt8](repeating: 0, count: 1 << 18)
      let count = read(reading, &buffer, buffer.count)
      guard count > 0 else { throw Failure("the browser has gone") }
      received += buffer[..<count]
    }
  }
}

/// A page in the browser.
package final class Tab {
  private let browser: Browser
  private let session: String

  init(browser: Browser, session: String) {
    self.browser = browser
    self.session = session
  }

  @discardableResult
  func call(_ method: String, _ parameters: [String: JSONValue] = [:]) throws -> JSONValue {
    try browser.call(method, parameters, session: session)
  }

  package func go(to address: String) throws {
    try call("Page.navigate", ["url": .string(address)])
  }

  /// Changes its size and colour scheme.
  package func look(width: Int, height: Int, isDark: Bool) throws {
    try call(
      "Emulation.setDeviceMetricsOverride",
      [
        "width": .integer(width), "height": .integer(height), "deviceScaleFactor": .integer(1),
        "mobile": .bool(width < 600),
      ])
    let scheme: JSONValue = .object([
      "name": .string("prefers-color-scheme"), "value": .string(isDark ? "dark" : "light"),
    ])
    try call("Emulation.setEmulatedMedia", ["features": .array([scheme])])
  }

  /// What an expression of the page's language comes to; a promise is waited for.
  package func evaluate(_ expression: String) throws -> JSONValue {
    let result = try call(
      "Runtime.evaluate",
      [
        "expression": .string(expression), "awaitPromise": .bool(true),
        "returnByValue": .bool(true),
      ])
    if let thrown = result["exceptionDetails"] {
      throw Failure("\(expression): \(thrown["exception"]?["description"]?.string ?? "\(thrown)")")
    }
    return result["result"]?["value"] ?? .null
  }

  /// Waits until an expression is true.
  ///
  /// - Throws: where the time is over first, with what the page shows.
  package func wait(_ expression: String, within limit: Duration = .seconds(30)) throws {
    let end = ContinuousClock.now + limit
    while (try? evaluate("Boolean(\(expression))")) != .bool(true) {
      guard ContinuousClock.now < end else {
        let shown = try evaluate("document.body.innerText").string ?? ""
        throw Failure("never true: \(expression)", detail: shown)
      }
      usleep(30_000)
    }
  }

  /// Presses the mouse's button over the middle of an element, as soon as it is there, can be pressed
  /// and nothing lies over it.
  package func click(_ selector: String) throws {
    let name = Tab.quoted(selector)
    try wait(
      """
      (() => {
        const one = document.querySelector(\(name));
        if (!one || one.disabled) return false;
        one.scrollIntoView({ block: "center" });
        const { x, y, width, height } = one.getBoundingClientRect();
        const top = document.elementFromPoint(x + width / 2, y + height / 2);
        return top && (one.contains(top) || top.contains(one));
      })()
      """)
    let box = try evaluate(
      """
      (() => {
        const { x, y, width, height } = document.querySelector(\(name)).getBoundingClientRect();
        return [Math.round(x + width / 2), Math.round(y + height / 2)];
      })()
      """)
    guard let place = box.array, place.count == 2 else { throw Failure("no place of \(name)") }
    for type in ["mousePressed", "mouseReleased"] {
      try call(
        "Input.dispatchMouseEvent",
        [
          "type": .string(type), "x": place[0], "y": place[1], "button": .string("left"),
          "clickCount": .integer(1),
        ])
    }
  }

  /// Types text into what has the focus.
  package func type(_ text: String) throws {
    try call("Input.insertText", ["text": .string(text)])
  }

  /// Presses a key that types a letter, or `Enter`, `Escape`, `Tab`.
  package func press(_ key: String) throws {
    let codes = ["Enter": 13, "Escape": 27, "Tab": 9]
    var fields: [String: JSONValue] = ["key": .string(key)]
    if let code = codes[key] { fields["windowsVirtualKeyCode"] = .integer(code) }
    if key.count == 1 { fields["text"] = .string(key) }
    if key == "Enter" { fields["text"] = .string("\r") }
    for type in ["keyDown", "keyUp"] {
      var event = fields
      event["type"] = .string(type)
      if type == "keyUp" { event["text"] = nil }
      try call("Input.dispatchKeyEvent", event)
    }
  }

  /// What is on it, as a picture in a file (PNG).
  package func picture(to file: FilePath) throws {
    let data = try call("Page.captureScreenshot", ["format": .string("png")])["data"]?.string
    guard let bytes = data.flatMap({ Data(base64Encoded: $0) }) else {
      throw Failure("no picture")
    }
    try bytes.write(to: URL(filePath: file.string))
  }

  /// What went wrong in its scripts and what its policy refused.
  package func troubles() throws -> [String] {
    _ = try evaluate("0")
    return browser.told("Runtime.exceptionThrown", session: session).map { "\($0)" }
      + browser.told("Log.entryAdded", session: session).compactMap { event in
        let entry = event["entry"]
        return entry?["level"]?.string == "error" ? entry?["text"]?.string : nil
      }
  }

  /// The addresses that it asked for.
  package func requests() throws -> [String] {
    _ = try evaluate("0")
    return browser.told("Network.requestWillBeSent", session: session).compactMap {
      $0["request"]?["url"]?.string
    }
  }

  /// A text as the page's language writes it.
  package static func quoted(_ text: String) -> String {
    let bytes = (try? JSONEncoder().encode(JSONValue.string(text))) ?? Data()
    return String(decoding: bytes, as: UTF8.self)
  }
}
