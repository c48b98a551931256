package import SystemPackage

extension PortHolder {
  /// Whether the process works for the environment of a worktree: it was started with that
  /// environment's variables, or its directory is in there. False where this user may not know.
  package func belongs(toWorktree worktree: FilePath, in proc: FilePath = "/proc") -> Bool {
    let process = proc.appending("\(pid)")
    if let directory = ShortFile.target(of: process.appending("cwd")),
      directory.starts(with: worktree)
    {
      return true
    }
    let variable = Array("PIKO_ENV_PATH=\(worktree.string)".utf8)
    let variables = ShortFile.bytes(process.appending("environ")) ?? []
    return variables.split(separator: 0).contains { $0.elementsEqual(variable) }
  }
}
