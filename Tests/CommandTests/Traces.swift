import FoundationEssentials
import Support
import SystemPackage

/// All that a `piko create` can leave behind in a project, for comparing before and after.
struct Traces: Equatable, CustomStringConvertible {
  let branches: String
  let worktrees: String
  let directories: [String]
  let environments: [String]
  let status: String
  let branchSections: String

  init(of project: FilePath, in sandbox: Sandbox) throws {
    branches = try sandbox.git("for-each-ref", "--format=%(refname) %(objectname)", in: project)
    worktrees = try sandbox.git("worktree", "list", "--porcelain", in: project)
    directories =
      (try? FileManager.default.contentsOfDirectory(
        atPath: project.pushing(".piko/worktrees").string))?.sorted() ?? []
    environments = try Environments(of: sandbox.piko("list", "--all", "--json"))
      .environments.map { "\($0.path) \($0.branch) \($0.ports.map(\.port))" }
    status = try sandbox.git("status", "--porcelain", in: project)
    branchSections = try sandbox.run(
      "git", "config", "--get-regexp", "^branch\\.", in: project
    ).stdout
  }

  var description: String {
    "\(branches)\n\(worktrees)\n\(directories)\n\(environments)\n\(status)\n\(branchSections)"
  }
}

/// The answer of `piko list --json`, as far as tests ask for it.
struct Environments: Decodable {
  let version: Int
  let environments: [Entry]

  struct Entry: Decodable {
    let project: String
    let name: String
    let branch: String
    let path: String
    let composeProject: String
    /// Null where no engine answers.
    let state: String?
    let ports: [Port]
    let git: Git?
  }

  struct Port: Decodable, Equatable {
    let service: String
    let target: Int
    let port: Int
  }

  struct Git: Decodable, Equatable {
    let changed: Int?
    let ahead: Int?
    let behind: Int?
  }

  init(of transcript: Transcript) throws {
    self = try JSONDecoder().decode(Environments.self, from: Data(transcript.stdout.utf8))
  }
}

extension Sandbox {
  /// A project without containers: one commit of a `.piko.yml` with these lines and of `files`.
  func project(
    _ name: String = "project", configured lines: String = "ports: {web: 3000, api: 8080}",
    files: [String: String] = [:]
  ) throws -> FilePath {
    try repository(
      name, files: files.merging(["README": "a project\n", ".piko.yml": lines + "\n"]) { $1 })
  }

  /// Runs `piko create` with these arguments, which must succeed, and gives the worktree.
  @discardableResult
  func create(_ arguments: String..., in directory: FilePath) throws -> FilePath {
    let text = try output("piko", ["create"] + arguments, in: directory)
    return FilePath(text)
  }

  /// The host ports of an environment by service. What else runs on the machine may have the ones
  /// that would come first.
  func ports(of name: String, in project: FilePath) throws -> [String: Int] {
    let listed = try Environments(of: piko("list", "--json", "--no-git", in: project))
    let ports = listed.environments.first { $0.name == name }?.ports ?? []
    return Dictionary(ports.map { ($0.service, $0.port) }) { first, _ in first }
  }

  /// A transcript's text with each port of an environment as `<service>`.
  func text(
    _ transcript: Transcript, namingPortsOf name: String, in project: FilePath
  ) throws -> String {
    try ports(of: name, in: project).reduce(transcript.text) { text, port in
      text.replacing(String(port.value), with: "<\(port.key)>")
    }
  }

  /// Writes a file of a project and commits it.
  func commit(_ text: String, to file: FilePath, in project: FilePath) throws {
    try write(text, to: project.pushing(file))
    try git("add", "-A", in: project)
    try git("commit", "-q", "-m", "Change \(file)", in: project)
  }
}
