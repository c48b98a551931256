import ArgumentParser
import PikoControl
import PikoCore
import PikoInspection
import PikoProject
import PikoStore

/// Brings environments up.
struct Up: Command {
  static let configuration = CommandConfiguration(
    commandName: "piko-up",
    abstract: "Start what does not run, and wait until it is ready",
    usage: "piko-up [OPTIONS] [NAME | --all]")

  @Flag(name: .long, help: "Every one that was not last put down.") var all = false
  @Option(
    help: ArgumentHelp("Seconds it may take (default: 120 of waiting).", valueName: "seconds"))
  var timeout: UInt16?
  @Flag(name: .long, help: "Build images first.") var build = false
  @Flag(name: .long, help: "Approve the project's scripts.") var yes = false
  @Option(
    help: ArgumentHelp(
      "Approve the project's scripts where they are those of a digest.", valueName: "digest"))
  var approve: String?
  @Flag(name: .long, help: "Print JSON.") var json = false
  @Flag(name: .shortAndLong, help: "Say nothing but warnings and errors.") var quiet = false
  @Argument(help: "The environment, or its branch (default: the current one).") var name: String?

  func perform() throws {
    guard !all || name == nil else { throw Misuse("'--all' takes no name") }
    guard !yes || approve == nil else { throw Misuse("'--yes' and '--approve' exclude each other") }
    let project = try Project.current()
    if name == EnvironmentName.sharedServices.text {
      guard !build, !json else { throw Misuse("'--build' and '--json' do not go with 'shared'") }
      Interrupt.trap()
      return try SharedServices.required(in: project, Narrator(quiet: quiet))
        .start(timeout: timeout.map { .seconds(Int64($0)) })
    }
    let records =
      all
      ? try project.environments().filter { !$0.isPutDown } : [try project.environment(name)]
    Interrupt.trap()
    guard all else {
      try bringUp(records[0], in: project)
      if json { try Output.json(answer(for: records[0], in: project)) }
      return
    }
    if records.isEmpty, !quiet {
      Output.narrate("no environment to bring up")
      if let first = try project.environments().first {
        Output.hint("to start one that was put down, run 'piko up \(first.name)'")
      }
    }
    var attempts = Attempts()
    for record in records {
      try attempts.attempt(record.name.text) { try bringUp(record, in: project) }
    }
    if json {
      try Output.json(Answer(environments: records.map { try answer(for: $0, in: project) }))
    }
    try attempts.finish()
  }

  private func bringUp(_ record: EnvironmentRecord, in project: Project) throws {
    var request = UpRequest()
    request.timeout = timeout.map { .seconds(Int64($0)) }
    request.builds = build
    let narrator = Narrator(quiet: quiet)
    if all { narrator.say("\(record.name):") }
    try LiveEnvironment.change(record, in: project, verb: "up", narrator: narrator) {
      try $0.approveScripts(Consent(yes: yes, digest: approve))
      try $0.bringUp(request, in: $1)
      guard try !$0.mayHaveContainers else { return }
      narrator.finished("Brought \(record.name) up: it has no containers")
    }
  }

  private func answer(
    for record: EnvironmentRecord, in project: Project
  ) throws -> EnvironmentAnswer {
    try Inspection(of: [project]).finding(of: project.reread(record), in: project)
      .answer
  }

  private struct Answer: Encodable {
    let environments: [EnvironmentAnswer]
  }
}
