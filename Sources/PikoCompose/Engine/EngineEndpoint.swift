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
    if let host = ProcessEnvironment.value("DOCKER_HOST") { return EngineEndpoint(host: host) }
    let directory = DockerConfiguration.directory()
    guard let directory, let context = DockerConfiguration.currentContext(in: directory) else {
      return .socket("/var/run/docker.sock")
    }
    let host = DockerConfiguration.host(ofContext: context, in: directory)
    return host.map { EngineEndpoint(host: $0) } ?? .commandLine
  }

  init(host: String) {
    self = host.suffix(after: "unix://").map { .socket(FilePath($0)) } ?? .commandLine
  }
}
