package import PikoConfig

/// One window of an environment's session, as piko makes it.
package struct SessionWindow: Sendable, Equatable {
  /// What a window is for.
  package enum Purpose: Sendable, Equatable {
    /// The user's shell, in the worktree.
    case shell
    /// A service's shell.
    case service(String)
    /// What all containers write.
    case logs
    /// A command on the host, in the worktree, run by `/bin/sh`.
    case host(String)
    /// A command in a service's container, run by `sh` there.
    case inService(String, String)
  }

  /// Which window of the session it is, whatever its name becomes: a word and a name.
  package let key: String
  /// The name that it is given.
  package let name: String
  package let purpose: Purpose

  init(key: String, name: String, purpose: Purpose) {
    self.key = key
    self.name = name
    self.purpose = purpose
  }

  init(_ window: Window, group: String) {
    let isProcess = group == "window" && window.service == nil && window.command != nil
    key = "\(isProcess ? "process" : group):\(window.name)"
    name = window.name
    switch (window.service, window.command) {
    case (nil, nil): purpose = .shell
    case (nil, let command?): purpose = .host(command)
    case (let service?, nil): purpose = .service(service)
    case (let service?, let command?): purpose = .inService(service, command)
    }
  }

  /// Whether it is a process of the project on the host: what `up` starts and `down` ends.
  package var isProcess: Bool { SessionWindow.isProcess(key) }

  /// Whether it waits until it is first shown before it starts anything.
  package var waitsToBeShown: Bool {
    switch purpose {
    case .shell, .host: false
    case .service, .logs, .inService: true
    }
  }

  /// Whether it looks into a container.
  package var needsContainer: Bool { waitsToBeShown }

  /// Whether the project's `windows:` gave it, and not the user's own configuration.
  package var isOfProject: Bool { isProcess || key.hasPrefix("window:") }

  /// Whether tmux's own default command runs in it, and no verb of piko's.
  var isPlain: Bool { purpose == .shell }

  /// The service that it is of; nil for one on the host and for the logs.
  package var service: String? {
    switch purpose {
    case .service(let service), .inService(let service, _): service
    case .shell, .logs, .host: nil
    }
  }

  /// The key of the window that every session begins with.
  static let shellKey = "shell"

  /// Whether it is the key of a process of the project on the host.
  static func isProcess(_ key: String) -> Bool { key.hasPrefix("process:") }
}

/// The windows of a session in their order (SPEC part 9).
package enum SessionLayout {
  /// - Parameters:
  ///   - services: those with a window, in order; empty without containers.
  ///   - hasContainers: whether there is anything to show the logs of.
  package static func windows(
    _ project: ProjectConfiguration, user: UserConfiguration, services: [String],
    hasContainers: Bool
  ) -> [SessionWindow] {
    var windows = [SessionWindow(key: SessionWindow.shellKey, name: "shell", purpose: .shell)]
    for service in services where !project.ignore.contains(service) {
      windows.append(
        SessionWindow(key: "service:\(service)", name: service, purpose: .service(service)))
    }
    if hasContainers {
      windows.append(SessionWindow(key: "logs", name: "logs", purpose: .logs))
    }
    // A window in a container needs that container, and one of no service that there is has none.
    let further =
      project.windows.map { SessionWindow($0, group: "window") }
      + user.defaultWindows.map { SessionWindow($0, group: "default") }
    windows += further.filter { $0.service == nil || hasContainers }
    return windows
  }

  /// The window of a key, whatever services run now; nil where nothing configures it any more.
  package static func window(
    _ key: String, _ project: ProjectConfiguration, user: UserConfiguration, services: [String]
  ) -> SessionWindow? {
    var unignored = project
    unignored.ignore = []
    return windows(
      unignored, user: user, services: services, hasContainers: !services.isEmpty
    ).first { $0.key == key }
  }
}
