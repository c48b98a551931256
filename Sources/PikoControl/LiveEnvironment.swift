import PikoCompose
package import PikoConfig
package import PikoCore
package import PikoProject
package import PikoStore
import SystemPackage

/// An environment that exists, with the means to act on it: what create goes on with once the
/// worktree is there, and what later verbs bring up.
package struct LiveEnvironment {
  package let record: EnvironmentRecord
  package let project: Project
  package let environment: Environment
  let state: State
  let register: Register
  let registered: RegisteredEnvironment
  let narrator: Narrator

  package init(_ record: EnvironmentRecord, in project: Project, narrator: Narrator) throws {
    self.record = record
    self.narrator = narrator
    guard let state = project.state,
      let register = try Register.existing(in: Paths.stateDirectory()),
      let registered = try record.name == .sharedServices
        ? register.sharedEnvironment(ofRoot: project.root)
        : register.environment(named: record.name, ofRoot: project.root)
    else { throw Project.unregistered(record.name) }
    self.project = project
    self.state = state
    self.register = register
    self.registered = registered
    environment = try project.environment(record)
  }

  /// Whether it stands for the project's shared services.
  var isShared: Bool { registered.isShared }

  /// The directory that Compose runs in: the worktree; of shared services the main checkout.
  var composeDirectory: FilePath { isShared ? project.root : record.path }

  /// What the environment is configured with now.
  package func configuration() throws -> ProjectConfiguration {
    try Configuration.load(root: project.root, worktree: record.path)
  }

  /// Makes sure the scripts that may run are approved.
  package func approveScripts(_ consent: Consent) throws {
    let approving = try Approving(
      configuration(), root: project.root, named: record.name.text)
    if try approving.isSettled(in: project) { return }
    try approving.ask(in: project, consent: consent)
    if let registered = try register.projects.project(atRoot: project.root) {
      try approving.record(for: registered, in: register)
    }
  }

  /// Makes sure that the names in the configuration are known ones, now that all are.
  ///
  /// - Throws: with the place of the first one that is not.
  package func checkNames() throws {
    let configuration = try configuration()
    let services = try project.services(of: record) + configuration.ports.map(\.name)
    try configuration.requireOpen(among: services)
    if !configuration.environment.isEmpty { _ = try project.variables(of: record) }
  }

  /// Runs the setup script where there is one that has not ended well yet: the last step of bringing
  /// an environment up.
  package func setUp(in operation: Operation) throws {
    let setup = try (state.environment(named: record.name) ?? record).setup
    guard setup != .done else { return }
    guard try configuration().scripts[.setup] != nil else {
      if setup != .absent { try state.setSetup(.absent, of: record.name) }
      return
    }
    try operation.step(.setup) {
      try state.setSetup(.begun, of: record.name)
      try run(.setup)
      try state.setSetup(.done, of: record.name)
    }
  }

  /// Runs one of the project's scripts in the worktree, where it has that one.
  ///
  /// The file is read once, and what it says **now** must be approved: an earlier script may have
  /// changed it.
  ///
  /// - Parameter hint: what to do where its status is not 0, or it has removed the worktree.
  package func run(_ script: Script, hint: String? = nil) throws {
    let configuration = try configuration()
    guard let text = configuration.scripts[script] else { return }
    try project.requireApproval(of: configuration, for: record)
    narrator.say("running the \(script.rawValue) script")
    let variables = try project.variables(
      of: state.environment(named: record.name) ?? record, beforePorts: script == .prepare)
    try Scripts(worktree: record.path, variables: variables).run(
      script, text, hint: hint)
    try requireLeft(by: script, hint: hint)
    narrator.finished("Ran \(script.rawValue) script")
  }

  /// - Throws: where a script has ended well and the worktree is gone.
  func requireLeft(by script: Script, hint: String? = nil) throws(Failure) {
    guard !FileCopy.isDirectory(record.path) || !FileCopy.exists(record.path.appending(".git"))
    else { return }
    throw Failure(
      "the \(script.rawValue) script has removed the worktree \(Paths.display(record.path).quoted)",
      hint: hint)
  }
}
