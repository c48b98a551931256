import Hummingbird
import PikoCompose
import PikoCore
import SystemPackage

/// What all pages see, kept up while there is one: the engine tells of its changes by itself, the
/// databases are looked at by their files' times, git is asked now and then.
actor Live {
  private var subscribers: [Int: Subscriber] = [:]
  private var lastID = 0
  private var watches: [Task<Void, Never>] = []
  private var survey: Survey?
  /// Each environment as it was last told.
  private var told: [EnvironmentView.Place: [UInt8]] = [:]
  private var toldProjects: [UInt8] = []
  private var git: [FilePath: GitAnswer] = [:]
  private var signatures: [FilePath: FileSignature] = [:]
  private var isReading = false
  private var isStale = false
  private var isScheduled = false
  private var gitIsDue = false
  private var actions: (@Sendable () async -> [Action])?

  private struct Subscriber {
    let continuation: AsyncStream<ByteBuffer>.Continuation
    var hasSnapshot = false
  }

  /// How many events may wait for a slow page, before it has to come again.
  private static let patience = 512

  /// Says where snapshots get the actions from.
  func include(_ actions: @escaping @Sendable () async -> [Action]) { self.actions = actions }

  // MARK: - Telling

  /// A stream of events: a snapshot first, then what changes.
  func subscribe() -> (Int, AsyncStream<ByteBuffer>) {
    let (stream, continuation) = AsyncStream.makeStream(
      of: ByteBuffer.self, bufferingPolicy: .bufferingOldest(Self.patience))
    lastID += 1
    subscribers[lastID] = Subscriber(continuation: continuation)
    if watches.isEmpty { watch() }
    Task { await refresh() }
    return (lastID, stream)
  }

  func unsubscribe(_ id: Int) {
    subscribers.removeValue(forKey: id)?.continuation.finish()
    guard subscribers.isEmpty else { return }
    for watch in watches { watch.cancel() }
    watches = []
  }

  /// Tells every page that has its snapshot.
  func tell(_ event: String, _ value: some Encodable) {
    guard let bytes = try? Output.document(value) else { return }
    tell(event, bytes)
  }

  private func tell(_ event: String, _ document: [UInt8]) {
    let buffer = Self.event(event, document)
    for (id, subscriber) in subscribers where subscriber.hasSnapshot { send(buffer, to: id) }
  }

  /// What a page cannot take in time would be missing for ever: it begins again instead.
  private func send(_ buffer: ByteBuffer, to id: Int) {
    guard let subscriber = subscribers[id] else { return }
    if case .dropped = subscriber.continuation.yield(buffer) { subscriber.continuation.finish() }
  }

  private static func event(_ name: String, _ document: [UInt8]) -> ByteBuffer {
    var buffer = ByteBuffer()
    buffer.writeString("event: \(name)\ndata: ")
    buffer.writeBytes(document)  // one line, its newline too
    buffer.writeString("\n")
    return buffer
  }

  // MARK: - Reading

  /// Reads everything anew and tells what is different.
  func refresh() async {
    guard !isReading else {
      isStale = true
      return
    }
    isReading = true
    repeat {
      isStale = false
      let git = git
      do {
        await adopt(try await Background.run { try Survey(git: git) })
      } catch {
        await adopt(Survey(failing: error, after: survey))
      }
    } while isStale
    isReading = false
  }

  private func adopt(_ new: Survey) async {
    let actions = await actions?() ?? []
    survey = new
    signatures = new.signatures
    var current: [EnvironmentView.Place: [UInt8]] = [:]
    for environment in new.environments {
      guard let document = try? Output.document(environment) else { continue }
      current[environment.place] = document
      if told[environment.place] != document { tell("environment", document) }
    }
    for place in told.keys where current[place] == nil { tell("gone", place) }
    told = current
    let projects = (try? Output.document(new.overview)) ?? []
    if projects != toldProjects { tell("projects", projects) }
    toldProjects = projects
    guard subscribers.values.contains(where: { !$0.hasSnapshot }),
      let document = try? Output.document(Snapshot(survey: new, actions: actions))
    else { return }
    let buffer = Self.event("snapshot", document)
    for (id, subscriber) in subscribers where !subscriber.hasSnapshot {
      subscribers[id]?.hasSnapshot = true
      send(buffer, to: id)
    }
  }

  private struct Snapshot: Encodable {
    let survey: Survey
    let actions: [Action]

    private enum Key: CodingKey { case environments, actions }

    func encode(to encoder: any Encoder) throws {
      try survey.overview.encode(to: encoder)
      var container = encoder.container(keyedBy: Key.self)
      try container.encode(survey.environments, forKey: .environments)
      try container.encode(actions, forKey: .actions)
    }
  }

  // MARK: - Watching

  /// Something has changed; what comes within a moment is read at once.
  func changed() {
    guard !isScheduled else { return }
    isScheduled = true
    Task {
      try? await Task.sleep(for: .milliseconds(40))
      isScheduled = false
      await refresh()
    }
  }

  /// Has git asked at the next opportunity: a verb has just done something to a worktree.
  func askGitSoon() {
    gitIsDue = true
    changed()
  }

  private func watch() {
    gitIsDue = true
    watches = [
      Task { await self.watchEngine() }, Task { await self.watchDatabases() },
      Task { await self.watchWorktrees() }, Task { await self.keepAlive() },
    ]
  }

  private func watchEngine() async {
    var pause = Duration.seconds(1)
    while !Task.isCancelled {
      let watch = EngineWatch(labels: [Label.environment])
      let began = ContinuousClock.now
      await withTaskCancellationHandler {
        _ = try? await Background.run { try watch.run { Task { await self.changed() } } }
      } onCancel: {
        watch.stop()
      }
      // An engine that went away, and later one that comes back, are news as well.
      changed()
      pause = ContinuousClock.now - began > .seconds(5) ? .seconds(1) : min(pause * 2, .seconds(8))
      try? await Task.sleep(for: pause)
    }
  }

  private func watchDatabases() async {
    while !Task.isCancelled {
      try? await Task.sleep(for: .milliseconds(250))
      let isNew = signatures.contains { $0.value != FileSignature(ofDatabase: $0.key) }
      if isNew { changed() }
    }
  }

  /// Asks git often while that is cheap: at most a twentieth of the time goes into it.
  private func watchWorktrees() async {
    var next = ContinuousClock.now
    while !Task.isCancelled {
      if let survey, gitIsDue || ContinuousClock.now > next {
        gitIsDue = false
        let began = ContinuousClock.now
        let answers = (try? await Background.run { survey.askGit() }) ?? [:]
        if answers != git {
          git = answers
          changed()
        }
        next = .now + max(.seconds(5), (ContinuousClock.now - began) * 20)
      }
      try? await Task.sleep(for: .milliseconds(200))
    }
  }

  /// Finds out that a page is gone where its connection does not say so.
  private func keepAlive() async {
    while !Task.isCancelled {
      try? await Task.sleep(for: .seconds(20))
      for id in subscribers.keys { send(ByteBuffer(string: ": still here\n\n"), to: id) }
    }
  }
}
