package import PikoConfig
package import PikoStore

/// How one of a project's scripts last went in an environment.
package struct ScriptFinding: Sendable {
  package let script: Script
  /// Nil where it never ran, as far as is still known.
  package let result: Journal.State?
  /// When it ended, or began where it did not end; seconds since 1970.
  package let at: Int?

  /// Those that the project has and that leave a record, in the order in which they run.
  ///
  /// - Parameter steps: the environment's journal, the latest entry first.
  package static func all(
    _ scripts: [Script: String], steps: [Journal.Entry], of record: EnvironmentRecord
  ) -> [ScriptFinding] {
    Script.allCases.compactMap { script in
      guard scripts[script] != nil else { return nil }
      let entry = steps.first {
        $0.step == (script == .destroy ? "destroy-script" : script.rawValue)
      }
      if let entry {
        return ScriptFinding(
          script: script, result: entry.state, at: entry.endedAt ?? entry.begunAt)
      }
      // Its process was replaced by the script, or there was nothing to destroy yet.
      if script == .run || script == .destroy { return nil }
      let isDone = script == .setup && record.setup == .done
      // The journal forgets in time; that it never ran is known only while it has the beginning.
      let isWhole = steps.contains { $0.step == "reserve" || $0.step == "worktree" }
      guard isDone || isWhole || script == .setup else { return nil }
      return ScriptFinding(script: script, result: isDone ? .done : nil, at: nil)
    }
  }
}
