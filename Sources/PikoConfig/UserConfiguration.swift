package import PikoCore
package import SystemPackage

/// What a user wants of piko in all projects: `~/.config/piko/config.yml`, checked.
package struct UserConfiguration: Sendable, Equatable {
  /// What stands before `PROJECT/NAME` in a session's name, as it is written; nil for
  /// ``Naming/standardSessionPrefix``.
  package var sessionPrefix: String?
  /// The shell of a service that has none of its own.
  package var defaultShell: String?
  /// The editor's command.
  package var editor: String?
  /// Windows that every session has.
  package var defaultWindows: [Window] = []
  /// The IPv4 network out of which environments get theirs, as `ADDRESS/PREFIX`.
  package var subnetPool: String?
  /// The browser's command.
  package var browser: String?
  /// Where each given key stands.
  package var origins: [Key: Origin] = [:]

  /// The shell in containers where the file names none.
  package static let standardShell = "sh"

  /// A configuration that says nothing.
  package init() {}

  /// The keys of the file.
  package enum Key: String, Sendable, CaseIterable, FileKey {
    case sessionPrefix = "session_prefix"
    case defaultShell = "default_shell"
    case editor
    case defaultWindows = "default_windows"
    case subnetPool = "subnet_pool"
    case browser

    var example: String {
      switch self {
      case .sessionPrefix: "session_prefix: dev/"
      case .defaultShell: "default_shell: bash"
      case .editor: "editor: code --wait"
      case .defaultWindows: "default_windows: [{name: top, command: top}]"
      case .subnetPool: "subnet_pool: 10.213.0.0/16"
      case .browser: "browser: firefox"
      }
    }
  }

  /// The user's file as it is now; says nothing where there is none.
  package static func load() throws(Failure) -> UserConfiguration {
    try load(from: Paths.userConfiguration())
  }

  /// The file at `path`; says nothing where there is none.
  package static func load(from path: FilePath) throws(Failure) -> UserConfiguration {
    guard let bytes = try ConfigurationFile.bytes(of: path) else { return UserConfiguration() }
    return try UserConfiguration(parsing: bytes, from: path)
  }

  /// The configuration that `bytes` hold, which were read from `file`.
  ///
  /// - Throws: a ``Failure`` with status 128, place and hint at the first thing that is wrong.
  package init(parsing bytes: [UInt8], from file: FilePath) throws(Failure) {
    try self.init(reading: YAML(parsing: bytes, from: file))
  }

  /// The same of a document that is a tree already.
  init(reading yaml: YAML) throws(Failure) {
    origins = try Field.members(of: yaml, like: Key.editor, misplaced: Self.rightPlace) {
      (key, value) throws(Failure) in try read(key, value)
    }
  }

  private mutating func read(_ key: Key, _ value: Field) throws(Failure) {
    switch key {
    case .sessionPrefix:
      let text = try value.text()
      sessionPrefix = text.isEmpty ? "" : try value.line()
    case .defaultShell: defaultShell = try value.line()
    case .editor: editor = try value.line()
    case .defaultWindows: defaultWindows = try Window.windows(in: value)
    case .subnetPool: subnetPool = try Self.pool(value)
    case .browser: browser = try value.line()
    }
  }

  private static func rightPlace(of key: String) -> String? {
    guard ProjectConfiguration.Key(rawValue: key) != nil else { return nil }
    return "it belongs in the project's '\(ProjectConfiguration.fileName)'"
  }

  /// An IPv4 network with room for at least one environment's 64 addresses.
  private static func pool(_ field: Field) throws(Failure) -> String {
    let text = try field.line()
    let halves = text.split(separator: "/", omittingEmptySubsequences: false)
    let bytes = (halves.first ?? "").split(separator: ".", omittingEmptySubsequences: false)
    let numbers = bytes.compactMap { Self.decimal($0, atMost: 255) }
    guard halves.count == 2, bytes.count == 4, numbers.count == 4,
      let prefix = Self.decimal(halves[1], atMost: 32)
    else { throw field.failure("\(text.quotedShort) is no IPv4 network") }
    guard 8...26 ~= prefix else {
      throw field.failure("'subnet_pool' must have a prefix of 8 to 26, not \(prefix)")
    }
    let address = numbers.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    let first = (address >> UInt32(32 - prefix)) << UInt32(32 - prefix)
    guard address == first else {
      let right = stride(from: 24, through: 0, by: -8).map { String(first >> UInt32($0) & 0xFF) }
      throw field.failure(
        "\(text.quotedShort) is an address inside a network",
        hint: "the network is '\(right.joined(separator: "."))/\(prefix)'")
    }
    return text
  }

  private static func decimal(_ text: Substring, atMost maximum: Int) -> Int? {
    guard 1...3 ~= text.utf8.count, text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }),
      text == "0" || !text.hasPrefix("0"), let number = Int(text), number <= maximum
    else { return nil }
    return number
  }
}
