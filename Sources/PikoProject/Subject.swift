package import PikoCore
package import PikoStore

/// What the arguments `[NAME] [SERVICE]` of a verb mean: an environment and one of its services.
package struct Subject {
  package let environment: EnvironmentRecord
  /// Nil where none was named.
  package let service: String?
  /// The arguments after those that were understood.
  package let rest: [String]

  init(environment: EnvironmentRecord, service: String?, rest: [String]) {
    self.environment = environment
    self.service = service
    self.rest = rest
  }

  /// Takes an environment, then a service, from the front of the arguments; each may be missing.
  ///
  /// A lone argument that is no environment but a service of the current one is the service; a name
  /// that is both is the environment.
  /// - Parameters:
  ///   - verb: what they are the arguments of, for what is to be typed instead.
  ///   - takesService: whether a word after the environment has to be one of its services.
  /// - Throws: where an argument is neither.
  package init(
    _ arguments: [String], in project: Project, of verb: String, takesService: Bool = true
  ) throws(Failure) {
    var rest = arguments[...]
    let environment: EnvironmentRecord
    if let first = rest.first, let found = try? project.environment(first, orShared: true) {
      environment = found
      rest = rest.dropFirst()
    } else if let first = rest.first {
      guard let current = try? project.environment(nil),
        try (project.services(of: current) + project.sharedUses(of: current)).contains(first)
      else {
        throw try Subject.unknown(first, in: project)
      }
      environment = current
    } else {
      environment = try project.environment(nil)
    }
    self.environment = environment
    let services = try project.services(of: environment)
    if let word = rest.first, services.contains(word) {
      service = word
      rest = rest.dropFirst()
    } else if let word = rest.first, takesService {
      try Subject.refuseShared(rest, in: environment, of: project, for: verb)
      throw Subject.unknown(word, in: environment, services)
    } else {
      service = nil
    }
    self.rest = Array(rest)
  }

  /// The service that was named, or the only one there is.
  ///
  /// - Throws: where none was named and there are several, or none at all.
  package func requiredService(in project: Project) throws(Failure) -> String {
    if let service { return service }
    let services = try project.services(of: environment)
    if services.count == 1, let only = services.first { return only }
    let name = environment.name.text
    guard !services.isEmpty else {
      throw Failure("environment \(name.quoted) has no containers")
    }
    throw Failure(
      "no service was named", hint: "name one of \(services.joined(separator: ", "))",
      status: .usage)
  }

  /// Refuses a shared service that is named as one of an environment that uses it: what is done to it
  /// is done to all of them, and may not be meant.
  ///
  /// - Parameter words: what follows the environment's name.
  /// - Throws: where the first of them is such a service, with what reaches it.
  static func refuseShared(
    _ words: some Collection<String>, in environment: EnvironmentRecord, of project: Project,
    for verb: String
  ) throws(Failure) {
    guard let service = words.first,
      try project.sharedUses(of: environment).contains(service)
    else { return }
    let call = ([verb, EnvironmentName.sharedServices.text] + words).map(Quoting.word)
    throw Failure(
      "service \(service.quoted) of \(environment.name.text.quoted) is shared",
      hint: "to reach the one that others use too, run 'piko \(call.joined(separator: " "))'")
  }

  /// In the words for an unknown environment, with the services it could have been as well.
  private static func unknown(_ word: String, in project: Project) throws(Failure) -> Failure {
    do {
      _ = try project.environment(word)
    } catch {
      guard let current = try? project.environment(nil) else { return error }
      let services = try project.services(of: current)
      guard !services.isEmpty else { return error }
      return error.hinting(
        "the services of \(current.name.text.quoted) are \(services.joined(separator: ", "))")
    }
    return Failure("no environment \(word.quoted)")
  }

  /// The words that say that an environment has no such service, and which it has.
  package static func unknown(
    _ word: String, in environment: EnvironmentRecord, _ services: [String]
  ) -> Failure {
    let failure = Failure(
      "environment \(environment.name.text.quoted) has no service \(word.quoted)")
    guard !services.isEmpty else {
      return failure.hinting("to see what it has, run 'piko status \(environment.name)'")
    }
    if let near = NearestName.of(word, among: services) {
      return failure.hinting("the most similar service is \(near.quoted)")
    }
    return failure.hinting("it has \(services.joined(separator: ", "))")
  }
}
