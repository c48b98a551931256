import FoundationEssentials
package import PikoCore
package import SystemPackage
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A directory of its own for one test, with a home, a state and an environment that owe nothing to
/// the developer's. What was made in it goes when the sandbox does.
package final class Sandbox {
  /// The fresh directory, symbolic links resolved.
  package let root: FilePath
  /// The variables every program in here is started with.
  package let variables: [String: String]
  /// Held where the test makes containers.
  private let claim: EngineClaim?
  private var atEnd: [(Sandbox) throws -> Void] = []

  /// A sandbox for a test that needs no engine. None is to be found in it: what is made there by
  /// mistake would be in other tests' way.
  package convenience init() throws { try self.init(claim: nil) }

  /// A sandbox for a test that makes containers: waits until no other test of this machine does,
  /// since host ports and the fixed names of example projects are the machine's.
  ///
  /// - Throws: where no engine answers, so that the test fails rather than being left out.
  package static func withEngine() async throws -> Sandbox {
    try await Sandbox(claim: EngineClaim.wait())
  }

  private init(claim: EngineClaim?) throws {
    // A child that ends without reading what it is given must not end the whole test run.
    signal(SIGPIPE, SIG_IGN)
    self.claim = claim
    root = try Sandbox.freshDirectory()
    let home = root.appending("home")
    // Where fish finds its completions, no program of its goes on to make them after the test.
    for directory in [
      "home/.docker", "config", "data/fish/generated_completions", "cache", "state", "run", "tmux",
    ] {
      try FileManager.default.createDirectory(
        atPath: root.pushing(FilePath(directory)).string, withIntermediateDirectories: true)
    }
    chmod(root.appending("run").string, 0o700)
    // Compose may be one of the developer's own plug-ins, which the sandbox's home would hide.
    let plugins = try Paths.home().pushing(".docker/cli-plugins").string
    if FileManager.default.fileExists(atPath: plugins) {
      try FileManager.default.createSymbolicLink(
        atPath: home.pushing(".docker/cli-plugins").string, withDestinationPath: plugins)
    }
    variables = [
      "HOME": home.string,
      "USER": "tester",
      "LOGNAME": "tester",
      "SHELL": "/bin/sh",
      "PATH": "\(BuiltPrograms.directory.string):\(Sandbox.systemPath)",
      "TMPDIR": root.appending("cache").string,
      "XDG_CONFIG_HOME": root.appending("config").string,
      "XDG_DATA_HOME": root.appending("data").string,
      "XDG_CACHE_HOME": root.appending("cache").string,
      "XDG_STATE_HOME": root.appending("state").string,
      "XDG_RUNTIME_DIR": root.appending("run").string,
      "PIKO_STATE_HOME": root.pushing("state/piko").string,
      "TMUX_TMPDIR": root.appending("tmux").string,
      "GIT_CONFIG_GLOBAL": root.pushing("config/gitconfig").string,
      "GIT_CONFIG_NOSYSTEM": "1",
      "GIT_CEILING_DIRECTORIES": root.string,
      "GIT_TERMINAL_PROMPT": "0",
      "LC_ALL": "C.UTF-8",
      "TZ": "UTC",
      "TERM": "dumb",
      "NO_COLOR": "1",
      "COLUMNS": "80",
      "DOCKER_HOST": "unix://\(root.appending("no-engine.sock"))",
    ].merging(claim?.variables ?? [:]) { _, new in new }
    try write(
      """
      [user]
      \tname = A Tester
      \temail = tester@example.org
      [init]
      \tdefaultBranch = main
      [advice]
      \tdetachedHead = false
      [protocol "file"]
      \tallow = always

      """, to: "config/gitconfig")
  }

  deinit {
    for action in atEnd.reversed() {
      do { try action(self) } catch { Issue.record(error, "cleaning up the sandbox") }
    }
    do { try endTmuxServers() } catch { Issue.record(error, "ending the sandbox's tmux") }
    if claim != nil {
      do { try EngineObjects.remove(below: root, using: self) } catch {
        Issue.record(error, "removing the sandbox's containers")
      }
    }
    removeRoot()
    claim?.release()
  }

  /// Does `action` when the sandbox ends, the last one first. It is given the sandbox, which it must
  /// not keep.
  package func whenDone(_ action: @escaping (Sandbox) throws -> Void) { atEnd.append(action) }

  // MARK: - Running

  /// Runs `piko` with these arguments.
  ///
  /// - Parameters:
  ///   - directory: where it is typed; the root where none is given.
  ///   - environment: variables to change; nil as a value unsets.
  package func piko(
    _ arguments: String..., in directory: FilePath? = nil, input: String? = nil,
    environment: [String: String?] = [:]
  ) throws -> Transcript {
    try run(
      BuiltPrograms.path(of: "piko").string, arguments, in: directory, input: input,
      environment: environment)
  }

  /// The same with the arguments as an array.
  package func piko(
    _ arguments: [String], in directory: FilePath? = nil, input: String? = nil,
    environment: [String: String?] = [:]
  ) throws -> Transcript {
    try run(
      BuiltPrograms.path(of: "piko").string, arguments, in: directory, input: input,
      environment: environment)
  }

  /// Runs a program: a path, or a name looked up on the sandbox's `PATH`.
  package func run(
    _ program: String, _ arguments: String..., in directory: FilePath? = nil,
    input: String? = nil, environment: [String: String?] = [:]
  ) throws -> Transcript {
    try run(program, arguments, in: directory, input: input, environment: environment)
  }

  /// The same with the arguments as an array.
  package func run(
    _ program: String, _ arguments: [String], in directory: FilePath? = nil,
    input: String? = nil, environment: [String: String?] = [:], timeout: Duration = .seconds(240)
  ) throws -> Transcript {
    let environment = self.environment(environment)
    let result = try Program(located(program, environment)).run(
      arguments, in: directory ?? root, environment: environment,
      input: input.map { Array($0.utf8) }, timeout: timeout)
    return Transcript(
      stdout: normalized(result.text), stderr: normalized(result.errors), status: result.status)
  }

  /// Runs git, which must succeed, and gives what it wrote without the last newline.
  @discardableResult
  package func git(_ arguments: String..., in directory: FilePath? = nil) throws -> String {
    try output("git", arguments, in: directory)
  }

  /// Runs a program that must succeed and gives what it wrote, as it wrote it but for the last
  /// newline.
  @discardableResult
  package func output(
    _ program: String, _ arguments: [String], in directory: FilePath? = nil,
    environment: [String: String?] = [:]
  ) throws -> String {
    let environment = self.environment(environment)
    let text = try Program(located(program, environment)).output(
      arguments, in: directory ?? root, environment: environment,
      failing: "'\(program) \(arguments.joined(separator: " "))' failed")
    return text.hasSuffix("\n") ? String(text.dropLast()) : text
  }

  /// The sandbox's variables with some changed; nil as a value unsets.
  package func environment(_ changes: [String: String?] = [:]) -> ChildEnvironment {
    var all = variables
    for (name, value) in changes { all[name] = value }
    return ChildEnvironment(all)
  }

  private func located(_ program: String, _ environment: ChildEnvironment) -> String {
    if program.contains("/") { return program }
    let path = environment.variables["PATH"] ?? Sandbox.systemPath
    let found = path.split(separator: ":").map { "\($0)/\(program)" }
    return found.first { access($0, X_OK) == 0 } ?? "\(Sandbox.systemPath)/\(program)"
  }

  /// Output with the paths of this run replaced, so that it can be compared with a literal.
  package func normalized(_ text: String) -> String {
    text.replacing(root.string, with: "<root>")
      .replacing(BuiltPrograms.directory.string, with: "<bin>")
  }

  // MARK: - The directory

  static let systemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

  private static func freshDirectory() throws -> FilePath {
    let parent = ProcessEnvironment.value("PIKO_TEST_TMPDIR") ?? "/tmp"
    var template = Array("\(parent)/piko-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil, let real = realpath(template, nil) else {
      throw Failure("cannot make a directory in '\(parent)': \(Errno.current)")
    }
    defer { free(real) }
    return FilePath(String(cString: real))
  }

  /// Ends the tmux servers below the sandbox's `TMUX_TMPDIR`, and with them what runs in their panes.
  private func endTmuxServers() throws {
    let parent = root.appending("tmux").string
    for user in try FileManager.default.contentsOfDirectory(atPath: parent) {
      for socket in try FileManager.default.contentsOfDirectory(atPath: "\(parent)/\(user)") {
        // One that has ended by itself leaves its socket behind.
        _ = try run("tmux", ["-S", "\(parent)/\(user)/\(socket)", "kill-server"], in: "/")
      }
    }
  }

  private func removeRoot() {
    if (try? FileManager.default.removeItem(atPath: root.string)) != nil { return }
    // Directories that a test made read-only, or that containers wrote as root.
    _ = try? run("/bin/chmod", ["-R", "u+rwX", root.string], in: "/")
    if claim != nil {
      _ = try? run(
        "docker",
        ["run", "--rm", "-v", "\(root):/sandbox", TestImage.tag, "chmod", "-R", "777", "/sandbox"],
        in: "/")
    }
    do { try FileManager.default.removeItem(atPath: root.string) } catch {
      Issue.record(error, "removing \(root)")
    }
  }
}
