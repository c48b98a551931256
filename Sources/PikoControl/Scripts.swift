package import PikoConfig
package import PikoCore
package import SystemPackage

/// Runs a project's own scripts: `/bin/sh -e` in the worktree, all variables exported, output
/// streamed (SPEC part 8).
package struct Scripts {
  private let worktree: FilePath
  private let variables: Variables

  package init(worktree: FilePath, variables: Variables) {
    self.worktree = worktree
    self.variables = variables
  }

  /// Runs a script to its end; what it prints goes to standard error, as the answer of the verb that
  /// runs it is its own.
  ///
  /// - Throws: where its status is not 0.
  package func run(_ name: Script, _ text: String, hint: String? = nil) throws {
    let status = try status(of: name, text, answerOnError: true)
    guard status == 0 else {
      throw Failure("the \(name.rawValue) script ended with status \(status)", hint: hint)
    }
  }

  /// Runs a script to its end and gives its status.
  ///
  /// - Parameter answerOnError: whether what it prints goes to standard error.
  package func status(
    of name: Script, _ text: String, answerOnError: Bool = false
  ) throws -> Int32 {
    try Program("/bin/sh").passThrough(
      Scripts.arguments(name, text), in: worktree, environment: .forUser(setting: variables),
      answerOnError: answerOnError)
  }

  /// What the shell is given to run a script.
  static func arguments(_ name: Script, _ text: String) -> [String] {
    ["-e", "-c", text, "piko-\(name.rawValue)"]
  }
}
