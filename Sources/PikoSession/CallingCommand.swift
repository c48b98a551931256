import PikoCore

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The command line that this process was called by, and all that stands between it and the terminal,
/// a coding agent for one: what asked for this, and nothing that somebody works in beside it.
struct CallingCommand {
  private let ancestors: Set<Int32>
  private let group = getpgrp()

  init() { ancestors = Set(ProcessEntry.ancestors.map(\.identity.id)) }

  /// Whether a process is this one, of its job (`make`, or what it is piped into), or has started it,
  /// in whatever job. An editor that it was called from is none of these.
  func covers(_ process: ProcessEntry) -> Bool {
    if process.identity.id == getpid() { return true }
    guard !process.isEditor else { return false }
    return process.group == group || ancestors.contains(process.identity.id)
  }

  /// Whether a pane's process has started this one, or one of those that did.
  func isBelow(_ pane: Tmux.Pane) -> Bool { ancestors.contains(pane.process) }
}
