import PikoCore

/// What the user has going in a pane, besides a shell that waits.
struct PaneWork {
  /// The names of the programs.
  let programs: [String]

  init(in pane: Tmux.Pane) {
    // What piko runs in a window goes with the environment, and says so itself where it must not.
    guard !pane.isDead, pane.purpose?.isPlain ?? true else {
      programs = []
      return
    }
    let processes = PaneProcesses(of: pane.process).all
    let first = processes.first { $0.identity.id == pane.process }
    let parents = Set(processes.map(\.parent))
    let busy = processes.filter { process in
      // A shell that runs a command is as busy as the command is.
      if process.isWaitingShell || process.isShell && parents.contains(process.identity.id) {
        return false
      }
      if process.identity.id == pane.process { return !pane.runsDefaultCommand }
      // What a shell keeps for itself beside its prompt has nothing to do with the terminal.
      return process.isStopped
        || process.uses(terminal: pane.terminal) ?? (process.terminal == first?.terminal)
    }
    // Of a program and what it started, the program is what the user knows.
    let ids = Set(busy.map(\.identity.id))
    let parent = processes.reduce(into: [:]) { $0[$1.identity.id] = $1.parent }
    programs = busy.filter { process in
      let ancestors = sequence(first: process.parent) { parent[$0] }.prefix(processes.count)
      return !ancestors.contains(where: ids.contains)
    }.map(\.name)
  }
}
