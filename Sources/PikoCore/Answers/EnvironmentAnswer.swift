import SystemPackage

/// One environment as every verb's `--json` gives it.
package struct EnvironmentAnswer: Encodable, Sendable {
  package var project: String
  package var name: String
  package var branch: String
  package var path: String
  package var composeProject: String
  package var session: String
  /// Null where no engine answered.
  package var state: String?
  package var ports: [PortAnswer]
  /// When it was made, RFC 3339 in UTC.
  package var createdAt: String?
  /// Its containers, absent where none of them runs, and null where no engine answered.
  package var containers: PartCount?
  /// Its processes on the host, absent where it has containers or none of these.
  package var processes: PartCount?
  /// Its worktree against git, absent where git was not asked.
  package var git: GitAnswer?

  package init(
    _ environment: Environment, state: EnvironmentState, leases: [PortLease],
    createdAt: String? = nil, git: GitAnswer? = nil
  ) {
    project = environment.project
    name = environment.name.text
    branch = environment.branch.text
    path = environment.path.string
    composeProject = environment.composeProject
    session = environment.session
    self.state = state.word
    ports = leases.sorted { $0.mapping < $1.mapping }.map { PortAnswer($0) }
    self.createdAt = createdAt
    self.git = git
    if case .running(let count, let total) = state {
      containers = PartCount(count, of: total)
    } else if case .degraded(let count, let total) = state {
      containers = PartCount(count, of: total)
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(project, forKey: .project)
    try container.encode(name, forKey: .name)
    try container.encode(branch, forKey: .branch)
    try container.encode(path, forKey: .path)
    try container.encode(composeProject, forKey: .composeProject)
    try container.encode(session, forKey: .session)
    try container.encode(state, forKey: .state)
    try container.encode(ports, forKey: .ports)
    try container.encodeIfPresent(createdAt, forKey: .createdAt)
    if containers != nil || state == nil { try container.encode(containers, forKey: .containers) }
    try container.encodeIfPresent(processes, forKey: .processes)
    try container.encodeIfPresent(git, forKey: .git)
  }

  private enum Key: CodingKey {
    case project, name, branch, path, composeProject, session, state, ports, createdAt
    case containers, processes, git
  }

  /// How many of an environment's containers or processes run.
  package struct PartCount: Encodable, Sendable {
    package let running: Int
    package let total: Int

    package init(_ running: Int, of total: Int) {
      self.running = running
      self.total = total
    }
  }
}

/// A worktree against git. A number is null where git was asked and could not say in time.
package struct GitAnswer: Encodable, Sendable, Equatable {
  /// Changed and untracked files.
  package var changed: Int?
  /// Commits that its upstream does not have.
  package var ahead: Int?
  /// Commits of its upstream that it does not have.
  package var behind: Int?

  package init(changed: Int?, ahead: Int?, behind: Int?) {
    self.changed = changed
    self.ahead = ahead
    self.behind = behind
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(changed, forKey: .changed)
    try container.encode(ahead, forKey: .ahead)
    try container.encode(behind, forKey: .behind)
  }

  private enum Key: CodingKey {
    case changed
    case ahead
    case behind
  }
}

/// A leased port as `--json` gives it.
package struct PortAnswer: Encodable, Sendable {
  package let service: String
  package let target: Int
  package let transport: String
  package let address: String
  package let port: Int
  package let shared: Bool

  package init(_ lease: PortLease) {
    service = lease.mapping.service
    target = lease.mapping.target
    transport = lease.mapping.transport.rawValue
    address = lease.mapping.address
    port = lease.port
    shared = lease.isShared
  }

  private enum CodingKeys: String, CodingKey {
    case service
    case target
    case transport = "protocol"
    case address
    case port
    case shared
  }
}
