/// The variables a child process is started with.
package struct ChildEnvironment: Sendable, Equatable {
  package private(set) var variables: [String: String]
  /// Those whose values are no text: handed on as they are.
  private var unreadable: [String: [UInt8]] = [:]

  package init(_ variables: [String: String]) { self.variables = variables }

  /// What this process was started with, unchanged: for the user's own commands.
  package static func inherited() -> ChildEnvironment {
    var inherited = ChildEnvironment(ProcessEnvironment.all())
    inherited.unreadable = ProcessEnvironment.unreadable()
    return inherited
  }

  /// What piko's own calls of other programs get: messages in English, and nothing that would make
  /// git or Compose look elsewhere than where piko points them. Inside a git hook `GIT_DIR` is set
  /// (githooks(5)); inside another environment's shell `COMPOSE_FILE` is.
  package static func pinned() -> ChildEnvironment {
    inherited().removing(where: { name in
      (name.hasPrefix("GIT_") && !isKept(name)) || name.hasPrefix("COMPOSE_")
    }).setting(["LC_ALL": "C.UTF-8"])
  }

  /// A copy with these variables set.
  package func setting(_ more: [String: String]) -> ChildEnvironment {
    var copy = removing { more[$0] != nil }
    copy.variables.merge(more) { _, new in new }
    return copy
  }

  /// A copy without the variables whose name `condition` accepts.
  package func removing(where condition: (String) -> Bool) -> ChildEnvironment {
    var copy = self
    copy.variables = variables.filter { !condition($0.key) }
    copy.unreadable = unreadable.filter { !condition($0.key) }
    return copy
  }

  /// `NAME=value` for each variable, in bytes.
  var entries: [[UInt8]] {
    variables.map { Array("\($0.key)=\($0.value)".utf8) }
      + unreadable.map { Array("\($0.key)=".utf8) + $0.value }
  }

  /// `GIT_CONFIG_COUNT` counts pairs of a key and a value (git-config(1)): all of them, or none.
  private static func isKept(_ name: String) -> Bool {
    keptGitVariables.contains(name) || name.hasPrefix("GIT_CONFIG_KEY_")
      || name.hasPrefix("GIT_CONFIG_VALUE_")
  }

  /// git's variables that say how, not where: identity, configuration, transport, tracing.
  private static let keptGitVariables: Set<String> = [
    "GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL",
    "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_COUNT",
    "GIT_CEILING_DIRECTORIES", "GIT_SSH", "GIT_SSH_COMMAND", "GIT_ASKPASS", "GIT_EXEC_PATH",
    "GIT_TRACE", "GIT_TERMINAL_PROMPT", "GIT_LFS_SKIP_SMUDGE", "GIT_DEFAULT_HASH",
  ]
}

extension ChildEnvironment {
  /// What the user's own commands get inside an environment: everything this process has, the
  /// environment's variables over it, and no `COMPOSE_…` or `GIT_…` of another place.
  package static func forUser(setting variables: Variables) -> ChildEnvironment {
    inherited()
      .removing(where: { $0.hasPrefix("COMPOSE_") || isPort($0) || isGitPlace($0) })
      .setting(variables.values)
  }

  /// What a server gets that outlives this process and serves other environments and none: everything
  /// this process has but what an environment's shell adds to it.
  package static func forServer() -> ChildEnvironment {
    forUser(setting: Variables()).removing(where: { belongsToAnEnvironment($0) })
  }

  /// Whether a variable is one that piko sets for an environment and not the user for piko.
  package static func belongsToAnEnvironment(_ name: String) -> Bool {
    name.hasPrefix("COMPOSE_") || isPort(name) || ownNames.contains(name)
  }

  /// The variables that every environment sets (``Environment/variables(leases:compose:)``).
  private static let ownNames: Set<String> = [
    "PIKO_ROOT", "PIKO_ENV_NAME", "PIKO_ENV_PATH", "PIKO_PROJECT", "PIKO_BRANCH",
  ]

  /// Whether a variable is a port of an environment, maybe of another one.
  private static func isPort(_ name: String) -> Bool {
    name.hasPrefix("PIKO_") && (name.hasSuffix("_PORT") || name.contains("_PORT_"))
  }

  /// Whether a variable of git's says where its repository is (git(1), "The Git Repository").
  private static func isGitPlace(_ name: String) -> Bool {
    [
      "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY",
      "GIT_NAMESPACE", "GIT_PREFIX",
    ].contains(name)
  }
}
