import FoundationEssentials
import PikoCore
import Support
import SystemPackage
import Testing

/// A project in a sandbox with environments that are about to be destroyed.
struct DestroyScene {
  let sandbox: Sandbox
  let project: FilePath

  /// A project that has no compose file but leases a port, unless `files` say otherwise.
  init(_ sandbox: Sandbox, files: [String: String] = [:]) throws {
    self.sandbox = sandbox
    let plain = [
      "README": "a project\n", ".gitignore": "*.log\n", ".piko.yml": "ports: {web: 3000}\n",
    ]
    project = try sandbox.repository(files: plain.merging(files) { _, new in new })
  }

  init(files: [String: String] = [:]) throws { try self.init(Sandbox(), files: files) }

  /// Makes an environment, which must succeed, and gives its worktree.
  @discardableResult
  func create(_ name: String, _ options: String...) throws -> FilePath {
    let made = try sandbox.piko(["create", "--yes", name] + options, in: project)
    guard made.status == 0 else { throw Failure("create failed", detail: made.text) }
    return worktree(name)
  }

  func worktree(_ name: String) -> FilePath { project.pushing(".piko/worktrees").appending(name) }

  func destroy(_ arguments: String..., environment: [String: String?] = [:]) throws -> Transcript {
    try sandbox.piko(["destroy"] + arguments, in: project, environment: environment)
  }

  /// Runs shell commands, which must succeed, in the project's main checkout or in `directory`.
  @discardableResult
  func shell(_ script: String, in directory: FilePath? = nil) throws -> String {
    try sandbox.output("sh", ["-ec", script], in: directory ?? project)
  }

  func hasBranch(_ name: String) throws -> Bool {
    try sandbox.run("git", "rev-parse", "-q", "--verify", "refs/heads/\(name)", in: project).status
      == 0
  }

  /// What the register says, by the sqlite3 program.
  func register(_ statement: String) throws -> String {
    try sandbox.output(
      "sqlite3", ["-batch", sandbox.root.pushing("state/piko/registry.db").string, statement])
  }

  /// The same for the project's own state.
  func state(_ statement: String) throws -> String {
    try sandbox.output("sqlite3", ["-batch", project.pushing(".piko/state.db").string, statement])
  }

  /// Everything that says that an environment is there, in lines.
  func traces(of name: String) throws -> [String] {
    var found: [String] = []
    if sandbox.exists(worktree(name)) { found.append("worktree") }
    for line in try sandbox.git("worktree", "list", "--porcelain", in: project).split(
      separator: "\n")
    where line == "worktree \(worktree(name))" { found.append("git's record") }
    if try state("SELECT name FROM environments WHERE name = '\(name)'") != "" {
      found.append("state")
    }
    let held = "FROM environments JOIN projects ON projects.id = project_id"
    if try register(
      "SELECT 1 \(held) WHERE environments.name = '\(name)' AND root = '\(project)'") != ""
    {
      found.append("register")
    }
    for table in ["port_leases", "subnets", "blocks"]
    where try register(
      "SELECT 1 FROM \(table) WHERE environment_id NOT IN (SELECT id FROM environments)")
      != ""
    {
      found.append("orphans in \(table)")
    }
    return found
  }

  func expectGone(_ names: String..., sourceLocation: SourceLocation = #_sourceLocation) throws {
    let marks = try sandbox.run("tmux", "list-sessions", "-F", "#{@piko_environment}")
      .stdout.split(separator: "\n")
    for name in names {
      #expect(try traces(of: name) == [], "\(name)", sourceLocation: sourceLocation)
      #expect(!marks.contains("\(name) \(project)"), sourceLocation: sourceLocation)
    }
  }

  func expectWhole(_ names: String..., sourceLocation: SourceLocation = #_sourceLocation) throws {
    for name in names {
      #expect(
        try traces(of: name) == ["worktree", "git's record", "state", "register"], "\(name)",
        sourceLocation: sourceLocation)
    }
  }

  /// Refused, whole, and gone by force.
  func expectRefused(
    _ text: String, _ options: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let refused = try sandbox.piko(["destroy"] + options + ["x"], in: project)
    #expect(refused.status == 1, sourceLocation: sourceLocation)
    #expect(
      refused.stderr.contains("cannot destroy environment 'x': it has \(text)"), "\(refused)",
      sourceLocation: sourceLocation)
    try expectWhole("x", sourceLocation: sourceLocation)
    let forced = try sandbox.piko(
      ["destroy", "--force"] + options + ["x"], in: project)
    #expect(forced.status == 0, "\(forced)", sourceLocation: sourceLocation)
    try expectGone("x", sourceLocation: sourceLocation)
  }
}
