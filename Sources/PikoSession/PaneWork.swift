import PikoCore

/// What the user has going in a pane, besides shells that wait.
///
/// In a pane of the user's own and in a shell that piko made that is every program at the terminal.
/// Where a verb of piko's runs, what a window's command has started belongs to the environment, a
/// server or a log say; what is typed into a shell there is the user's. An editor is the user's
/// wherever it was started: it may hold a text that is saved nowhere.
package struct PaneWork {
  /// The names of the programs.
  let programs: [String]

  /// What is going in a window.
  package struct Finding: Sendable, Equatable {
    /// The names of the programs.
    package let programs: [String]
    /// The window's name.
    package let window: String

    /// As messages name it.
    package var text: String {
      "\(programs.map(\.quoted).joined(separator: ", ")) in window \(window.quoted)"
    }
  }

  /// - Parameter caller: how this process was called, which is no work that goes on beside it.
  init(in pane: Tmux.Pane, besides caller: CallingCommand) {
    guard !pane.isDead else {
      programs = []
      return
    }
    let processes = PaneProcesses(of: pane.process).all
    let parent = processes.reduce(into: [:]) { $0[$1.identity.id] = $1.parent }
    let ancestors = { (process: ProcessEntry) in
      sequence(first: process.parent) { parent[$0] }.prefix(processes.count)
    }
    let first = processes.first { $0.identity.id == pane.process }
    let parents = Set(parent.values)
    let isAtWork = { (process: ProcessEntry) in
      // A shell that runs a command is as busy as the command is.
      if process.isWaitingShell || process.isShell && parents.contains(process.identity.id) {
        return false
      }
      if process.identity.id == pane.process {
        return process.isEditor || !pane.runsDefaultCommand && !process.runs(pane.shell)
      }
      // tmux has a shell start the user's `default-command`, and that may wait for its end.
      if process.parent == pane.process, pane.runsDefaultCommand, first?.isShell == true,
        first?.isWaitingShell == false
      {
        return process.isEditor
      }
      // What an interactive shell has started in its own group is of its start files: with the first
      // prompt it begins to give each job a group (bash(1), "JOB CONTROL").
      if let first, first.isWaitingShell, process.group == first.group { return process.isEditor }
      // What a shell keeps for itself beside its prompt has nothing to do with the terminal; an
      // editor may have one of its own, from script(1) for one.
      return process.isStopped || process.isEditor && process.terminal != 0
        || process.uses(terminal: pane.terminal) ?? (process.terminal == first?.terminal)
    }
    let isOfVerb = pane.purpose?.isPlain == false
    let shells = Set(
      processes.filter { isOfVerb && $0.isTypedInto(at: pane.terminal) }.map(\.identity.id))
    let busy = processes.filter { process in
      isAtWork(process) && !caller.covers(process)
        && (!isOfVerb || process.isEditor || ancestors(process).contains(where: shells.contains))
    }
    // Of a program and what it started, the program is what the user knows.
    let ids = Set(busy.map(\.identity.id))
    programs = busy.filter { !ancestors($0).contains(where: ids.contains) }.map(\.name)
  }
}
