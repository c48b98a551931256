package import SystemPackage

extension PortHolder {
  /// The address of the container that it hands connections to, where it is the engine's proxy for a
  /// published port; nil where it is not or this user may not know.
  package func proxiedAddress(in proc: FilePath = "/proc") -> String? {
    guard name == "docker-proxy",
      let line = ShortFile.bytes(proc.appending("\(pid)").appending("cmdline"))
    else { return nil }
    let words = line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    guard let option = words.firstIndex(of: "-container-ip"), option + 1 < words.count else {
      return nil
    }
    return words[option + 1]
  }

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
