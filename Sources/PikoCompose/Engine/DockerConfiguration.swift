import PikoCore
import SystemPackage

/// The docker command line's own configuration, as far as it says which engine is meant.
enum DockerConfiguration {
  /// `DOCKER_CONFIG`, else `~/.docker`; nil without a home directory.
  static func directory() -> FilePath? {
    if let named = ProcessEnvironment.value("DOCKER_CONFIG") { return FilePath(named) }
    return (try? Paths.home())?.appending(".docker")
  }

  /// The current context's name: `DOCKER_CONTEXT`, else the configuration's; nil for the default.
  static func currentContext(in directory: FilePath?) -> String? {
    let name =
      ProcessEnvironment.value("DOCKER_CONTEXT")
      ?? directory.flatMap { json($0.appending("config.json")) }?["currentContext"]?.string
    return name == "default" || name == "" ? nil : name
  }

  /// The engine's address in a context; nil where the context is unknown.
  static func host(ofContext name: String, in directory: FilePath) -> String? {
    // The folders are named by a hash of the context's name: few enough to look into each.
    let contexts = directory.appending("contexts").appending("meta")
    for folder in Files.names(in: contexts) {
      guard let meta = json(contexts.appending(folder).appending("meta.json")),
        meta["Name"]?.string == name
      else { continue }
      return meta["Endpoints"]?["docker"]?["Host"]?.string
    }
    return nil
  }

  /// Whether it names places for plug-ins besides those that docker knows by itself.
  static func namesPluginPlaces() -> Bool {
    directory().flatMap { json($0.appending("config.json")) }?["cliPluginsExtraDirs"] != nil
  }

  private static func json(_ path: FilePath) -> JSONValue? {
    Files.text(path).flatMap { try? JSONValue(parsing: Array($0.utf8)) }
  }
}
