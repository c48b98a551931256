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
  private let isOver = Mutex<Bool>(false)

  init(_ text: String) {
    self.text = text
    var identifier = pthread_t()
    let spinner = Unmanaged.passRetained(self)
    let created = pthread_create(
      &identifier, nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<Spinner>.fromOpaque(argument).takeRetainedValue().draw()
        return nil
      }, spinner.toOpaque())
    if created == 0 { pthread_detach(identifier) } else { spinner.release() }
  }

  /// How many things are done; 0 is not shown.
  var count: Int {
    get { counted.load(ordering: .relaxed) }
    set { counted.store(newValue, ordering: .relaxed) }
  }

  /// Removes the line, for good; the thread ends by itself a little later.
  func stop() {
    isOver.withLock { $0 = true }
    Output.move(nil)
  }

  private func draw() {
    // Signals belong to the thread that does the work: a wait there must be interrupted by them.
    var all = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_BLOCK, &all, nil)
    let started = ContinuousClock.now
    var frame = 0
    while isOver.withLock({ !$0 }) {
      usleep(50_000)
      let elapsed = ContinuousClock.now - started
      guard elapsed > .milliseconds(500) else { continue }
      let number = count > 0 ? ": \(count)" : ""
      let line =
        "\(Spinner.frames[frame / 2 % 10]) \(text)\(number) (\(elapsed.components.seconds)s)"
      let shown = String(line.prefix(Terminal.columns() - 1))
      isOver.withLock { if !$0 { Output.move(shown) } }
      frame += 1
    }
  }
}
