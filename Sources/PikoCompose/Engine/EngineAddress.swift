import PikoCore
import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// An engine's address as `DOCKER_HOST` takes it, in one spelling: what an environment was started
/// on is remembered by it.
package struct EngineAddress: Sendable, CustomStringConvertible {
  /// A socket's path has no symbolic link in it.
  package let description: String

  /// An address as it was written, or as it was remembered.
  package init(_ host: String) {
    guard let path = EngineAddress.socket(of: host) else {
      description = host.hasSuffix("/") ? String(host.dropLast()) : host
      return
    }
    let resolved =
      ShortFile.canonical(path)
      ?? ShortFile.canonical(path.removingLastComponent()).flatMap { directory in
        path.lastComponent.map { directory.appending($0) }
      }
    description = "unix://\(resolved ?? path)"
  }

  /// Where the docker command line finds its engine; nil where that itself alone knows it.
  package static func current() -> EngineAddress? {
    EngineEndpoint.currentHost().map { EngineAddress($0) }
  }

  /// The engine that was remembered and the one that is asked now, where they are two; nil also where
  /// one of them is not known.
  package static func moved(
    from remembered: String?
  ) -> (former: EngineAddress, now: EngineAddress)? {
    guard let former = remembered.map({ EngineAddress($0) }), let now = current(),
      !former.leads(whereLeads: now)
    else { return nil }
    return (former, now)
  }

  /// The engine that the user's own `docker` asks, by its own words; nil where it does not tell.
  package static func ofDocker() -> EngineAddress? {
    let asked = try? Program("docker").run(
      ["context", "inspect", "--format", "{{.Endpoints.docker.Host}}"], timeout: .seconds(10))
    guard let asked, asked.succeeded else { return nil }
    let host = asked.text.prefix { $0 != "\n" }
    return host.isEmpty ? nil : EngineAddress(String(host))
  }

  /// Whether both lead to one engine, as far as can be told without asking it: a socket may be
  /// mounted at a second place.
  package func leads(whereLeads other: EngineAddress) -> Bool {
    if description == other.description { return true }
    guard let own = EngineAddress.socket(of: description).flatMap(Files.identity),
      let others = EngineAddress.socket(of: other.description).flatMap(Files.identity)
    else { return false }
    return own == others
  }

  /// The engine there; nil for one that cannot be asked over a socket of this machine.
  ///
  /// - Parameter timeout: how long an answer may take.
  package func engine(timeout: Duration) -> Engine? {
    EngineAddress.socket(of: description).map { Engine(.socket($0), timeout: timeout) }
  }

  /// A command that is run on this engine instead of the one that the user's settings name.
  package func command(_ words: String) -> String {
    "DOCKER_HOST=\(Quoting.word(description.masked)) \(words)"
  }

  private static func socket(of host: String) -> FilePath? {
    host.suffix(after: "unix://").map { FilePath($0) }
  }
}
