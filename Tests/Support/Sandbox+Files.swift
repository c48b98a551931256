import FoundationEssentials
import PikoCore
package import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension Sandbox {
  /// Writes a file, its directories too; a relative path is one below the root.
  package func write(_ text: String, to path: FilePath, mode: CInterop.Mode = 0o644) throws {
    let file = root.pushing(path)
    try FileManager.default.createDirectory(
      atPath: file.removingLastComponent().string, withIntermediateDirectories: true)
    if mode & 0o111 != 0 {
      // A program is written by a child: a file that this process holds open for writing while
      // another test starts a child could not be executed for a moment (ETXTBSY).
      let result = try Program("install").run(
        ["-m", String(mode, radix: 8), "/dev/stdin", file.string], input: Array(text.utf8))
      guard result.succeeded else { throw Failure("cannot write \(file)", detail: result.errors) }
    } else {
      try Data(text.utf8).write(to: URL(filePath: file.string))
      chmod(file.string, mode)
    }
  }

  /// Copies a program of the build, its directories made; a relative path is one below the root.
  package func install(_ program: String, to path: FilePath) throws {
    try output(
      "install",
      ["-D", "-m", "755", BuiltPrograms.path(of: program).string, root.pushing(path).string])
  }

  /// The text of a file; a relative path is one below the root.
  package func read(_ path: FilePath) throws -> String {
    String(
      decoding: try Data(contentsOf: URL(filePath: root.pushing(path).string)), as: UTF8.self)
  }

  /// Whether something lies at the path, a broken symbolic link included.
  package func exists(_ path: FilePath) -> Bool {
    var status = stat()
    return lstat(root.pushing(path).string, &status) == 0
  }

  /// Makes a git repository with one commit of these files on the branch `main`.
  ///
  /// - Parameters:
  ///   - name: its directory below the root.
  ///   - files: their texts by path.
  package func repository(
    _ name: String = "project", files: [String: String] = ["README": "a project\n"]
  ) throws -> FilePath {
    let path = root.pushing(FilePath(name))
    for (file, text) in files { try write(text, to: path.pushing(FilePath(file))) }
    try commitAll(in: path)
    return path
  }

  /// Makes a git repository of an example project below `Tests/Fixtures`, committed, with the files
  /// that git ignores in place beside it: each `NAME.sample` copied to `NAME`.
  package func example(_ fixture: String, as name: String? = nil) throws -> FilePath {
    let path = root.pushing(FilePath(name ?? fixture))
    let source = SourceTree.root.pushing("Tests/Fixtures").appending(fixture)
    guard FileManager.default.fileExists(atPath: source.string) else {
      throw Failure("no example project '\(fixture)'")
    }
    try FileManager.default.createDirectory(
      atPath: path.removingLastComponent().string, withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: source.string, toPath: path.string)
    try commitAll(in: path)
    for file in try git("ls-files", "*.sample", in: path).split(separator: "\n") {
      let sample = path.pushing(FilePath(String(file)))
      try FileManager.default.copyItem(
        atPath: sample.string, toPath: String(sample.string.dropLast(".sample".count)))
    }
    return path
  }

  /// A `PATH` with the built programs and everything of the system's but these programs.
  package func pathWithout(_ programs: String...) throws -> String {
    let tools = root.appending("tools-without-\(programs.joined(separator: "-"))")
    // The first of a name wins, as on `PATH`.
    let script = #"""
      mkdir "$1"; IFS=:
      for directory in $2; do ln -s -t "$1" "$directory"/* 2> /dev/null; done
      true
      """#
    try output("sh", ["-c", script, "sh", tools.string, Sandbox.systemPath])
    try output("rm", ["-f"] + programs.map { tools.appending($0).string })
    return "\(BuiltPrograms.directory):\(tools)"
  }

  private func commitAll(in path: FilePath) throws {
    try FileManager.default.createDirectory(
      atPath: path.string, withIntermediateDirectories: true)
    try git("init", "-q", in: path)
    try git("add", "-A", in: path)
    try git("commit", "-q", "--allow-empty", "-m", "Begin", in: path)
  }
}
