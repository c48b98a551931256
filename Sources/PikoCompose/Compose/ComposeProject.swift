import PikoCore
package import SystemPackage

/// What a Compose call is about: the project's name, its files and where it is called.
package struct ComposeProject: Sendable, Equatable {
  /// The Compose project's name.
  package let name: String
  /// The directory that Compose runs in: the worktree.
  package let directory: FilePath
  /// The project's own compose files, absolute.
  package let files: [FilePath]
  /// The generated override; nil for the project as it is.
  package let override: FilePath?
  /// The profiles that are up; empty leaves them to Compose.
  package let profiles: [String]

  package init(
    name: String, directory: FilePath, files: [FilePath], override: FilePath? = nil,
    profiles: [String] = []
  ) {
    self.name = name
    self.directory = directory
    self.files = files
    self.override = override
    self.profiles = profiles
  }

  /// The same project without its override.
  package var withoutOverride: ComposeProject {
    ComposeProject(name: name, directory: directory, files: files, profiles: profiles)
  }

  /// The variables that make a bare `docker compose` mean this project: exactly those of piko's own
  /// calls. The separator is named, as a `.env` file may name another one.
  package var variables: [String: String] {
    let paths = (files + (override.map { [$0] } ?? [])).map(\.string)
    let separator =
      [":", ";", "|", "\n"].first { (mark: String) in !paths.contains { $0.contains(mark) } } ?? ":"
    var variables = [
      "COMPOSE_PROJECT_NAME": name, "COMPOSE_FILE": paths.joined(separator: separator),
      "COMPOSE_PATH_SEPARATOR": separator,
    ]
    if !profiles.isEmpty { variables["COMPOSE_PROFILES"] = profiles.joined(separator: ",") }
    return variables
  }
}
