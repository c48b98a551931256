import Glibc
import PikoCore
import PikoGit
import SystemPackage
import Testing

/// A temporary directory with a home of its own, in which the real git works, cut off from the
/// developer's configuration. It is removed with the value.
final class Scene: Sendable {
  let directory: FilePath
  let environment: ChildEnvironment

  init(_ more: [String: String] = [:]) throws {
    var template = Array("/tmp/piko-git-XXXXXX".utf8CString)
    let made = try #require(mkdtemp(&template))
    directory = FilePath(platformString: made)
    mkdir(directory.appending("home").string, 0o755)
    environment = Scene.environment(in: directory).setting(more)
  }

  /// Takes up a scene that another process holds.
  init(at directory: FilePath) {
    self.directory = directory
    environment = Scene.environment(in: directory)
    isBorrowed = true
  }

  private nonisolated(unsafe) var isBorrowed = false

  deinit {
    guard !isBorrowed else { return }
    _ = try? Program("/bin/rm").run(["-rf", "--", directory.string])
  }

  private static func environment(in directory: FilePath) -> ChildEnvironment {
    ChildEnvironment([
      "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": directory.appending("home").string,
      "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "LC_ALL": "C.UTF-8",
      "TZ": "UTC",
    ])
  }

  func path(_ name: String) -> FilePath { directory.appending(FilePath(name).components) }

  /// Runs git in a folder of the scene; it must succeed.
  @discardableResult
  func git(_ folder: String, _ arguments: String...) throws -> String {
    try git(folder, arguments)
  }

  @discardableResult
  func git(_ folder: String, _ arguments: [String]) throws -> String {
    let result = try Program("git").run(
      ["-c", "user.name=A U Thor", "-c", "user.email=author@example.org"] + arguments,
      in: path(folder), environment: environment)
    guard result.succeeded else {
      throw Failure("git \(arguments) in \(folder) failed: \(result.errors)")
    }
    return result.text
  }

  /// Runs a script in a folder of the scene; it must succeed.
  @discardableResult
  func shell(_ folder: String, _ script: String) throws -> String {
    let result = try Program("/bin/sh").run(
      ["-ec", script], in: path(folder), environment: environment)
    guard result.succeeded else { throw Failure("\(script) failed: \(result.errors)") }
    return result.text
  }

  /// Makes a repository with one commit of one file.
  func repository(_ folder: String = "repo", format: [String] = []) throws {
    try git(".", ["init", "-q", "-b", "main"] + format + [path(folder).string])
    try commit(folder, ["README": "read me\n"])
  }

  /// Writes files and commits everything.
  func commit(_ folder: String, _ files: [String: String], message: String = "change") throws {
    for (name, text) in files { try write("\(folder)/\(name)", text) }
    try git(folder, "add", "--all")
    try git(folder, "commit", "-q", "--allow-empty", "-m", message)
  }

  func write(_ name: String, _ text: String, mode: UInt16 = 0o644) throws {
    let file = path(name)
    try shell(".", "mkdir -p -- \"$(dirname -- '\(file.string)')\"")
    let descriptor = try FileDescriptor.open(
      file, .writeOnly, options: [.create, .truncate],
      permissions: FilePermissions(rawValue: CModeT(mode)))
    _ = try descriptor.closeAfter { try descriptor.writeAll(Array(text.utf8)) }
  }

  func read(_ name: String) -> String? {
    guard let file = try? FileDescriptor.open(path(name), .readOnly) else { return nil }
    defer { try? file.close() }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while let count = try? buffer.withUnsafeMutableBytes({ try file.read(into: $0) }), count > 0 {
      bytes += buffer[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  func exists(_ name: String) -> Bool {
    var info = stat()
    return lstat(path(name).string, &info) == 0
  }

  func open(_ folder: String = "repo") throws -> Repository {
    try Repository(holding: path(folder), environment: environment)
  }

  /// Plans and adds a worktree as `piko create` does.
  @discardableResult
  func add(
    _ branch: BranchName, from: String? = nil, at place: String, in folder: String = "repo"
  ) throws -> AddedWorktree {
    let repository = try open(folder)
    let plan = try repository.planBranch(branch, from: from)
    return try repository.addWorktree(plan, at: path(place))
  }
}

/// The failure that `work` throws.
func failure(_ work: () throws -> Void) -> Failure? {
  do {
    try work()
    return nil
  } catch {
    return error as? Failure
  }
}
