package import PikoCore
package import SystemPackage

/// Docker Compose, by its command line: the only part of piko that runs it.
package struct Compose: Sendable {
  private let program: Program
  /// What leads to Compose before each call's own arguments.
  private let leading: [String]
  private let memory: ModelMemory

  /// - Parameters:
  ///   - models: the directory in which models are remembered; none are where nil.
  ///   - installation: what is known of Compose's own file; `docker compose` is run where nil.
  package init(
    rememberingIn models: FilePath? = (try? Paths.stateDirectory())?.appending("models"),
    as installation: ComposeInstallation? = .remembered()
  ) {
    memory = ModelMemory(in: models)
    if let plugin = installation?.plugin {
      program = Program(plugin.string)
      leading = []
    } else {
      program = Program("docker")
      leading = ["compose"]
    }
  }

  /// A model together with what Compose warned about.
  package struct Reading: Sendable {
    package let model: Model
    package let warnings: [String]
    /// Whether Compose was not asked, as it had been before about the same files.
    package var isRemembered = false
  }

  // MARK: - Reading

  /// The project's model with all its profiles, no engine needed.
  ///
  /// Where a path lies outside the worktree, Compose is asked a second time for the paths as they
  /// are written.
  ///
  /// - Parameters:
  ///   - root: the main checkout, for hints about files that only it has.
  ///   - remembering: takes what Compose said of the same files before, and keeps what it says now.
  /// - Throws: in Compose's own words where it refuses the files.
  package func model(
    of project: ComposeProject, root: FilePath, remembering: Bool = false
  ) throws(Failure) -> Reading {
    let question = question(in: project.directory, project.variables, files: project.files)
    let entry = remembering ? memory.entry(for: question) : nil
    if let entry, let known = memory.answer(entry) {
      return Reading(model: Model(known), warnings: [], isRemembered: true)
    }
    let (document, warnings) = try config(question, root: root)
    let model = Model(document)
    guard project.override == nil,
      ModelPaths.leave(project.directory.lexicallyNormalized(), in: model)
    else {
      if warnings.isEmpty { keep(document, question, entry) }
      return Reading(model: model, warnings: warnings)
    }
    let (unresolved, _) = try config(question, root: root, ["--no-path-resolution"])
    return Reading(model: Model(document, unresolved: unresolved), warnings: warnings)
  }

  /// Keeps an answer where what it was read from is still what it was when it was asked for.
  private func keep(
    _ document: JSONValue, _ question: ModelMemory.Question, _ entry: ModelMemory.Entry?
  ) {
    guard let entry, memory.entry(for: question) == entry else { return }
    memory.keep(document, as: entry)
  }

  /// The main checkout's model under the project name that Compose itself gives it: by `name:`, its
  /// `.env` or its directory.
  ///
  /// - Throws: in Compose's own words where it refuses the files.
  package func mainModel(in root: FilePath, files: [FilePath]) throws(Failure) -> Model {
    var variables = ComposeProject(name: "", directory: root, files: files).variables
    variables["COMPOSE_PROJECT_NAME"] = nil
    let question = question(in: root, variables, files: files)
    let entry = memory.entry(for: question)
    if let entry, let known = memory.answer(entry) { return Model(known) }
    let (document, _) = try config(question, root: root)
    keep(document, question, entry)
    return Model(document)
  }

  /// What is wrong in the files of a checkout that Compose refuses.
  package struct Complaint: Sendable {
    /// Compose's words in one line, the file's path left out of them.
    package let reason: String
    /// The file it speaks of; nil where that is not known.
    package let file: FilePath?
  }

  /// What Compose says against the files of a checkout.
  ///
  /// - Returns: nil where it says nothing, and where what it misses may be elsewhere, or come later: a
  ///   file that they name, the value of a variable.
  package func complaint(in directory: FilePath, files: [FilePath]) throws(Failure) -> Complaint? {
    let variables = ComposeProject(name: "piko", directory: directory, files: files).variables
    let question = question(in: directory, variables, files: files)
    let result = try program.run(
      leading + ["config", "--quiet"], in: directory,
      environment: ChildEnvironment(question.variables))
    let messages = ComposeMessages(result.errors)
    guard !result.succeeded, !messages.missesSomething else { return nil }
    var reason = messages.lines.joined(separator: " ")
    let file = files.first { reason.contains("\($0): ") } ?? (files.count == 1 ? files[0] : nil)
    if let file { reason = reason.replacing("validating \(file): ", with: "") }
    return Complaint(reason: reason, file: file)
  }

  private func question(
    in directory: FilePath, _ variables: [String: String], files: [FilePath]
  ) -> ModelMemory.Question {
    ModelMemory.Question(
      directory: directory, files: files,
      variables: ChildEnvironment.pinned().setting(variables).setting(["COMPOSE_PROFILES": "*"])
        .variables)
  }

  private func config(
    _ question: ModelMemory.Question, root: FilePath, _ options: [String] = []
  ) throws(Failure) -> (JSONValue, [String]) {
    let result = try program.run(
      leading + ["config", "--format", "json"] + options, in: question.directory,
      environment: ChildEnvironment(question.variables))
    let messages = ComposeMessages(result.errors)
    guard result.succeeded else {
      throw messages.configFailure(
        worktree: question.directory, root: root, files: question.files)
    }
    do {
      return (try JSONValue(parsing: result.output), messages.warnings)
    } catch {
      throw Failure("cannot read the answer of 'docker compose config': it is not JSON")
    }
  }

  // MARK: - Acting

  /// How ``up(_:_:)`` goes about it.
  package struct UpOptions: Sendable, Equatable {
    /// The services; empty for all.
    package var services: [String]
    /// Builds images first.
    package var build: Bool
    /// Makes the containers again even where nothing changed.
    package var recreate: Bool
    /// Starts the containers; otherwise they are only made, and what is no longer in the model goes.
    package var starts: Bool
    /// Leaves the services they depend on alone.
    package var withoutDependencies: Bool
    /// Only makes what is missing or differs from the model, and starts nothing.
    package var withoutStarting = false
    /// Shows Compose's progress on standard error; its words are then not part of a failure.
    package var showingProgress: Bool
    /// How long it may take; as long as it does where nil. Compose itself waits for services that
    /// others depend on. Not with ``showingProgress``.
    package var timeout: Duration?

    package init(
      services: [String] = [], build: Bool = false, recreate: Bool = false,
      starts: Bool = true, withoutDependencies: Bool = false, showingProgress: Bool = false,
      timeout: Duration? = nil
    ) {
      self.timeout = timeout
      self.services = services
      self.build = build
      self.recreate = recreate
      self.starts = starts
      self.withoutDependencies = withoutDependencies
      self.showingProgress = showingProgress
    }
  }

  /// Creates and starts the project's containers, detached, and gives Compose's warnings.
  ///
  /// Containers that are as wanted are left alone, so twice is the same as once.
  package func up(
    _ project: ComposeProject, _ options: UpOptions = UpOptions()
  ) throws(Failure) -> [String] {
    var arguments = [
      "up", options.withoutStarting ? "--no-start" : "--detach", "--remove-orphans",
    ]
    if options.build { arguments.append("--build") }
    if options.recreate { arguments.append("--force-recreate") }
    if !options.starts { arguments.append("--no-start") }
    if options.withoutDependencies { arguments.append("--no-deps") }
    return try act(
      arguments + services(options.services), project, "cannot start the containers",
      showingProgress: options.showingProgress, timeout: options.timeout)
  }

  /// Stops the project's containers and keeps them.
  ///
  /// - Parameter timeout: seconds a container has before it is killed; Compose's own where nil.
  package func stop(
    _ project: ComposeProject, services names: [String] = [], timeout: Int? = nil
  ) throws(Failure) -> [String] {
    // All profiles: what runs by one that is off now is stopped too.
    try act(
      ["stop"] + seconds(timeout) + services(names), project, "cannot stop the containers",
      setting: ["COMPOSE_PROFILES": "*"])
  }

  /// Stops the containers of the Compose project `name`, dependents first, whatever its files say or
  /// whether there are any: Compose finds them by their labels.
  package func stop(named name: String) throws(Failure) -> [String] {
    // Compose looks for files in the parent directories too: the top has none above it.
    let result = try program.run(
      leading + ["--project-name", name, "stop"], in: "/", environment: .pinned())
    return try outcome(of: result, "cannot stop the containers of \(name.quoted)")
  }

  /// The ids of the containers of the Compose project `name` on the engine that Compose asks.
  package func containers(named name: String) throws(Failure) -> Set<String> {
    let result = try program.run(
      leading + ["--project-name", name, "ps", "--all", "--quiet"], in: "/", environment: .pinned())
    _ = try outcome(of: result, "cannot list the containers of \(name.quoted)")
    return Set(result.text.split(separator: "\n").map(String.init))
  }

  /// Stops and starts containers again.
  package func restart(
    _ project: ComposeProject, services names: [String] = [], timeout: Int? = nil
  ) throws(Failure) -> [String] {
    try act(
      ["restart"] + seconds(timeout) + services(names), project, "cannot restart the containers")
  }

  /// Stops and starts containers of the Compose project `name` again, dependents after what they
  /// depend on, whatever its files say or whether there are any.
  package func restart(named name: String, services names: [String] = []) throws(Failure)
    -> [String]
  {
    // Compose looks for files in the parent directories too: the top has none above it.
    let result = try program.run(
      leading + ["--project-name", name, "restart"] + services(names), in: "/",
      environment: .pinned())
    return try outcome(of: result, "cannot restart the containers of \(name.quoted)")
  }

  /// Removes the containers and networks of the Compose project `name`, whatever its files say or
  /// whether there are any: Compose finds them by their labels.
  ///
  /// - Parameter volumes: removes its volumes, anonymous ones too. Compose only ever removes those
  ///   that carry the project's label.
  package func down(
    _ name: String, volumes: Bool = false, timeout: Int? = nil
  ) throws(Failure) -> [String] {
    var arguments = leading + ["--project-name", name, "down", "--remove-orphans"]
    if volumes { arguments.append("--volumes") }
    // Compose looks for files in the parent directories too: the top has none above it.
    let result = try program.run(
      arguments + seconds(timeout), in: "/", environment: .pinned())
    return try outcome(of: result, "cannot remove the containers of \(name.quoted)")
  }

  /// The last lines that a service's containers wrote.
  package func logs(
    _ project: ComposeProject, service: String, tail: Int = 20
  ) throws(Failure) -> String {
    let result = try program.run(
      leading + ["logs", "--no-color", "--no-log-prefix", "--tail", "\(tail)", "--", service],
      in: project.directory, environment: environment(of: project))
    guard result.succeeded else {
      throw ComposeMessages(result.errors).failure("cannot read the logs of \(service.quoted)")
    }
    return result.text
  }

  private func act(
    _ arguments: [String], _ project: ComposeProject, _ purpose: String,
    showingProgress: Bool = false, timeout: Duration? = nil, setting more: [String: String] = [:]
  ) throws(Failure) -> [String] {
    let environment = environment(of: project, more)
    guard showingProgress else {
      let result = try program.run(
        leading + arguments, in: project.directory, environment: environment,
        timeout: timeout)
      return try outcome(of: result, purpose)
    }
    let status = try program.passThrough(
      leading + arguments, in: project.directory, environment: environment,
      answerOnError: true)
    guard status == 0 else { throw Failure("\(purpose): see Compose's words above") }
    return []
  }

  private func outcome(
    of result: Program.Result, _ purpose: String
  ) throws(Failure) -> [String] {
    let messages = ComposeMessages(result.errors)
    guard result.succeeded else {
      var failure = messages.failure(purpose)
      let built = ComposeMessages.failedBuild(in: result.text)
      if !built.isEmpty {
        failure.detail = ([failure.detail].compactMap(\.self) + built).joined(separator: "\n")
      }
      throw failure
    }
    return messages.warnings
  }

  private func environment(
    of project: ComposeProject, _ more: [String: String] = [:]
  ) -> ChildEnvironment {
    ChildEnvironment.pinned().setting(project.variables).setting(more)
  }

  private func services(_ names: [String]) -> [String] { names.isEmpty ? [] : ["--"] + names }

  private func seconds(_ timeout: Int?) -> [String] {
    timeout.map { ["--timeout", "\($0)"] } ?? []
  }
}
