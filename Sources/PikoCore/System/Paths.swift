package import SystemPackage

/// Where piko keeps what belongs to this user, by the XDG base directory specification.
package enum Paths {
  /// The user's home directory.
  package static func home() throws(Failure) -> FilePath {
    guard let home = try ProcessEnvironment.place("HOME") else {
      throw Failure("HOME is not set", hint: "run 'export HOME=…'", status: .cannotStart)
    }
    return home
  }

  /// The directory of the register: `PIKO_STATE_HOME`, else `piko` in `XDG_STATE_HOME`, else
  /// `~/.local/state/piko`.
  package static func stateDirectory() throws(Failure) -> FilePath {
    if let own = try ProcessEnvironment.place("PIKO_STATE_HOME") { return own }
    return try xdg("XDG_STATE_HOME", default: ".local/state").appending("piko")
  }

  /// What to type where something of the register's directory, or that itself, cannot be written; nil
  /// for any other place.
  package static func hint(toMove path: FilePath) -> String? {
    guard let state = try? stateDirectory(), path.starts(with: state) || state.starts(with: path)
    else { return nil }
    return "to keep what piko writes there elsewhere, run 'export PIKO_STATE_HOME=DIRECTORY'"
  }

  /// The user's configuration file.
  package static func userConfiguration() throws(Failure) -> FilePath {
    try xdg("XDG_CONFIG_HOME", default: ".config").appending("piko").appending("config.yml")
  }

  /// A path as messages show it: the home directory as `~`, control characters masked.
  package static func display(_ path: FilePath) -> String {
    if let home = ProcessEnvironment.value("HOME").map({ FilePath($0) }), !home.components.isEmpty {
      if path == home { return "~" }
      if path.starts(with: home) {
        return "~/\(FilePath(root: nil, path.components.dropFirst(home.components.count)))".masked
      }
    }
    return path.string.masked
  }

  /// A path as a command in a hint takes it: quoted where a shell would take it apart.
  package static func argument(_ path: FilePath) -> String {
    let shown = display(path)
    return Quoting.isPlain(shown) ? shown : Quoting.visible(path.string)
  }

  /// An XDG directory; a relative value is ignored, as the specification asks.
  private static func xdg(_ name: String, default fallback: String) throws(Failure) -> FilePath {
    if let value = try ProcessEnvironment.place(name), value.isAbsolute { return value }
    return try home().appending(FilePath(fallback).components)
  }
}
