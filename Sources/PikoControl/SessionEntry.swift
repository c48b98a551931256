package import PikoCore
package import PikoProject
import PikoSession
package import PikoStore

/// Entering an environment's session: what `attach`, `switch`, `pick` and `create` end with.
package enum SessionEntry {
  /// Whether this process has a terminal that can show a session.
  package static var isPossible: Bool {
    Terminal.inputIsTerminal && Terminal.outputIsTerminal && !Terminal.isDumb
  }

  /// Replaces this process by tmux with the environment's session, made first where it is missing;
  /// inside tmux its client shows the session.
  ///
  /// - Throws: without a terminal and without tmux, with what to type instead.
  package static func enter(
    _ record: EnvironmentRecord, in project: Project, verb: String
  ) throws -> Never {
    try requireTmux()
    guard isPossible else {
      throw Failure(
        "cannot \(verb) to session \(record.session.quoted): not on a terminal"
          + (Terminal.isDumb && Terminal.outputIsTerminal
            ? " that can show it (TERM is 'dumb')" : ""),
        hint: "to get the session's name for a script, run 'piko tmux \(record.name) --print'")
    }
    let session = EnvironmentSession(of: record, in: project)
    if try session.id() == nil { _ = try make(record, in: project, verb: verb) }
    try session.show()
  }

  /// Makes an environment's session or what is missing of it, alone and journalled.
  ///
  /// - Returns: whether there was none before.
  package static func make(
    _ record: EnvironmentRecord, in project: Project, verb: String, narrator: Narrator = Narrator()
  ) throws -> Bool {
    try requireTmux()
    return try LiveEnvironment.change(record, in: project, verb: verb, narrator: narrator) {
      live, operation in
      try live.session.requireNameFree()
      return try operation.step(.session) { try live.makeSession() }
    }
  }

  /// - Throws: without tmux, with what to install.
  package static func requireTmux() throws(Failure) {
    guard !Tmux().exists else { return }
    throw Failure(
      "cannot run 'tmux': not found on PATH", hint: "install it: run 'apt-get install tmux'",
      status: .cannotStart)
  }
}
