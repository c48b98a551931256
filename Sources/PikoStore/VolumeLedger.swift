package import PikoCore
package import SystemPackage

/// Whose the volumes without a name of their own are.
///
/// They cannot carry labels: once the containers that mounted one are gone, nothing in the engine
/// tells what made it. What is written here outlives the environment, as its labels on other volumes
/// do.
package struct VolumeLedger {
  let database: Database

  /// One volume, and what its labels would say.
  package struct Entry: Sendable, Hashable {
    package let volume: String
    /// The name of the project that made it, and the root it had then.
    package let project: String
    package let root: FilePath
    package let environment: EnvironmentName

    package init(
      volume: String, project: String, root: FilePath, environment: EnvironmentName
    ) {
      self.volume = volume
      self.project = project
      self.root = root
      self.environment = environment
    }
  }

  /// Every volume that was written down, by name, whether it is still there or not.
  package func all() throws(Failure) -> [Entry] {
    try database.rows(
      "SELECT volume, project, root, environment FROM nameless_volumes ORDER BY volume"
    ) {
      Entry(
        volume: $0.text(0), project: $0.text(1), root: $0.path(2),
        environment: EnvironmentName(stored: $0.text(3)))
    }
  }

  /// Writes volumes down; one that is known already stays whose it is.
  package func record(_ entries: [Entry]) throws(Failure) {
    try database.transaction { () throws(Failure) in
      for entry in entries {
        try database.execute(
          """
          INSERT OR IGNORE INTO nameless_volumes (volume, project, root, environment)
          VALUES (?, ?, ?, ?)
          """, .text(entry.volume), .text(entry.project), .path(entry.root),
          .text(entry.environment.text))
      }
    }
  }

  /// Forgets volumes that are gone.
  package func forget(_ volumes: [String]) throws(Failure) {
    try database.transaction { () throws(Failure) in
      for volume in volumes {
        try database.execute("DELETE FROM nameless_volumes WHERE volume = ?", .text(volume))
      }
    }
  }
}
