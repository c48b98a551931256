internal import CPosix
import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Tells what long work is doing: one line for each finished step, and on a terminal a spinner with
/// the elapsed time while a step takes more than half a second. All of it on standard error.
package struct Narrator: Sendable {
  /// Says nothing but warnings and errors.
  package let isQuiet: Bool

  package init(quiet: Bool = false) { isQuiet = quiet }

  /// Does `work` while showing `doing`; afterwards prints what `done` says of its value, if anything.
  package func step<Value>(
    _ doing: String, done: (Value) -> String?, _ work: () throws -> Value
  ) throws -> Value {
    try counting(doing, done: done) { _ in try work() }
  }

  /// The same for work on many things, which is given what to call with the number of those that are
  /// done; that is shown behind `doing`.
  package func counting<Value>(
    _ doing: String, done: (Value) -> String?, _ work: ((Int) -> Void) throws -> Value
  ) throws -> Value {
    let spinner = isQuiet || !Terminal.errorIsTerminal || Terminal.isDumb ? nil : Spinner(doing)
    let value: Value
    do {
      value = try work { spinner?.count = $0 }
    } catch {
      spinner?.stop()
      throw error
    }
    spinner?.stop()
    if let text = done(value) { finished(text) }
    return value
  }

  /// Prints the line of a finished step.
  package func finished(_ text: String) {
    guard !isQuiet else { return }
    let colour = Terminal.allowsColour(onTerminal: Terminal.errorIsTerminal)
    Output.narrate("\(Colour.green.paint("✓", when: colour)) \(text.masked)")
  }

  /// Prints a line about what goes on.
  package func say(_ text: String) {
    if !isQuiet { Output.narrate(text.masked) }
  }
}

/// The moving line of a running step, drawn by a thread of its own.
private final class Spinner: Sendable {
  private static let frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"]
  private let text: String
  private let counted = Atomic<Int>(0)
  private let isOver = Atomic<Bool>(false)
  private let isDrawn = Atomic<Bool>(false)
  private let thread: Mutex<pthread_t?> = Mutex(nil)

  init(_ text: String) {
    self.text = text
    var identifier = pthread_t()
    let created = pthread_create(
      &identifier, nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<Spinner>.fromOpaque(argument).takeRetainedValue().draw()
        return nil
      }, Unmanaged.passRetained(self).toOpaque())
    if created == 0 { thread.withLock { $0 = identifier } }
  }

  /// How many things are done; 0 is not shown.
  var count: Int {
    get { counted.load(ordering: .relaxed) }
    set { counted.store(newValue, ordering: .relaxed) }
  }

  func stop() {
    isOver.store(true, ordering: .relaxed)
    if let thread = thread.withLock({ $0 }) { pthread_join(thread, nil) }
    if isDrawn.load(ordering: .relaxed) { Output.report("\r\u{1B}[K") }
  }

  private func draw() {
    // Signals belong to the thread that does the work: a wait there must be interrupted by them.
    var all = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_BLOCK, &all, nil)
    let started = ContinuousClock.now
    var frame = 0
    while !isOver.load(ordering: .relaxed) {
      usleep(50_000)
      let elapsed = ContinuousClock.now - started
      guard elapsed > .milliseconds(500), !isOver.load(ordering: .relaxed) else { continue }
      isDrawn.store(true, ordering: .relaxed)
      let number = count > 0 ? ": \(count)" : ""
      let line =
        "\(Spinner.frames[frame / 2 % 10]) \(text)\(number) (\(elapsed.components.seconds)s)"
      Output.report("\r\u{1B}[K\(line.prefix(Terminal.columns() - 1))")
      frame += 1
    }
  }
}
