package import PikoCore

/// What a `.piko.yml` says, checked; everything in it may be left out.
package struct ProjectConfiguration: Sendable, Equatable {
  /// The project's name as it is written; it has a letter or a digit. Nil for the directory's name.
  package var name: String?
  /// The Compose files, relative to the project's root or absolute; empty for Compose's own choice.
  package var compose: [String] = []
  /// The Compose profiles to use; `*` for all.
  package var profiles: [String] = []
  /// What to run at each stage, for `/bin/sh -e`.
  package var scripts: [Script: String] = [:]
  /// Patterns of files to copy into a new worktree, relative to the root, none of which leaves it.
  package var copy: [String] = []
  /// Patterns of files to link into a new worktree, as for ``copy``.
  package var link: [String] = []
  /// Variables made of others, in the order of the file.
  package var environment: [DerivedVariable] = []
  /// Services that run once for the project.
  package var shared: [String] = []
  /// The command that a service's window and `piko shell` start, by service.
  package var shells: [String: String] = [:]
  /// Services that get no window.
  package var ignore: [String] = []
  /// Further windows of the session.
  package var windows: [Window] = []
  /// Ports of processes on the host, in the order of the file.
  package var ports: [HostPort] = []
  /// What is not isolated as the rules would have it.
  package var isolation = Isolation()
  /// The service that `piko open` shows.
  package var open: String?
  /// Where each given key stands.
  package var origins: [Key: Origin] = [:]

  /// A configuration that says nothing.
  package init() {}

  /// Makes sure that `open:` names one of these services, where it names one.
  ///
  /// - Throws: with its place and the nearest one.
  package func requireOpen(among services: [String]) throws(Failure) {
    guard let open, let origin = origins[.open], !services.contains(open) else { return }
    throw Self.unknownService(open, named: .open, at: origin, among: services)
  }

  /// The name of the file, in a project's root and in each worktree.
  package static let fileName = ".piko.yml"

  /// The keys at the top of the file.
  package enum Key: String, Sendable, CaseIterable, FileKey {
    case name, compose, profiles, scripts, copy, link, env, shared, shells, ignore, windows, ports
    case isolation, open

    /// Whether the project's root decides for all worktrees: what must be the same for all, or is
    /// needed before a worktree has a file of its own.
    package var belongsToRoot: Bool {
      switch self {
      case .name, .shared, .isolation, .copy, .link, .compose: true
      case .profiles, .scripts, .env, .shells, .ignore, .windows, .ports, .open: false
      }
    }

    /// What is right for the key.
    var example: String {
      switch self {
      case .name: "name: shop"
      case .compose: "compose: [compose.yaml, compose.dev.yaml]"
      case .profiles: "profiles: [debug]"
      case .scripts: "scripts: {setup: make migrate}"
      case .copy: "copy: [.env.local]"
      case .link: "link: [node_modules]"
      case .env: #"env: {API_URL: "http://localhost:${PIKO_WEB_PORT}"}"#
      case .shared: "shared: [redis]"
      case .shells: "shells: {db: psql -U app}"
      case .ignore: "ignore: [mailer]"
      case .windows: "windows: [{name: web, command: npm run dev}]"
      case .ports: "ports: {web: 3000}"
      case .isolation: "isolation: {volumes: {data: private}}"
      case .open: "open: web"
      }
    }
  }
}

/// The stages at which a project's own commands run.
package enum Script: String, Sendable, Hashable, CaseIterable {
  /// After the worktree is made, before Compose reads anything.
  case prepare
  /// After containers and session.
  case setup
  /// By `piko run`.
  case run
  /// Before anything is removed.
  case destroy
}

/// A port that a process on the host listens on.
package struct HostPort: Sendable, Hashable {
  /// What the process is called; made of a service name's characters.
  package let name: String
  /// The port it would have without piko, 1 to 65535: the target of the lease.
  package let target: Int

  package init(name: String, target: Int) {
    self.name = name
    self.target = target
  }

  /// What is leased for it.
  package var mapping: PortMapping {
    PortMapping(service: name, target: target, transport: .tcp)
  }
}

/// Which of the project's outside things an environment has for itself and which it shares.
package struct Isolation: Sendable, Hashable {
  /// How an environment has a thing that lies outside.
  package enum Choice: String, Sendable, CaseIterable {
    /// A volume of its own instead.
    case `private`
    /// Together with all others, knowingly.
    case shared
  }

  /// The one answer there is for a network.
  enum NetworkChoice: String, CaseIterable { case shared }

  /// External volumes, by their name under `volumes:` in the Compose files.
  package var volumes: [String: Choice] = [:]
  /// Writable binds from outside the worktree, by their path as the Compose files have it.
  package var binds: [String: Choice] = [:]
  /// External networks that are shared knowingly, by their name under `networks:`.
  package var networks: Set<String> = []

  package init() {}

  /// The keys below `isolation`.
  enum Key: String, CaseIterable { case volumes, binds, networks }
}
