import PikoCore
package import SystemPackage

/// Where the engine listens.
package enum EngineEndpoint: Sendable, Equatable {
  /// A socket of this machine.
  case socket(FilePath)
  /// Anything else: the docker command line makes the connection.
  case commandLine

  /// The endpoint that the docker command line uses: `DOCKER_HOST`, else the current context's,
  /// else the default socket.
  package static func current() -> EngineEndpoint {
    currentHost().map { EngineEndpoint(host: $0) } ?? .commandLine
  }

  /// The same as it is written there; nil where the context is not known.
  static func currentHost() -> String? {
    if let host = ProcessEnvironment.value("DOCKER_HOST") { return host }
    let directory = DockerConfiguration.directory()
    guard let directory, let context = DockerConfiguration.currentContext(in: directory) else {
      return "unix:///var/run/docker.sock"
    }
    return DockerConfiguration.host(ofContext: context, in: directory)
  }

  /// What makes docker ask another engine than the one that this machine starts.
  enum Choice {
    case host, contextVariable, context

    /// What it is and what is typed to be without it, for a hint.
    var hint: String {
      let (words, command) =
        switch self {
        case .host: ("DOCKER_HOST names it", "unset DOCKER_HOST")
        case .contextVariable: ("DOCKER_CONTEXT names it", "unset DOCKER_CONTEXT")
        case .context: ("the context that docker uses names it", "docker context use default")
        }
      return "\(words); to use the one of this machine instead, run '\(command)'"
    }
  }

  /// Nil where nothing does.
  static var choice: Choice? {
    if let host = ProcessEnvironment.value("DOCKER_HOST") {
      return standard.contains(EngineEndpoint(host: host)) ? nil : .host
    }
    guard DockerConfiguration.currentContext(in: DockerConfiguration.directory()) != nil else {
      return nil
    }
    return ProcessEnvironment.value("DOCKER_CONTEXT") == nil ? .context : .contextVariable
  }

  private static let standard: [EngineEndpoint] = [
    .socket("/var/run/docker.sock"), .socket("/run/docker.sock"),
  ]

  init(host: String) {
    self = host.suffix(after: "unix://").map { .socket(FilePath($0)) } ?? .commandLine
  }
}
