import FoundationEssentials
import PikoCore
import SystemPackage
import Testing

@testable import PikoCompose

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A main checkout and a worktree of it in a temporary directory, removed at the end of its life.
///
/// Both hold the same files, as git would leave them; `inRootOnly` stands for ignored ones.
final class Checkout {
  let root: FilePath
  let worktree: FilePath
  let project: String

  init(
    _ compose: String = "", files: [String: String] = [:], inRootOnly: [String: String] = [:],
    project: String = "piko-shop-auth"
  ) throws {
    var template = Array("/tmp/piko compose-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { throw Failure("mkdtemp: \(Errno.current)") }
    root = FilePath(String(cString: made)).appending("shop")
    worktree = root.appending(".piko").appending("worktrees").appending("auth")
    self.project = project
    var both = files
    if !compose.isEmpty { both["compose.yaml"] = compose }
    for (name, text) in both {
      try write(text, to: root.pushing(FilePath(name)))
      try write(text, to: worktree.pushing(FilePath(name)))
    }
    for (name, text) in inRootOnly { try write(text, to: root.pushing(FilePath(name))) }
    try FileManager.default.createDirectory(
      atPath: worktree.string, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: root.removingLastComponent().string) }

  func write(_ text: String, to path: FilePath) throws {
    try FileManager.default.createDirectory(
      atPath: path.removingLastComponent().string, withIntermediateDirectories: true)
    try text.write(toFile: path.string, atomically: false, encoding: .utf8)
  }

  var identity: Identity {
    Identity(
      project: "shop", environment: "auth", root: root, worktree: worktree,
      composeProject: project)
  }

  func composeProject(overridden: Bool = false) throws -> ComposeProject {
    ComposeProject(
      name: project, directory: worktree, files: try ComposeFiles.find(in: worktree),
      override: overridden ? worktree.appending(Override.fileName) : nil)
  }

  /// The project's model as the worktree has it, under the environment's name.
  func plain() throws -> Model {
    try Compose().model(of: try composeProject(), root: root).model
  }

  /// The main checkout's model under its own name.
  func main() throws -> Model {
    try Compose().mainModel(in: root, files: try ComposeFiles.find(in: root))
  }

  func plan(
    leavingOut: LeavingOut? = nil, choices: Choices = Choices(), block: Int = 10100,
    network: Int = 7, locate: @escaping Locate = { _ in nil }, variables: [ContainerVariable] = []
  ) throws -> IsolationPlan {
    let model = try plain()
    let needs = try Requirements(of: leavingOut?.model ?? model)
    var next = block
    var ports: [PortMapping: Int] = [:]
    for port in needs.ports.sorted(by: { $0.mapping < $1.mapping }) {
      ports[port.mapping] = next
      next += port.count
    }
    var subnets: [String: LeasedSubnets] = [:]
    for (index, need) in needs.networks.enumerated() {
      subnets[need.key] = LeasedSubnets(
        ipv4: "10.214.\(network).\(index * 64)/26",
        ipv6: need.needsIPv6 ? "fd5a:214:\(network):\(index)::/64" : nil)
    }
    return try Isolation.plan(
      model, leavingOut: leavingOut, as: identity, ports: { ports[$0] ?? 0 }, subnets: subnets,
      choices: choices, files: Files.facts, locate: locate, variables: variables)
  }

  /// What Compose makes of the files and the override of `plan`, without the rewrites of `feature`.
  func merged(_ plan: IsolationPlan, without feature: Feature? = nil) throws -> Model {
    let rewrites = plan.rewrites.filter { $0.feature != feature }
    var left = plan.original.document
    for rewrite in rewrites { left = rewrite.applied(to: left) }
    let text = Override(of: rewrites, expected: left).text(writtenBy: "the test")
    try write(text, to: worktree.appending(Override.fileName))
    return try Compose().model(of: try composeProject(overridden: true), root: root).model
  }

  /// The merged model of the environment, proved against the main checkout.
  func isolated(_ plan: IsolationPlan) throws -> Model {
    let merged = try merged(plan)
    try Proof(of: plan, main: try main()).check(merged)
    return merged
  }

  func isolated(choices: Choices = Choices()) throws -> Model {
    try isolated(try plan(choices: choices))
  }
}

extension Rewrite {
  /// The rewrite done again, by the test's own reading of what it says.
  func applied(to document: JSONValue) -> JSONValue {
    switch change {
    case .append(let item): document.with(.array((document[path]?.array ?? []) + [item]), at: path)
    case .reset: document.with(nil, at: path)
    default: document.with(new, at: path)
    }
  }
}

extension Model {
  /// What is at a path written with dots; a number is a position in a list.
  subscript(_ path: String) -> JSONValue? {
    var steps: [ModelPath.Step] = []
    for part in path.split(separator: "/") {
      steps.append(Int(part).map { .index($0) } ?? .key(String(part)))
    }
    return document[ModelPath(steps)]
  }
}

extension JSONValue: ExpressibleByStringLiteral {
  package init(stringLiteral value: String) { self = .string(value) }
}
