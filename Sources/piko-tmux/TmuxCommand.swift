import ArgumentParser
import PikoControl
import PikoCore
import PikoProject
import PikoSession
import PikoStore

/// Makes, ends or names an environment's tmux session, and is what runs in the session's windows.
struct TmuxCommand: Command {
  static let configuration = CommandConfiguration(
    commandName: "piko-tmux", abstract: "Make an environment's session, or end it",
    usage: "piko-tmux [--kill | --print] [NAME]")

  @Flag(name: .long, help: "End the session.") var kill = false
  @Flag(name: .long, help: "Print the session's name, and make nothing.") var print = false
  @Option(help: "Be the process of one of its windows.") var window: String?
  @Argument(help: "The environment, or its branch (default: the current one).") var name: String?

  func perform() throws {
    guard [kill, print, window != nil].filter(\.self).count < 2 else {
      throw Misuse("'--kill', '--print' and '--window' exclude each other")
    }
    if let window { try WindowProcess(window, of: name).run() }
    let project = try Project.current()
    let record = try project.environment(name)
    if kill { return try end(record, in: project) }
    if !print {
      Interrupt.trap()
      _ = try SessionEntry.make(record, in: project, verb: "tmux")
    }
    // The user may have renamed it.
    let session = EnvironmentSession(of: record, in: project)
    Output.line(try session.presence()?.name ?? session.name)
  }

  private func end(_ record: EnvironmentRecord, in project: Project) throws {
    try SessionEntry.requireTmux()
    Interrupt.ignoreHangup()
    let session = EnvironmentSession(of: record, in: project)
    try session.requireNameFree()
    guard try session.kill() != nil else {
      throw Failure(
        "environment \(record.name.text.quoted) has no session",
        hint: "to make it, run 'piko tmux \(record.name)'")
    }
  }
}
