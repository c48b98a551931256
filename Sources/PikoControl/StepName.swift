import PikoCore

/// The steps that the journal records, by the verbs that take them.
package enum StepName: String, Sendable, CaseIterable {
  // create, in order
  case reserve
  case worktree
  case copy
  case prepare
  case isolate
  case start
  case session
  case setup
  // destroy, in order
  case destroyScript = "destroy-script"
  case containers
  case volumes
  case endSession = "end-session"
  case removeWorktree = "remove-worktree"
  case branch
  case release
  // the verbs that act on what exists
  case compare
  case reassign
  case restart
  case stop
  // share and isolate
  case decide
  case recreate
  case retire
}

/// Faults that tests put into a step by its name, so that what follows a failure or a `kill -9` can
/// be seen: `PIKO_TEST_FAULT=worktree:fail` or `worktree:kill`, with `after-` before the step's name
/// for the moment when it has acted and is not yet recorded as done.
enum Fault {
  private static let wanted = ProcessEnvironment.value("PIKO_TEST_FAULT")

  static func check(_ step: StepName, after: Bool = false) throws {
    guard let wanted else { return }
    let here = (after ? "after-" : "") + step.rawValue
    if wanted == "\(here):fail" { throw Failure("injected fault in step \(here.quoted)") }
    if wanted == "\(here):kill" { Interrupt.killSelf() }
  }
}
