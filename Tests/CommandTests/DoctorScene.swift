import FoundationEssentials
import Support
import SystemPackage
import Testing

/// A project in which something is wrong, for `piko doctor` to see and to mend.
struct DoctorScene {
  let sandbox: Sandbox
  let project: FilePath

  func worktree(_ name: String) -> FilePath {
    project.pushing(".piko/worktrees").appending(name)
  }

  /// Makes an environment, which must succeed.
  func create(
    _ name: String, _ options: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let made = try sandbox.piko(["create", name, "--yes", "-q"] + options, in: project)
    try #require(made.status == 0, "\(made)", sourceLocation: sourceLocation)
  }

  /// What `piko ports` says of every environment.
  func ports(in root: FilePath? = nil) throws -> [String: String] {
    let root = root ?? project
    var all: [String: String] = [:]
    for name in try sandbox.piko("list", "-q", in: root).stdout.split(separator: "\n") {
      all[String(name)] = try sandbox.piko("ports", String(name), "--json", in: root).stdout
    }
    return all
  }

  /// The files of the register and of the project's state, with what SQLite keeps beside them.
  func databases(state: Bool = true, register: Bool = true) -> [FilePath] {
    let files =
      (state ? [project.pushing(".piko/state.db")] : [])
      + (register ? [sandbox.root.pushing("state/piko/registry.db")] : [])
    return files.flatMap { file in ["", "-wal", "-shm"].map { FilePath("\(file)\($0)") } }
  }

  /// Loses databases.
  func lose(state: Bool = true, register: Bool = true) {
    for file in databases(state: state, register: register) {
      try? FileManager.default.removeItem(atPath: file.string)
    }
  }

  /// Sees a problem with its command, has it mended, and sees that all is well and a second run does
  /// nothing.
  func expectMended(
    _ check: String, _ text: String, in directory: FilePath? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let seen = try sandbox.piko("doctor", in: directory ?? project)
    let problems = seen.stdout.split(separator: "\n").filter {
      ($0.hasPrefix("error") || $0.hasPrefix("warning")) && $0.contains(" \(check): ")
    }
    #expect(
      problems.contains { $0.contains(text) }, "\(seen)", sourceLocation: sourceLocation)
    #expect(
      seen.stdout.contains("to mend it: piko doctor --fix\n"), "\(seen)",
      sourceLocation: sourceLocation)
    let mended = try sandbox.piko("doctor", "--fix", in: directory ?? project)
    #expect(mended.status == 0, "\(mended)", sourceLocation: sourceLocation)
    #expect(
      mended.stdout.contains("mended  \(check): "), "\(mended)", sourceLocation: sourceLocation)
    try expectWell(in: directory, sourceLocation)
  }

  /// Sees that a run with `--fix` finds nothing to do.
  func expectWell(
    in directory: FilePath? = nil, _ sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let again = try sandbox.piko("doctor", "--fix", in: directory ?? project)
    #expect(
      again.stdout.split(separator: "\n").allSatisfy { $0.hasPrefix("ok      ") }, "\(again)",
      sourceLocation: sourceLocation)
    #expect(again.status == 0, sourceLocation: sourceLocation)
  }
}
