package import PikoCore
package import SystemPackage

/// Which compose files a checkout has.
package enum ComposeFiles {
  /// Compose's default names in its order of preference (the Compose specification, "The Compose
  /// file").
  package static let defaultNames = [
    "compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml",
  ]
  /// Those of the override files, in the same order.
  package static let overrideNames = [
    "compose.override.yml", "compose.override.yaml", "docker-compose.override.yml",
    "docker-compose.override.yaml",
  ]

  /// The compose files of `directory`, absolute: the configured ones, else those of `COMPOSE_FILE`
  /// in its `.env`, else the default name with its override file. Empty for a project without any.
  ///
  /// Compose also looks in the parent directories; a worktree's are another checkout's.
  ///
  /// - Parameter configured: `compose:` of `.piko.yml`; empty where it says nothing.
  /// - Throws: where a file that is named does not exist.
  package static func find(
    in directory: FilePath, configured: [String] = []
  ) throws(Failure) -> [FilePath] {
    if !configured.isEmpty { return try named(configured, in: directory, by: "'.piko.yml'") }
    let names = Files.text(directory.appending(".env")).map { self.names(inDotEnv: $0) } ?? []
    if !names.isEmpty {
      return try named(names, in: directory, by: "COMPOSE_FILE in '.env'")
    }
    guard let main = first(of: defaultNames, in: directory) else { return [] }
    return [main] + (first(of: overrideNames, in: directory).map { [$0] } ?? [])
  }

  /// The compose files that a `.env` file of this text names by `COMPOSE_FILE`; empty for none.
  package static func names(inDotEnv text: String) -> [String] {
    let variables = DotEnv(text).variables
    let separator = variables["COMPOSE_PATH_SEPARATOR"].flatMap { $0.isEmpty ? nil : $0 } ?? ":"
    return (variables["COMPOSE_FILE"] ?? "").split(separator: separator).map(String.init)
  }

  /// The profiles that are up in `directory`: the configured ones, else those of `COMPOSE_PROFILES`
  /// in its `.env`.
  package static func profiles(in directory: FilePath, configured: [String]) -> [String] {
    if !configured.isEmpty { return configured }
    let variables = Files.text(directory.appending(".env")).map { DotEnv($0).variables } ?? [:]
    return (variables["COMPOSE_PROFILES"] ?? "").split(separator: ",").map(String.init)
  }

  private static func first(of names: [String], in directory: FilePath) -> FilePath? {
    names.map { directory.appending($0) }.first { Files.kind($0) == .file }
  }

  private static func named(
    _ names: [String], in directory: FilePath, by source: String
  ) throws(Failure) -> [FilePath] {
    var files: [FilePath] = []
    for name in names {
      let path = directory.pushing(FilePath(name)).lexicallyNormalized()
      guard let kind = Files.kind(path), kind != .directory else {
        throw Failure(
          "cannot find compose file \(name.quoted), named by \(source), in "
            + "\(Paths.display(directory).quoted)")
      }
      files.append(path)
    }
    return files
  }
}
