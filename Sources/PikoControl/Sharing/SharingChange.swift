import PikoCompose
import PikoConfig
package import PikoCore
package import PikoProject
import PikoSession
import PikoStore
import SystemPackage

/// What `piko share` and `piko isolate` do: they decide for the project, and bring the environments
/// there are into line. Cut off at any point, the same command again goes on.
package struct SharingChange {
  let project: Project
  /// The service it is about.
  package let service: String
  let isShared: Bool
  let narrator: Narrator

  private var verb: String { isShared ? "share" : "isolate" }

  /// - Parameter isShared: whether the service is to run once for all, or in each environment.
  package init(
    _ service: String, isShared: Bool, in project: Project, narrator: Narrator
  ) {
    self.project = project
    self.service = service
    self.isShared = isShared
    self.narrator = narrator
  }

  /// Decides, and recreates what runs.
  ///
  /// - Parameter approves: whether environments may be recreated without asking.
  /// - Throws: where the service cannot be shared; where the user does not agree; where an
  ///   environment cannot be brought into line, with the decision made.
  package func perform(approves: Bool) throws {
    guard let state = project.state, let register = project.register,
      let registered = try register.sharedEnvironment(ofRoot: project.root)
    else {
      throw Failure(
        "no environment was made here yet: \(Paths.display(project.root).quoted)",
        hint:
          "to make the first one with it, run 'piko create NAME --\(isShared ? "shared" : "isolate") \(service)'"
      )
    }
    let lock = try EnvironmentLock.acquire(
      .sharedServices, root: project.root, verb: verb, waits: true, narrator: narrator)
    defer { lock.release() }
    let live = try LiveEnvironment(
      project.sharedServices(as: registered), in: project, narrator: narrator)
    try live.closeCutOff()
    try check(state)
    let affected = try affected(state, register)
    try refuseAnotherEngine(live)
    let renewed = try isShared && changes().contains(service)
    try ask(affected, renews: renewed, approves: approves)
    try live.journalled(verb) { operation in
      try operation.step(.decide, undoing: service) {
        try state.decide(service, isShared: isShared, network: registered.composeProject)
      }
      if renewed {
        try operation.step(.start) {
          try SharedServices(of: project, narrator: narrator)?.renew([service])
        }
      }
      // What one environment fails at keeps neither the others from it nor the rest from its end.
      var attempts = Attempts()
      try operation.step(.recreate) { try recreate(affected, &attempts) }
      try operation.step(.retire) {
        try attempts.attempt {
          let services = try SharedServices(of: project, narrator: narrator)
          try services?.retire()
          try services?.stopUnused()
        }
      }
      try attempts.finish()
    }
    try tell(register)
  }

  /// Refuses where another engine than the one that is asked has what would have to change.
  private func refuseAnotherEngine(_ shared: LiveEnvironment) throws {
    for record in try project.environments() + [shared.record] {
      guard let former = try FormerEngine(of: record, in: project),
        try containers(of: record).isEmpty
      else { continue }
      try former.refuse("\(verb) \(service.quoted) for", "piko \(verb) \(service)")
    }
  }

  private func check(_ state: State) throws {
    // What is shared can be given up whatever became of its definition.
    if !isShared, try isKnown(in: state) {
      guard let main = try? SharedDefinition.main(in: project) else { return }
      return try SharingRules.checkGivingUp(service, in: main, shared: decided(in: state))
    }
    guard let main = try SharedDefinition.main(in: project) else {
      throw Failure(
        "cannot \(verb) \(service.quoted): the main checkout has no compose file",
        hint: "see what is there: 'ls \(Paths.argument(project.root))'")
    }
    try SharingRules.requireService(service, in: main, main, to: verb)
    guard isShared else { return }
    let others = try SharedChoice.ofProject(project, state).union([service])
    try SharingRules.check(service, in: main, main, shared: others, project: project)
  }

  /// Whether the service is shared by the project or by one of its environments.
  private func isKnown(in state: State) throws -> Bool {
    let users = try project.register?.consumers(ofRoot: project.root) ?? []
    return try SharedChoice.ofProject(project, state).contains(service)
      || users.contains { $0.uses.contains { $0.service == service } }
  }

  /// What is to be shared by the project or by one of its environments, whatever they use now.
  private func decided(in state: State) throws -> Set<String> {
    try project.environments().reduce(into: SharedChoice.ofProject(project, state)) {
      $0.formUnion(try state.ownSharing(of: $1.name).filter(\.value).keys)
    }
  }

  private func changes() throws -> Set<String> {
    try SharedServices(of: project, narrator: narrator)?.changed() ?? []
  }

  // MARK: - The environments

  /// The environments that have it otherwise than decided: they run a copy of their own, or use the
  /// shared one.
  private func affected(_ state: State, _ register: Register) throws -> [EnvironmentRecord] {
    try project.environments().filter { record in
      guard record.status == .ready, FileCopy.isDirectory(record.path),
        let registered = try project.registered(record)
      else { return false }
      if isShared, try state.ownSharing(of: record.name)[service] == false {
        narrator.say("\(record.name) keeps its own \(service): it was created so")
        return false
      }
      let uses = try register.sharedUses(of: registered).contains { $0.service == service }
      if uses != isShared {
        return try uses || register.services(of: registered).contains(service)
      }
      // What an earlier try left: a copy beside the shared one, no copy that was ever started, or
      // others that were made anew and not started.
      let containers = try containers(of: record)
      let own = containers.filter { $0.service == service }
      return try isShared
        ? !own.isEmpty || isCutOff(record, containers)
        : own.allSatisfy { $0.state == .created } && runs(record) && !uses
          && register.services(of: registered).contains(service)
    }
  }

  private func containers(of record: EnvironmentRecord) throws -> [EngineContainer] {
    guard try project.composeVariables(of: record).map({ !$0.isEmpty }) ?? true else { return [] }
    return try EngineObjects(project.environment(record), on: Engine()).containers()
      .filter { !$0.isOneOff }
  }

  private func runs(_ record: EnvironmentRecord) throws -> Bool {
    let containers = try containers(of: record)
    return try containers.contains(where: \.isAlive) || isCutOff(record, containers)
      || project.isUpByShared(record)
  }

  /// Whether Compose was cut off in an environment that is up: it has made what it did not start.
  private func isCutOff(_ record: EnvironmentRecord, _ containers: [EngineContainer]) -> Bool {
    record.isUp && containers.contains { $0.state == .created }
  }

  private func ask(
    _ affected: [EnvironmentRecord], renews: Bool, approves: Bool
  ) throws {
    let running = try affected.filter(runs).map(\.name.text)
    guard !approves, !running.isEmpty || renews else { return }
    var questions: [String] = []
    if !running.isEmpty {
      let names = running.joined(separator: ", ")
      questions.append(
        isShared
          ? "the \(service) of \(names) is replaced by the shared one; its named volumes stay"
          : "\(names) get a \(service) of their own; the data of the shared one stays")
    }
    if renews {
      questions.append("the shared \(service) is made anew by its changed definition")
    }
    guard Terminal.canPrompt else {
      throw Failure(
        "cannot \(verb) \(service.quoted) without asking: \(questions.joined(separator: "; "))",
        hint: "to agree, run 'piko \(verb) --yes \(service)'")
    }
    for question in questions { Output.narrate(question) }
    guard Prompt.confirm("Do that now?") else {
      throw Failure("nothing was changed")
    }
  }

  private func recreate(_ affected: [EnvironmentRecord], _ attempts: inout Attempts) throws {
    for record in affected {
      try attempts.attempt(record.name.text) {
        do {
          try LiveEnvironment.change(record, in: project, verb: verb, narrator: narrator) {
            let isRunning = try runs(record)
            if isRunning { narrator.say("\(record.name):") }
            try $0.align(starting: isRunning, in: $1)
          }
        } catch {
          // Destroyed by somebody else meanwhile, it has nothing to be brought into line.
          guard Interrupt.received == nil,
            try project.state?.environment(named: record.name) == nil
          else { throw error }
          narrator.say("\(record.name) is gone meanwhile")
        }
      }
    }
  }

  private func tell(_ register: Register) throws {
    let users = try register.consumers(ofRoot: project.root)
      .filter { $0.uses.contains { $0.service == service } }.map(\.environment.name.text)
    guard isShared else {
      return narrator.finished("Each environment has its own \(service)")
    }
    narrator.finished(
      users.isEmpty
        ? "Environments share \(service) from now on"
        : "Shared \(service) (\(users.joined(separator: ", ")))")
  }
}

extension LiveEnvironment {
  /// Isolates anew, and starts what then is to run where it runs now.
  package func align(starting: Bool, in operation: Operation) throws {
    try operation.step(.isolate) { try isolate(isStrict: false, explains: false) }
    guard starting else { return }
    try operation.step(.start) { try start(freshVolumes: false) }
    // Its windows and variables are those of the services it has now.
    if Tmux().exists, try session.id() != nil { try makeSession(in: operation) }
  }
}

/// What the project shares, as configured and decided.
enum SharedChoice {
  static func ofProject(_ project: Project, _ state: State) throws -> Set<String> {
    let configured = try Configuration.load(root: project.root, worktree: project.root).shared
    var shared = Set(configured)
    for known in try state.sharedServices() {
      guard let decision = known.isShared else { continue }
      if decision { shared.insert(known.service) } else { shared.remove(known.service) }
    }
    return shared
  }
}
