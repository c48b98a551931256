package import ArgumentParser

/// A verb: what it is called with, and what it does.
///
/// The parser's own `main` exits with 64 and capital letters; ``launch()`` gives git's statuses and
/// wording instead, and is the one catch of the program.
package protocol Command: ParsableCommand {
  /// Does the work. A ``Failure`` becomes an error line, anything else is a fault of piko's own.
  mutating func perform() throws
}

extension Command {
  package static var _errorLabel: String { "error" }

  /// Parses the command line, performs the verb and ends the process with its status.
  package static func launch() -> Never {
    Terminal.openClosedStreams()
    do {
      try requireText()
      var parsed = try parseAsRoot()
      if var command = parsed as? Self {
        try command.perform()
      } else {
        try parsed.run()  // the parser's own help command
      }
      finishAnswered(.success)
    } catch let failure as Failure {
      Output.report(failure)
      finish(failure.status)
    } catch let misuse as Misuse {
      reportUsage(misuse.message)
    } catch let done as Finished {
      finishAnswered(done.status)
    } catch {
      reportUsage(error)
    }
  }

  /// Refuses a command line that is no text. The standard library would put U+FFFD in the place of
  /// what it cannot read, and a name would be another one.
  private static func requireText() throws {
    for index in 1..<max(Int(CommandLine.argc), 1) {
      guard let word = CommandLine.unsafeArgv[index], String(validatingCString: word) == nil else {
        continue
      }
      throw Misuse("\(String(cString: word).quoted) is not UTF-8")
    }
  }

  /// Ends a process that has nothing more to say, which its answer must have reached somebody for.
  private static func finishAnswered(_ status: ExitStatus) -> Never {
    do throws(Failure) {
      try Output.requireWritten()
    } catch {
      Output.report(error)
      finish(status == .success ? error.status : status)
    }
    finish(status)
  }

  /// Ends the process; a status of an untrapped signal is given by that signal itself, so that a
  /// shell sees the same as without piko's handler.
  private static func finish(_ status: ExitStatus) -> Never {
    if let signal = Interrupt.received, status == .signal(signal) {
      Interrupt.raiseUntrapped(signal)
    }
    status.endProcess()
  }

  private static func reportUsage(_ error: any Error) -> Never {
    if exitCode(for: error) == .success {
      let text = fullMessage(for: error)
      let isHelp = text.hasPrefix("OVERVIEW: ")
      Output.write(isHelp ? UsageText(of: Self.self).help : text + "\n")
      finishAnswered(.success)
    }
    guard exitCode(for: error) == .validationFailure else {
      Output.report(Failure("internal error: \(error)"))
      ExitStatus.failed.endProcess()
    }
    let text = message(for: error)
    let line = text.hasSuffix(".") ? String(text.dropLast()) : text
    reportUsage(line.split(separator: "\n").joined(separator: " "))
  }

  private static func reportUsage(_ message: String) -> Never {
    let text = UsageText(of: Self.self)
    Output.report(text.complaint(message))
    Output.report(text.usage)
    ExitStatus.usage.endProcess()
  }
}

/// A command line that the parser accepts and the verb does not: reported with the usage line.
///
/// What is required is declared as optional and checked by the verb, since the parser would complain
/// about what is missing before it does about an option that nobody knows.
package struct Misuse: Error {
  package let message: String

  package init(_ message: String) { self.message = message }
}

/// Ends a verb early with a status and nothing more to say.
package struct Finished: Error {
  package let status: ExitStatus

  package init(_ status: ExitStatus) { self.status = status }
}
