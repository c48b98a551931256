package import PikoCore
package import SystemPackage

/// Docker Compose as it is installed: its version, and how it is run.
package struct ComposeInstallation: Sendable, Equatable {
  package let version: ComposeVersion
  /// The plug-in's own file, where running that is known to be the same as `docker compose`.
  ///
  /// Docker's manual calls it the standalone form. docker itself asks a plug-in what it is before it
  /// runs it, which takes as long as the model of a small project.
  let plugin: FilePath?

  /// Where an answer is remembered, for as long as the files it depends on stay the same; not where
  /// this user has no state directory.
  package static var memory: FilePath? {
    (try? Paths.stateDirectory())?.appending("compose-version")
  }

  /// Finds it. Asking Compose takes a tenth of a second, so the answer is remembered.
  ///
  /// - Parameter memory: the file it is remembered in; not remembered where nil.
  /// - Throws: status 128 where docker or its Compose plug-in is missing.
  package static func found(
    rememberedIn memory: FilePath? = memory
  ) throws(Failure) -> ComposeInstallation {
    if let known = remembered(in: memory) { return known }
    let stamp = stamp()
    let version = try asked()
    let installation = ComposeInstallation(
      version: version, plugin: pluginFile().flatMap { standsAlone($0, version) ? $0 : nil })
    if let stamp, let memory, Files.kind(memory.removingLastComponent()) == .directory {
      let way = installation.plugin == nil ? "docker" : "standalone"
      _ = try? Files.replace(memory, with: "\(stamp)\n\(version)\n\(way)\n")
    }
    return installation
  }

  /// What is known of it without asking.
  static func remembered(in memory: FilePath? = memory) -> ComposeInstallation? {
    guard let memory, let stamp = stamp(), let known = Files.text(memory), known.hasPrefix(stamp)
    else { return nil }
    let lines = known.dropFirst(stamp.count).split(separator: "\n")
    guard lines.count == 2, let version = ComposeVersion(String(lines[0])) else { return nil }
    return ComposeInstallation(
      version: version, plugin: lines[1] == "standalone" ? pluginFile() : nil)
  }

  /// What changes with each other Compose, docker or configuration of docker; nil where the plug-in's
  /// file is not known.
  static func stamp() -> String? {
    guard let plugin = pluginFile() else { return nil }
    let configuration = DockerConfiguration.directory()?.appending("config.json")
    let files = [plugin, Program("docker").path, configuration].compactMap(\.self)
    return files.map { "\($0) \(Files.stamp($0) ?? "none")" }.joined(separator: "\n")
  }

  // MARK: - Asking

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

  /// Whether running a plug-in's file is what `docker compose` does: docker is docker itself, not a
  /// script or another program of that name that might choose another engine, looks for plug-ins in
  /// no other place, and the file gives the version that docker gave.
  private static func standsAlone(_ plugin: FilePath, _ version: ComposeVersion) -> Bool {
    guard let docker = Program("docker").path.flatMap(ShortFile.canonical),
      docker.lastComponent == "docker", !Files.isScript(docker),
      !DockerConfiguration.namesPluginPlaces(),
      let result = try? Program(plugin.string).run(["version", "--short"])
    else { return false }
    return result.succeeded && ComposeVersion(result.text) == version
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
