import FoundationEssentials
import PikoCore
import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The one image that all example projects run: no registry is needed to make it.
///
/// It holds the machine's static busybox with a link for each of its commands, and its perl with the
/// libraries that it names, because busybox has no program that answers datagrams.
package enum TestImage {
  /// Its name; the number counts changes of its contents.
  package static let tag = "piko-test-busybox:2"

  /// A file that nothing but the image has.
  private static let mark = "etc/piko-test-image"

  /// Makes the image unless the engine has it. The caller holds the engine's claim.
  ///
  /// - Throws: where what is run in a container by this engine does not see the image.
  static func make(reaching engine: [String: String]) throws {
    let isNew = try make(tag, reaching: engine, changes: ["CMD [\"sh\"]"]) { try fill($0) }
    guard isNew else { return }
    do {
      try requireOwnFiles(reaching: engine)
    } catch {
      _ = try? Program("docker").run(
        ["image", "rm", "--force", tag], environment: .pinned().setting(engine))
      throw error
    }
  }

  /// Where the engine's own root is a chroot(2), what `docker exec` starts sees the files of the
  /// machine around it, with other programs and other name servers: tests would fail for reasons that
  /// nobody finds.
  private static func requireOwnFiles(reaching engine: [String: String]) throws {
    let environment = ChildEnvironment.pinned().setting(engine)
    let docker = Program("docker")
    let container = try docker.output(
      ["run", "--detach", tag, "sleep", "60"], environment: environment,
      failing: "cannot start a container of the test image")
    let name = String(container.prefix { !$0.isNewline })
    defer { _ = try? docker.run(["rm", "--force", name], environment: environment) }
    let seen = try docker.run(
      ["exec", name, "/bin/busybox", "test", "-e", "/\(mark)"], environment: environment)
    guard seen.succeeded else {
      throw Failure(
        "what 'docker exec' starts does not see its container's files: does the engine run in a "
          + "chroot?", hint: "to leave the tests that need one out, set PIKO_TEST_NO_ENGINE=1",
        detail: seen.errors)
    }
  }

  /// Makes an image of what `fill` puts into a directory, unless the engine has it.
  ///
  /// - Returns: whether it was made now.
  @discardableResult
  static func make(
    _ tag: String, reaching engine: [String: String], changes: [String],
    filledBy fill: (FilePath) throws -> Void
  ) throws -> Bool {
    let environment = ChildEnvironment.pinned().setting(engine)
    let docker = Program("docker")
    let known = try docker.run(
      ["image", "inspect", "--format", "{{.Id}}", tag], environment: environment)
    if known.succeeded { return false }
    guard try docker.run(["version"], environment: environment).succeeded else {
      throw Failure(
        "no container engine answers at '\(engine.values.joined())'",
        hint: "to leave the tests that need one out, set PIKO_TEST_NO_ENGINE=1")
    }
    let scratch = FilePath("/tmp/piko-test-image-\(getpid())")
    defer { try? FileManager.default.removeItem(atPath: scratch.string) }
    let tree = scratch.appending("tree")
    try fill(tree)
    let archive = scratch.appending("image.tar").string
    _ = try Program("tar").output(
      ["-C", tree.string, "--owner=0", "--group=0", "-cf", archive, "."],
      failing: "cannot pack the test image")
    _ = try docker.output(
      ["import"] + changes.flatMap { ["--change", $0] } + [archive, tag], environment: environment,
      failing: "cannot import the test image")
    return true
  }

  static func fill(_ tree: FilePath) throws {
    let files = FileManager.default
    for directory in ["bin", "tmp", "etc", "proc", "sys", "dev"] {
      try files.createDirectory(
        atPath: tree.appending(directory).string, withIntermediateDirectories: true)
    }
    chmod(tree.appending("tmp").string, 0o1777)
    guard let busybox = ["/usr/bin/busybox", "/bin/busybox"].first(where: files.fileExists) else {
      throw Failure("no busybox to make the test image of", hint: "apt-get install busybox-static")
    }
    try files.copyItem(atPath: busybox, toPath: tree.pushing("bin/busybox").string)
    let commands = try Program(busybox).output(["--list"], failing: "cannot ask busybox")
      .split(separator: "\n").map(String.init)
    for needed in ["httpd", "nc", "nslookup", "sh", "timeout", "wget"]
    where !commands.contains(needed) {
      throw Failure(
        "'\(busybox)' has no \(needed), which tests run in containers",
        hint: "apt-get install busybox-static")
    }
    for command in commands where command != "busybox" {
      try files.createSymbolicLink(
        atPath: tree.pushing("bin").appending(command).string,
        withDestinationPath: "busybox")
    }
    try copy("/usr/bin/perl", into: tree)
    try Data("piko's tests\n".utf8).write(
      to: URL(filePath: tree.pushing(FilePath(mark)).string))
  }

  /// Copies a program with the libraries that it names to the same places below `tree`.
  static func copy(_ program: String, into tree: FilePath) throws {
    let files = FileManager.default
    // The lines of ldd(1) that name a file: `libm.so.6 => /lib/… (0x…)` and the loader's own.
    let libraries = try Program("ldd").output([program], failing: "cannot ask ldd")
      .split(whereSeparator: \.isWhitespace).filter { $0.hasPrefix("/") }.map(String.init)
    for file in [program] + libraries {
      let copy = tree.pushing(FilePath(String(file.dropFirst())))
      if files.fileExists(atPath: copy.string) { continue }
      try files.createDirectory(
        atPath: copy.removingLastComponent().string, withIntermediateDirectories: true)
      _ = try Program("cp").output(
        ["-L", file, copy.string], failing: "cannot copy \(file)")
    }
  }
}
