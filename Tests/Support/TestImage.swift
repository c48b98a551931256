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
  package static let tag = "piko-test-busybox:1"

  /// Makes the image unless the engine has it. The caller holds the engine's claim.
  static func make(reaching engine: [String: String]) throws {
    try make(tag, reaching: engine, changes: ["CMD [\"sh\"]"]) { try fill($0) }
  }

  /// Makes an image of what `fill` puts into a directory, unless the engine has it.
  static func make(
    _ tag: String, reaching engine: [String: String], changes: [String],
    filledBy fill: (FilePath) throws -> Void
  ) throws {
    let environment = ChildEnvironment.pinned().setting(engine)
    let docker = Program("docker")
    let known = try docker.run(
      ["image", "inspect", "--format", "{{.Id}}", tag], environment: environment)
    if known.succeeded { return }
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
    for command in commands.split(separator: "\n") where command != "busybox" {
      try files.createSymbolicLink(
        atPath: tree.pushing("bin").appending(String(command)).string,
        withDestinationPath: "busybox")
    }
    try copy("/usr/bin/perl", into: tree)
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
