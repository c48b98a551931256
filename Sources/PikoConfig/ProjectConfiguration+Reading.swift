package import PikoCore
package import SystemPackage

extension ProjectConfiguration {
  /// The configuration that `bytes` hold, which were read from `file`.
  ///
  /// - Throws: a ``Failure`` with status 128, place and hint at the first thing that is wrong.
  package init(parsing bytes: [UInt8], from file: FilePath) throws(Failure) {
    try self.init(reading: YAML(parsing: bytes, from: file))
  }

  /// The same of a document that is a tree already.
  init(reading yaml: YAML) throws(Failure) {
    origins = try Field.members(of: yaml, like: Key.name, misplaced: Self.rightPlace) {
      (key, value) throws(Failure) in try read(key, value)
    }
  }

  private mutating func read(_ key: Key, _ value: Field) throws(Failure) {
    switch key {
    case .name: name = try Self.projectName(value)
    case .compose: compose = try Self.each(value.oneOrMore(), Self.composeFile)
    case .profiles: profiles = try Self.each(value.oneOrMore(), Self.profile)
    case .scripts:
      for (script, member) in try value.members(of: Script.self) where !member.value.isNull {
        let value = member.value.showing("scripts: {\(script.rawValue): make}")
        scripts[script] = try value.filledText()
      }
    case .copy: copy = try Self.each(value.oneOrMore(), Self.pattern)
    case .link: link = try Self.each(value.oneOrMore(), Self.pattern)
    case .env: environment = try DerivedVariable.variables(in: value)
    case .shared: shared = try Self.each(value.oneOrMore(), Self.service)
    case .shells:
      for member in try value.members() {
        shells[try Self.serviceKey(member)] = try member.value.filledText()
      }
    case .ignore: ignore = try Self.each(value.oneOrMore(), Self.service)
    case .windows: windows = try Window.windows(in: value)
    case .ports: ports = try HostPort.ports(in: value)
    case .isolation: isolation = try Isolation(reading: value)
    case .open: open = try value.service()
    }
  }

  /// Where a key that is wrong at the top belongs.
  private static func rightPlace(of key: String) -> String? {
    if Script(rawValue: key) != nil {
      return "it belongs below 'scripts': 'scripts: {\(key): COMMAND}'"
    }
    if Isolation.Key(rawValue: key) != nil {
      return "it belongs below 'isolation': 'isolation: {\(key): {NAME: shared}}'"
    }
    if UserConfiguration.Key(rawValue: key) != nil {
      let file = try? Paths.userConfiguration()
      return "it belongs in '\(file.map { Paths.display($0) } ?? "~/.config/piko/config.yml")'"
    }
    return nil
  }

  // MARK: Values

  private static func each(
    _ fields: [Field], _ read: (Field) throws(Failure) -> String
  ) throws(Failure) -> [String] {
    var values: [String] = []
    for field in fields { values.append(try read(field)) }
    return values
  }

  private static func service(_ field: Field) throws(Failure) -> String { try field.service() }

  private static func serviceKey(_ member: Field.Member) throws(Failure) -> String {
    guard Field.isServiceName(member.key) else {
      throw member.failure(
        "\(member.key.quotedShort) is no service name",
        hint: "a service name is made of letters, digits, '.', '_' and '-'")
    }
    return member.key
  }

  private static func projectName(_ field: Field) throws(Failure) -> String {
    let name = try field.line()
    guard Slug.make(name, atMost: EnvironmentName.maximumLength) != nil else {
      throw field.failure("the project's name \(name.quotedShort) has no letter or digit")
    }
    return name
  }

  private static func composeFile(_ field: Field) throws(Failure) -> String {
    let path = try field.line()
    guard path != "-" else { throw field.failure("a compose file cannot be standard input") }
    guard !path.contains(":") else {
      throw field.failure(
        "the compose file \(path.quotedShort) has a ':' in its name, which separates the files "
          + "in COMPOSE_FILE")
    }
    return path
  }

  /// A profile's name, by Compose's rule, or `*`.
  private static func profile(_ field: Field) throws(Failure) -> String {
    let name = try field.filledText()
    let starts = name.utf8.first.map { $0 != UInt8(ascii: ".") && $0 != UInt8(ascii: "-") }
    guard name == "*" || (Field.isServiceName(name) && starts == true) else {
      throw field.failure(
        "\(name.quotedShort) is no profile",
        hint: "a profile is made of letters, digits, '.', '_' and '-'; for all of them, write '*'")
    }
    return name
  }

  /// A pattern of files below the root, as gitignore's: a slash at its beginning stands for the root.
  private static func pattern(_ field: Field) throws(Failure) -> String {
    let pattern = try field.filledText()
    let parts = pattern.split(separator: "/", omittingEmptySubsequences: false)
    if pattern.hasPrefix("~/") || pattern == "~" {
      throw field.failure(
        "the pattern \(pattern.quotedShort) names the home directory, which lies outside",
        hint: "patterns are relative to the project's root")
    }
    if parts.contains("..") {
      throw field.failure(
        "the pattern \(pattern.quotedShort) leaves the project's root",
        hint: "patterns are relative to the project's root and cannot hold '..'")
    }
    let first = parts.first { $0 != "." && !$0.isEmpty }
    guard let first else {
      throw field.failure("the pattern \(pattern.quotedShort) names the whole project")
    }
    if first == ".git" || first == ".piko" {
      throw field.failure("the pattern \(pattern.quotedShort) names what git or piko keep there")
    }
    return pattern
  }
}

extension HostPort {
  fileprivate static func ports(in field: Field) throws(Failure) -> [HostPort] {
    var ports: [HostPort] = []
    var names: [String: String] = [:]
    for member in try field.members() {
      guard Field.isServiceName(member.key) else {
        throw member.failure(
          "\(member.key.quotedShort) is no name for a port",
          hint: "a port's name is made of letters, digits, '.', '_' and '-'")
      }
      let variable = variable(for: member.key)
      if let other = names.updateValue(member.key, forKey: variable) {
        throw member.failure(
          "\(other.quoted) and \(member.key.quoted) would both be \(variable.quoted)",
          hint: "rename one of them")
      }
      ports.append(HostPort(name: member.key, target: try member.value.number(in: 1...65535)))
    }
    return ports
  }

  /// The variable in which a process finds its port.
  private static func variable(for name: String) -> String {
    let word = name.uppercased().map { Template.isVariableName("_\($0)") ? $0 : "_" }
    return "PIKO_\(String(word))_PORT"
  }
}

extension Isolation {
  fileprivate init(reading field: Field) throws(Failure) {
    self.init()
    for (key, member) in try field.members(of: Key.self) {
      let value = member.value.showing("isolation: {\(key.rawValue): {NAME: shared}}")
      for item in try value.members() {
        guard !item.key.isEmpty else { throw item.failure("a name is empty") }
        switch key {
        case .volumes: volumes[item.key] = try item.value.choice(of: Choice.self)
        case .binds: binds[item.key] = try item.value.choice(of: Choice.self)
        case .networks:
          _ = try item.value.choice(of: NetworkChoice.self)
          networks.insert(item.key)
        }
      }
    }
  }
}
