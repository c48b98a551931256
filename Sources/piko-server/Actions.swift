import FoundationEssentials
import PikoCore

/// The verbs that the server runs for its pages. They go on when the page that asked is gone.
actor Actions {
  private let live: Live
  private var all: [Action] = []
  private var running: [Int: RunningProgram] = [:]
  private var lastID = 0
  private var isClosed = false

  /// How many that have ended are remembered.
  private static let kept = 20

  init(telling live: Live) { self.live = live }

  /// Starts a verb.
  ///
  /// - Returns: the action as it begins, and what gives it as it ended.
  /// - Throws: where the server is about to end, or the program cannot be started.
  func begin(_ order: Order) async throws -> (Action, Task<Action, Never>) {
    guard !isClosed else { throw Failure("the server is ending", status: .cannotStart) }
    lastID += 1
    var action = Action(order, id: lastID, startedAt: Int(Date().timeIntervalSince1970))
    if order.verb == "edit" {
      return try await (action, open(order, as: action))
    }
    let program = try RunningProgram(
      order.program, order.arguments, in: order.root, environment: Order.childEnvironment)
    let id = lastID
    running[id] = program
    let told = AsyncStream<Told> { continuation in
      Background.start {
        let status = program.follow { stream, line in
          continuation.yield(stream == .errors ? .narration(line) : .answer(line))
        }
        continuation.yield(.end(status))
        continuation.finish()
      }
    }
    if !order.isDryRun { await keep(action) }
    let begun = action
    let task = Task {
      for await news in told {
        switch news {
        case .narration(let line):
          action.note(line)
          if !order.isDryRun { await live.tell("progress", Progress(id: id, line: line.masked)) }
        case .answer(let line): action.answer(line)
        case .end(let status): action.end(status)
        }
      }
      await ended(action, isDryRun: order.isDryRun)
      return action
    }
    return (begun, task)
  }

  /// Those that run and the last that have ended, the newest last.
  func list() -> [Action] { all }

  func action(_ id: Int) -> Action? { all.first { $0.id == id } }

  /// Takes no more, and gives those that still run.
  func close() -> [Action] {
    isClosed = true
    return all.filter { $0.state == .running }
  }

  /// Whether none runs.
  var isIdle: Bool { running.isEmpty }

  /// Asks all that run to end; each undoes or journals what it began.
  func terminate() { for program in running.values { program.terminate() } }

  /// An editor is started and left alone; only that it fails at once can be told.
  private func open(_ order: Order, as begun: Action) async throws -> Task<Action, Never> {
    var action = begun
    await keep(action)
    do {
      let ended = try await Background.run {
        try order.program.detach(
          order.arguments, in: order.root, environment: Order.childEnvironment,
          patience: .seconds(2))
      }
      for line in (ended?.errors ?? "").split(separator: "\n") { action.note(String(line)) }
      action.end(ended?.status ?? 0)
    } catch let failure as Failure {
      action.note("error: \(failure.message)")
      action.end(failure.status.code)
    }
    await ended(action, isDryRun: false)
    let result = action
    return Task { result }
  }

  private func keep(_ action: Action) async {
    all.append(action)
    if all.count > Self.kept, let old = all.firstIndex(where: { $0.state != .running }) {
      all.remove(at: old)
    }
    await live.tell("action", action)
  }

  private func ended(_ action: Action, isDryRun: Bool) async {
    running[action.id] = nil
    if let index = all.firstIndex(where: { $0.id == action.id }) { all[index] = action }
    guard !isDryRun else { return }
    await live.tell("action", action)
    await live.askGitSoon()
  }

  private enum Told: Sendable {
    case narration(String)
    case answer(String)
    case end(Int32)
  }

  private struct Progress: Encodable {
    let id: Int
    let line: String
  }
}
