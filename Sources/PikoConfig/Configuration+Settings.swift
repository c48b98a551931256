package import PikoCore
package import SystemPackage

extension Configuration {
  /// Every value that holds in the worktree at `worktree` of the project at `root`, with nil in the
  /// root itself, by the order of the keys; what nobody says and has no default is left out.
  ///
  /// - Parameters:
  ///   - name: the project's name where nobody says it.
  ///   - user: the user's file.
  /// - Throws: status 128 where a file cannot be read or says something wrong.
  package static func settings(
    root: FilePath, worktree: FilePath?, named name: String, user: FilePath
  ) throws(Failure) -> [Setting] {
    let main = try Document(in: root, .root)
    let own = try worktree.flatMap { (path) throws(Failure) in
      path == root ? nil : try Document(in: path, .worktree)
    }
    var settings: [Setting] = []
    for key in ProjectConfiguration.Key.allCases {
      let document = key.belongsToRoot ? main : own ?? main
      let found = document.map { $0.settings(of: key) } ?? []
      settings += found
      if found.isEmpty, key == .name {
        settings.append(
          Setting(path: ["name"], value: .string(name), source: .standard, origin: nil))
      }
    }
    return try settings + userSettings(in: user)
  }

  private static func userSettings(in file: FilePath) throws(Failure) -> [Setting] {
    var settings: [Setting] = []
    let given = try UserConfiguration.load(from: file)
    func add(_ key: UserConfiguration.Key, _ value: String?, otherwise standard: String? = nil) {
      guard let text = value ?? standard else { return }
      settings.append(
        Setting(
          path: [key.rawValue], value: .string(text), source: value == nil ? .standard : .user,
          origin: value == nil ? nil : given.origins[key]))
    }
    for key in UserConfiguration.Key.allCases {
      switch key {
      case .sessionPrefix:
        add(key, given.sessionPrefix, otherwise: Naming.standardSessionPrefix)
      case .defaultShell:
        add(key, given.defaultShell, otherwise: UserConfiguration.standardShell)
      case .editor: add(key, given.editor)
      case .defaultWindows: settings += windows(given.defaultWindows, key.rawValue, .user)
      case .subnetPool: add(key, given.subnetPool, otherwise: SubnetPool.ipv4.range.description)
      case .browser: add(key, given.browser)
      }
    }
    return settings
  }

  fileprivate static func windows(
    _ windows: [Window], _ key: String, _ source: Setting.Source
  ) -> [Setting] {
    windows.map { window in
      var members: [String: JSONValue] = ["name": .string(window.name)]
      members["command"] = window.command.map { .string($0) }
      members["service"] = window.service.map { .string($0) }
      return Setting(
        path: [key, window.name], value: .object(members), source: source, origin: window.origin)
    }
  }
}

/// A project's file with the places of all it says.
private struct Document {
  let configuration: ProjectConfiguration
  let yaml: YAML
  let source: Setting.Source

  init?(in directory: FilePath, _ source: Setting.Source) throws(Failure) {
    let file = directory.appending(ProjectConfiguration.fileName)
    guard try Configuration.exists(in: directory),
      let bytes = try ConfigurationFile.bytes(of: file)
    else { return nil }
    yaml = try YAML(parsing: bytes, from: file)
    configuration = try ProjectConfiguration(reading: yaml)
    self.source = source
  }

  func settings(of key: ProjectConfiguration.Key) -> [Setting] {
    let given = configuration
    let top = key.rawValue
    switch key {
    case .name: return given.name.map { [setting([top], .string($0))] } ?? []
    case .open: return given.open.map { [setting([top], .string($0))] } ?? []
    case .compose: return list(top, given.compose)
    case .profiles: return list(top, given.profiles)
    case .copy: return list(top, given.copy)
    case .link: return list(top, given.link)
    case .shared: return list(top, given.shared)
    case .ignore: return list(top, given.ignore)
    case .windows: return Configuration.windows(given.windows, top, source)
    case .scripts:
      return Script.allCases.compactMap { script in
        given.scripts[script].map { setting([top, script.rawValue], .string($0)) }
      }
    case .shells:
      return given.shells.sorted { $0.key < $1.key }.map {
        setting([top, $0.key], .string($0.value))
      }
    case .ports: return given.ports.map { setting([top, $0.name], .integer($0.target)) }
    case .env:
      return given.environment.map { variable in
        let text = JSONValue.string(variable.template.text)
        let services = variable.containers.map { JSONValue.string($0) }
        return setting(
          [top, variable.name],
          services.isEmpty ? text : .object(["value": text, "containers": .array(services)]))
      }
    case .isolation:
      let choices = [
        ("volumes", given.isolation.volumes.mapValues(\.rawValue)),
        ("binds", given.isolation.binds.mapValues(\.rawValue)),
        (
          "networks",
          Dictionary(uniqueKeysWithValues: given.isolation.networks.map { ($0, "shared") })
        ),
      ]
      return choices.flatMap { kind, named in
        named.sorted { $0.key < $1.key }.map { setting([top, kind, $0.key], .string($0.value)) }
      }
    }
  }

  private func list(_ key: String, _ values: [String]) -> [Setting] {
    values.isEmpty ? [] : [setting([key], .array(values.map { .string($0) }))]
  }

  private func setting(_ path: [String], _ value: JSONValue) -> Setting {
    Setting(
      path: path, value: value, source: source,
      origin: yaml.locate(path: path).map { Origin(yaml.file, $0) })
  }
}
