internal import PikoCore
internal import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What a hook left behind.
package struct HookOutcome: Sendable, Equatable {
  /// Its exit status. A failed post-checkout hook undoes nothing, in git neither.
  package let status: Int32
  /// What it wrote.
  package let output: String

  package init(status: Int32, output: String) {
    self.status = status
    self.output = output
  }
}

extension Repository {
  /// The file of a hook, where it is there and can be run.
  func hookFile(_ name: String, runIn directory: FilePath? = nil) -> FilePath? {
    var folder = commonDirectory.appending("hooks")
    if let own = configuration.string("core.hookspath") {
      if own.hasPrefix("~/"), let home = git.environment.variables["HOME"] {
        folder = FilePath(home).appending(FilePath(String(own.dropFirst(2))).components)
      } else {
        // Relative to where hooks run (git-config(1)): the top of the working tree.
        let base = directory ?? workingTree ?? commonDirectory
        folder = own.hasPrefix("/") ? FilePath(own) : base.appending(FilePath(own).components)
      }
    }
    let file = folder.appending(name)
    return file.withPlatformString { access($0, X_OK) } == 0 ? file : nil
  }

  /// Runs the post-checkout hook as `git worktree add` does: in the new working tree, nothing on
  /// standard input, `GIT_DIR` and its like unset, git's own programs first on `PATH`.
  func runPostCheckoutHook(in path: FilePath, new commit: String) throws(Failure) -> HookOutcome? {
    guard let hook = hookFile("post-checkout", runIn: path) else { return nil }
    let programs = try git.output(["--exec-path"], failing: "cannot find git's own programs")
    let folder = programs.split(separator: "\n").first.map(String.init) ?? ""
    let search = git.environment.variables["PATH"] ?? "/usr/bin:/bin"
    let environment = git.environment.setting([
      "GIT_PREFIX": "", "GIT_EXEC_PATH": folder, "PATH": "\(folder):\(search)",
    ])
    let arguments = [String(repeating: "0", count: commit.count), commit, "1"]
    // A script without its first line is the shell's, as execvp(3) has it and git, too.
    let beginning = Disk.read(hook)?.prefix(4) ?? []
    let isProgram =
      beginning.starts(with: Array("#!".utf8))
      || beginning.starts(with: [0x7F] + Array("ELF".utf8))
    let result =
      isProgram
      ? try Program(hook.string).run(arguments, in: path, environment: environment)
      : try Program("/bin/sh").run([hook.string] + arguments, in: path, environment: environment)
    return HookOutcome(status: result.status, output: result.text + result.errors)
  }
}
