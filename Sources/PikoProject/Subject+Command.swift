package import PikoCore
import PikoStore

extension Subject {
  /// Takes an environment and a service from the front of a command line, as far as they are there;
  /// ``rest`` is the command, with everything in it untouched.
  ///
  /// A `--` right behind them ends them and is dropped: words before it then have to be an
  /// environment or a service. Without one, the command begins at the first word that is neither,
  /// if there is one service to run it in; a word where several are is a service's wrong name.
  /// - Parameter verb: what they are the arguments of.
  /// - Throws: where a name before `--` is not known, or the service is a shared one; where the first
  ///   word can be no command because there is no current environment to run it in, or that one has
  ///   several services.
  package init(
    ofCommand arguments: [String], in project: Project, of verb: String
  ) throws(Failure) {
    let names = arguments.prefix(3)
    if let end = names.firstIndex(of: "--") {
      let before = Array(arguments[..<end])
      if let strict = try? Subject(before, in: project, of: verb), strict.rest.isEmpty {
        self = strict.with(rest: Array(arguments[(end + 1)...]))
        return
      }
      // `web sh -- x`: the two dashes are the command's own where a service came before its name.
      let loose = try? Subject(Array(before.dropLast()), in: project, of: verb)
      guard before.count > 1, loose?.service != nil else {
        _ = try Subject(before, in: project, of: verb)
        throw Failure("too many arguments before '--'", status: .usage)
      }
    }
    if let first = arguments.first, (try? project.environment(first, orShared: true)) == nil,
      let current = try? project.environment(nil),
      try project.services(of: current).count == 1,
      try !project.services(of: current).contains(first)
    {
      try Subject.refuseShared(arguments, in: current, of: project, for: verb)
      self = try Subject([], in: project, of: verb).with(rest: arguments)
      return
    }
    self = try Subject(arguments, in: project, of: verb, takesService: false)
    guard service == nil, let word = rest.first else { return }
    try Subject.refuseShared(rest, in: environment, of: project, for: verb)
    let services = try project.services(of: environment)
    if services.count > 1 { throw Subject.unknown(word, in: environment, services) }
  }

  /// Makes sure that all arguments were understood.
  package func ended() throws -> Subject {
    if let extra = rest.first { throw Misuse("unexpected argument \(extra.quoted)") }
    return self
  }

  private func with(rest: [String]) -> Subject {
    Subject(environment: environment, service: service, rest: rest)
  }
}
