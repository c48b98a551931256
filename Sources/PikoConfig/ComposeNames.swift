package import SystemPackage

/// What compose files have that a configuration can name.
package struct ComposeNames: Sendable {
  package var services: [String] = []
  package var profiles: [String] = []
  /// Volumes by their key and by their name in the engine.
  package var volumes: [String] = []
  /// Networks likewise.
  package var networks: [String] = []
  /// Directories of the machine that services mount: by their absolute path, and as `SERVICE:TARGET`.
  package var binds: [String] = []
  /// The directories that a relative path is meant from.
  package var directories: [FilePath] = []
  /// The texts of the files: Compose leaves volumes and networks out that no service uses.
  package var texts: [String] = []
  /// Those of files that Compose could not read: whatever stands in one may be a name.
  package var unread: [String] = []

  package init() {}

  /// What two checkouts have together.
  package static func + (one: ComposeNames, other: ComposeNames) -> ComposeNames {
    var both = one
    both.services += other.services
    both.profiles += other.profiles
    both.volumes += other.volumes
    both.networks += other.networks
    both.binds += other.binds
    both.directories += other.directories
    both.texts += other.texts
    both.unread += other.unread
    return both
  }

  /// What a name stands for.
  enum Kind: String {
    case service, profile, volume, bind, network
  }

  /// The names of a kind.
  func names(of kind: Kind) -> [String] {
    switch kind {
    case .service: services
    case .profile: profiles
    case .volume: volumes
    case .bind: binds
    case .network: networks
    }
  }

  /// Whether there is such a thing, as far as that is known.
  func has(_ kind: Kind, _ name: String) -> Bool {
    if (names(of: kind) + (kind == .bind ? volumes : [])).contains(name)
      || unread.contains(where: { $0.contains(name) })
    {
      return true
    }
    switch kind {
    case .service: return false
    case .volume, .network: return texts.contains { $0.contains(name) }
    case .profile: return name == "*"
    case .bind:
      // What Compose makes of these is not known here.
      if name.hasPrefix("~") || name.contains("$") { return true }
      let path = FilePath(name)
      return directories.contains {
        binds.contains($0.pushing(path).lexicallyNormalized().string)
      }
    }
  }
}
