import PikoCore

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What runs in a pane below the process that tmux started there.
struct PaneProcesses {
  private let first: Int32

  /// - Parameter first: the process that tmux started: it leads a session of processes (setsid(2)).
  init(of first: Int32) { self.first = first }

  /// Ends them all but the first one and this process, which has yet to end by itself: politely,
  /// after ten seconds for good; waits until they are gone. One that leaves its parent and its
  /// session of processes meanwhile is ended all the same; one that had left both before, a daemon,
  /// belongs to nobody here.
  ///
  /// - Returns: whether there was any.
  func end() -> Bool {
    var known: Set<ProcessEntry.Identity> = []
    guard !look(&known).isEmpty else { return false }
    let start = ContinuousClock.now
    var asked: Set<ProcessEntry.Identity> = []
    while true {
      let left = look(&known)
      if left.isEmpty { return true }
      let isLate = ContinuousClock.now > start + .seconds(10)
      if ContinuousClock.now > start + .seconds(12) { return true }
      for process in left where isLate || asked.insert(process.identity).inserted {
        let id = process.identity.id
        Glibc.kill(id, isLate ? SIGKILL : SIGTERM)
        // A shell at its prompt does not hear the other (bash(1), "SIGNALS").
        if process.isWaitingShell { Glibc.kill(id, SIGHUP) }
      }
      Pause.short()
    }
  }

  /// All of them now, the first one included.
  var all: [ProcessEntry] {
    find([])
  }

  private func look(_ known: inout Set<ProcessEntry.Identity>) -> [ProcessEntry] {
    let left = find(known).filter { $0.identity.id != first && $0.identity.id != getpid() }
    known.formUnion(left.map(\.identity))
    return left
  }

  /// Its descendants, what else is of its session of processes, for a process whose parent ended
  /// belongs to nobody else, and what was found before and lives.
  private func find(_ known: Set<ProcessEntry.Identity>) -> [ProcessEntry] {
    guard first > 1 else { return [] }
    let all = ProcessEntry.all
    var found = Set(all.filter { known.contains($0.identity) }.map(\.identity.id)).union([first])
    var grew = true
    while grew {
      let more = all.filter {
        !found.contains($0.identity.id) && (found.contains($0.parent) || $0.session == first)
      }
      grew = !more.isEmpty
      found.formUnion(more.map(\.identity.id))
    }
    return all.filter { found.contains($0.identity.id) }
  }
}

/// Short waits between two looks.
enum Pause {
  static func short() { usleep(20_000) }
}
