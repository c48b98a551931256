package import PikoCore
package import SystemPackage

/// The version of Docker Compose.
package struct ComposeVersion: Sendable, Comparable, CustomStringConvertible {
  package let numbers: [Int]

  /// The first one with `!override` and `!reset` in all the places piko needs.
  package static let minimum = ComposeVersion(numbers: [2, 24, 4])

  init(numbers: [Int]) { self.numbers = numbers }

  /// The version in a text such as `v2.26.1-4` or `Docker Compose version v2.24.4`.
  package init?(_ text: String) {
    guard let start = text.firstIndex(where: { $0.isASCII && $0.isNumber }) else { return nil }
    let digits = text[start...].prefix { ($0.isASCII && $0.isNumber) || $0 == "." }
    let numbers = digits.split(separator: ".").compactMap { Int($0) }
    guard numbers.count >= 2 else { return nil }
    self.numbers = Array(numbers.prefix(3))
  }

  package var description: String { numbers.map(String.init).joined(separator: ".") }

  package static func < (left: Self, right: Self) -> Bool {
    left.numbers.lexicographicallyPrecedes(right.numbers)
  }

  /// - Throws: status 128, naming the version, where it is too old.
  package func require() throws(Failure) {
    guard self < .minimum else { return }
    throw Failure(
      "cannot use Docker Compose \(self): piko needs \(ComposeVersion.minimum) or later",
      hint: "update it; to see what is used, run 'docker compose version'", status: .cannotStart)
  }

  /// The installed version. Asking Compose takes a tenth of a second, so the answer is remembered
  /// for as long as the plug-in's file stays the same.
  ///
  /// - Parameter memory: the file it is remembered in; not remembered where nil.
  /// - Throws: status 128 where docker or its Compose plug-in is missing.
  package static func installed(
    rememberedIn memory: FilePath? = (try? Paths.stateDirectory())?.appending("compose-version")
  ) throws(Failure) -> ComposeVersion {
    let stamp = pluginStamp()
    if let stamp, let memory, let known = Files.text(memory) {
      let lines = known.split(separator: "\n")
      if lines.count == 2, lines[0] == stamp, let version = ComposeVersion(String(lines[1])) {
        return version
      }
    }
    let version = try asked()
    if let stamp, let memory, Files.kind(memory.removingLastComponent()) == .directory {
      _ = try? Files.replace(memory, with: "\(stamp)\n\(version)\n")
    }
    return version
  }

  private static func asked() throws(Failure) -> ComposeVersion {
    let docker = Program("docker")
    guard docker.exists else {
      throw Failure(
        "cannot run 'docker': not found on PATH",
        hint: "install Docker, or create the environment without containers by '--no-start'",
        status: .cannotStart)
    }
    let result = try docker.run(["compose", "version", "--short"])
    guard result.succeeded, let version = ComposeVersion(result.text) else {
      throw Failure(
        "cannot find Docker Compose \(ComposeVersion.minimum) or later",
        hint: "install its plug-in; to check, run 'docker compose version'", status: .cannotStart)
    }
    return version
  }

  /// What changes with each other plug-in; nil where its file is not known.
  static func pluginStamp() -> String? {
    pluginFile().flatMap { path in Files.stamp(path).map { "\(path) \($0)" } }
  }

  /// The plug-in's file, where the docker command line looks for it.
  private static func pluginFile() -> FilePath? {
    var directories = [
      "/usr/local/lib/docker/cli-plugins", "/usr/local/libexec/docker/cli-plugins",
      "/usr/lib/docker/cli-plugins", "/usr/libexec/docker/cli-plugins",
    ].map { FilePath($0) }
    if let own = DockerConfiguration.directory() {
      directories.insert(own.appending("cli-plugins"), at: 0)
    }
    return directories.map { $0.appending("docker-compose") }.first { Files.kind($0) == .file }
  }
}
