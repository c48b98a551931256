import PikoCore

/// What the session gives to all that begins in it.
extension EnvironmentSession {
  /// The environment's variables, and those of this process by which the verbs in the windows find
  /// the same register, configuration and engine.
  func carried(_ variables: Variables) -> Variables {
    var all = variables
    for name in [
      "PIKO_STATE_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "DOCKER_HOST", "DOCKER_CONTEXT",
      "DOCKER_CONFIG",
    ] where all[name] == nil {
      if let value = ProcessEnvironment.value(name) { all[name] = value }
    }
    return all
  }

  func refresh(
    _ session: String, with variables: Variables, without stale: [String],
    in script: inout TmuxScript
  ) {
    let target = "\(session):"
    for name in stale { script.add("set-environment", "-r", "-t", target, name) }
    for (name, value) in variables.list {
      script.add("set-environment", "-t", target, "--", name, value)
    }
    script.mark(session: target, mark)
    remember(variables, of: target, in: &script)
  }

  func remember(
    _ variables: Variables, of target: String, in script: inout TmuxScript
  ) {
    script.add(
      "set-option", "-t", target, "@piko_variables", variables.names.joined(separator: " "))
  }

  /// The variables of another environment that the server would give to every session.
  func stranger(
    to variables: Variables, at tmux: Tmux
  ) throws(Failure) -> [String] {
    try tmux.globalVariables().filter {
      ChildEnvironment.belongsToAnEnvironment($0) && variables[$0] == nil
    }
  }

  /// What the session was given before and the environment has no more.
  func stale(
    _ variables: Variables, in session: String, at tmux: Tmux
  ) throws(Failure) -> [String] {
    try tmux.option("@piko_variables", ofSession: session)
      .split(separator: " ").map(String.init).filter { variables[$0] == nil }
  }
}
