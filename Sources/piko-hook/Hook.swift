import ArgumentParser
import PikoCore

/// Prints what a shell's start file evaluates, so that every worktree entered has its variables.
struct Hook: Command {
  static let configuration = CommandConfiguration(
    commandName: "piko-hook",
    abstract: "Print a shell's hook: variables that follow the worktree",
    usage: "piko-hook bash|zsh|fish")

  @Argument(help: "The shell: bash, zsh or fish.") var shell: String?

  func perform() throws {
    let names = Shell.allCases.map(\.rawValue).joined(separator: ", ")
    guard let typed = shell else { throw Misuse("no shell was named: it can be \(names)") }
    guard let shell = Shell(rawValue: typed) else {
      throw Misuse("there is no hook for \(typed.quoted): it can be \(names)")
    }
    Output.write(shell.hook)
  }
}

/// A shell that there is a hook for.
///
/// All three do the same. The worktree that the shell stands in is read off its directory, which
/// starts no program; only where it is another than before is `piko env` asked. What its variables
/// were before is kept in `PIKO_HOOK`: the worktree, then an entry a variable, each after a record
/// separator (0x1E): `NAME` was not set, `NAME=value` was exported, `!NAME=value` was set and not
/// exported. It is exported, so that a shell inside the shell can leave the worktree too.
///
/// Each defines `pcd` besides, which goes where `piko path` says.
enum Shell: String, CaseIterable {
  case bash, zsh, fish

  /// The text to evaluate.
  var hook: String {
    switch self {
    case .bash: Shell.bashHook
    case .zsh: Shell.zshHook
    case .fish: Shell.fishHook
    }
  }
}
