import PikoConfig
import PikoCore
import SystemPackage
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct ConfigurationTests {
  private func read(_ text: String) throws -> ProjectConfiguration {
    try ProjectConfiguration(parsing: Array(text.utf8), from: ".piko.yml")
  }

  /// Every key with a value that holds the word.
  private func full(_ word: String, port: Int) throws -> ProjectConfiguration {
    try read(
      """
      name: \(word)
      compose: \(word).yaml
      profiles: \(word)
      scripts: {run: \(word)}
      copy: \(word)
      link: \(word)
      env: {V: \(word)}
      shared: \(word)
      shells: {db: \(word)}
      ignore: \(word)
      windows: [{name: \(word)}]
      ports: {\(word): \(port)}
      isolation: {volumes: {\(word): private}}
      open: \(word)

      """)
  }

  @Test func theRootDecidesItsKeysAndTheWorktreeTheOthers() throws {
    let effective = Configuration.effective(
      root: try full("main", port: 1), worktree: try full("branch", port: 2))
    #expect(effective.name == "main")
    #expect(effective.compose == ["main.yaml"])
    #expect(effective.copy == ["main"])
    #expect(effective.link == ["main"])
    #expect(effective.shared == ["main"])
    #expect(effective.isolation.volumes == ["main": .private])
    #expect(effective.profiles == ["branch"])
    #expect(effective.scripts == [.run: "branch"])
    #expect(effective.environment.map(\.template.text) == ["branch"])
    #expect(effective.shells == ["db": "branch"])
    #expect(effective.ignore == ["branch"])
    #expect(effective.windows.map(\.name) == ["branch"])
    #expect(effective.ports == [HostPort(name: "branch", target: 2)])
    #expect(effective.open == "branch")
  }

  @Test func aWorktreeWithoutAFileHasTheRootsWhole() throws {
    let root = try full("main", port: 1)
    #expect(Configuration.effective(root: root, worktree: nil) == root)
    #expect(Configuration.effective(root: nil, worktree: nil) == ProjectConfiguration())
  }

  @Test func aWorktreesFileDecidesEvenByLeavingOut() throws {
    let root = try full("main", port: 1)
    let effective = Configuration.effective(root: root, worktree: try read("open: web\n"))
    #expect(effective.scripts.isEmpty && effective.windows.isEmpty && effective.profiles.isEmpty)
    #expect(effective.environment.isEmpty && effective.ports.isEmpty && effective.shells.isEmpty)
    #expect(effective.name == "main" && effective.open == "web")
  }

  @Test func whatARootDoesNotSayAWorktreeCannot() throws {
    let effective = Configuration.effective(root: nil, worktree: try full("branch", port: 2))
    #expect(effective.name == nil)
    #expect(effective.compose.isEmpty && effective.copy.isEmpty && effective.link.isEmpty)
    #expect(effective.shared.isEmpty && effective.isolation == Isolation())
    #expect(effective.scripts == [.run: "branch"])
    #expect(effective.origins[.name] == nil && effective.origins[.scripts] != nil)
  }

  @Test func remembersTheFileOfEachKey() throws {
    try inDirectory { directory in
      try write("name: shop\nscripts: {run: a}\nshared: redis\n", directory, ".piko.yml")
      let worktree = directory.appending("work tree\n")
      #expect(mkdir(worktree.string, 0o700) == 0)
      try write("\nscripts: {run: b}\n", worktree, ".piko.yml")
      let loaded = try Configuration.load(root: directory, worktree: worktree)
      #expect(loaded.scripts == [.run: "b"])
      #expect(loaded.origins[.scripts]?.file == worktree.appending(".piko.yml"))
      #expect(loaded.origins[.scripts]?.position == .init(line: 2, column: 1))
      #expect(loaded.origins[.shared]?.file == directory.appending(".piko.yml"))
      #expect(try Configuration.load(root: directory).scripts == [.run: "a"])
      #expect(try Configuration.load(root: directory, worktree: directory).scripts == [.run: "a"])
      let other = directory.appending("none")
      #expect(try Configuration.load(root: directory, worktree: other).scripts == [.run: "a"])
    }
  }

  @Test func aFileThatIsNotThereSaysNothing() throws {
    try inDirectory { directory in
      #expect(try Configuration.file(in: directory) == nil)
      #expect(try Configuration.load(root: directory) == ProjectConfiguration())
      let user = directory.appending("config.yml")
      #expect(try UserConfiguration.load(from: user) == UserConfiguration())
      try write("editor: vi\n", directory, "config.yml")
      #expect(try UserConfiguration.load(from: user).editor == "vi")
    }
  }

  @Test func placesInAForeignFileAreGivenOrNot() throws {
    try inDirectory { directory in
      let compose = directory.appending("compose.yaml")
      #expect(YAML.places(in: compose) == nil)
      try write("services:\n  web: {ports: !reset []}\n", directory, "compose.yaml")
      let place = YAML.places(in: compose)?.locate(path: ["services", "web", "ports"])
      #expect(place == .init(line: 2, column: 9))
      try write("services: [\n", directory, "compose.yaml")
      #expect(YAML.places(in: compose) == nil)
    }
  }

  @Test func refusesWhatIsThereAndCannotBeRead() throws {
    try inDirectory { directory in
      let path = directory.appending(".piko.yml")
      func reason() throws -> String {
        let failure = try #require(throws: Failure.self) { try Configuration.file(in: directory) }
        #expect(failure.status == .cannotStart)
        let start = "cannot read configuration '\(Paths.display(path))': "
        #expect(failure.message.hasPrefix(start))
        #expect(unlink(path.string) == 0 || rmdir(path.string) == 0)
        return String(failure.message.dropFirst(start.count))
      }
      #expect(mkdir(path.string, 0o700) == 0)
      #expect(try reason() == "it is a directory")
      #expect(mkfifo(path.string, 0o600) == 0)
      #expect(try reason() == "it is no regular file")
      #expect(symlink("nowhere", path.string) == 0)
      #expect(try reason() == "a symbolic link to nothing")
      #expect(symlink(".piko.yml", path.string) == 0)
      #expect(try reason() == "\(Errno.tooManySymbolicLinkLevels)")
      try write(String(repeating: "#", count: 1 << 20) + "#", directory, ".piko.yml")
      #expect(try reason() == "it is larger than 1048576 bytes")
    }
  }

  @Test func saysThatAFileWithTheOtherEndingIsNotRead() throws {
    try inDirectory { directory in
      try write("name: shop\n", directory, ".piko.yaml")
      let failure = try #require(throws: Failure.self) { try Configuration.load(root: directory) }
      let path = Paths.display(directory.appending(".piko.yaml"))
      #expect(failure.message == "'\(path)' is not read: the name is '.piko.yml'")
      #expect(failure.status == .cannotStart)
      try write("name: other\n", directory, ".piko.yml")
      #expect(try Configuration.load(root: directory).name == "other")
    }
  }

  private func inDirectory(_ body: (FilePath) throws -> Void) throws {
    var template = Array("/tmp/piko-config-XXXXXX".utf8CString)
    let made = try #require(mkdtemp(&template).map { String(cString: $0) })
    defer { remove(FilePath(made)) }
    try body(FilePath(made))
  }

  /// Removes a directory of files and directories of files, as the tests here make them.
  private func remove(_ directory: FilePath) {
    guard let stream = opendir(directory.string) else { return }
    defer { closedir(stream) }
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard name != ".", name != ".." else { continue }
      let path = directory.appending(name)
      if unlink(path.string) != 0 { remove(path) }
    }
    rmdir(directory.string)
  }

  private func write(_ text: String, _ directory: FilePath, _ name: String) throws {
    let descriptor = try FileDescriptor.open(
      directory.appending(name), .writeOnly, options: [.create, .truncate],
      permissions: .ownerReadWrite)
    _ = try descriptor.closeAfter { try descriptor.writeAll(text.utf8) }
  }
}
