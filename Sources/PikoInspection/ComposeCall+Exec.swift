package import PikoCore

extension ComposeCall {
  /// Replaces this process by a command in the service's running container. It has a terminal where
  /// both standard input and output are one; its arguments and status are passed through.
  ///
  /// - Throws: where no container of the service runs.
  package func becomeExec(
    in service: String, _ command: [String], variables: Variables
  ) throws(Failure) -> Never {
    try requireRunning(service)
    let terminal = Terminal.inputIsTerminal && Terminal.outputIsTerminal
    try become(
      ["exec"] + (terminal ? [] : ["--no-TTY"]) + [service] + command, variables: variables)
  }
}
