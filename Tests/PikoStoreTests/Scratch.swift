import Glibc
import PikoCore
import PikoStore
import SystemPackage
import Testing

/// A fresh directory for one test, with a register in it; removed at the end of its life.
final class Scratch: Sendable {
  let path: FilePath

  init() throws {
    var template = Array("/tmp/piko-store-XXXXXX".utf8CString)
    path = FilePath(String(cString: try #require(mkdtemp(&template))))
  }

  deinit { _ = try? Program("rm").run(["-rf", "--", path.string]) }

  /// A connection of its own to this directory's register.
  func register() throws -> Register { try Register.creating(in: path.appending("state")) }

  /// A project whose root exists.
  func project(_ name: String, in register: Register) throws -> RegisteredProject {
    let root = path.appending(name)
    mkdir(root.string, 0o755)
    mkdir(root.appending(".git").string, 0o755)
    return try register.projects.register(
      root: root, gitDirectory: root.appending(".git"), name: name)
  }

  /// Bytes over whatever the file holds.
  func write(_ text: String, to file: FilePath) throws {
    let file = try FileDescriptor.open(
      file, .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite)
    try file.closeAfter { _ = try file.writeAll(text.utf8) }
  }

  /// What the sqlite3 program, another process, says to a script.
  func sqlite(_ file: FilePath, _ script: String) throws -> String {
    let result = try Program("sqlite3").run(["-batch", file.string, script])
    #expect(result.succeeded, "\(result.errors)")
    return result.text
  }
}

extension Reservation {
  /// A reservation as `create` makes it.
  init(_ name: String, of project: RegisteredProject) {
    self.init(
      name: EnvironmentName(stored: name), composeProject: "piko-\(project.name)-\(name)",
      branch: "branch/\(name)", path: project.root.pushing(FilePath(".piko/worktrees/\(name)")),
      session: "piko/\(project.name)/\(name)")
  }
}
