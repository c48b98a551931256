import ArgumentParser
import PikoCore
import PikoDoctor

/// Checks that all is well, and mends what is not.
struct Doctor: Command {
  static let configuration = CommandConfiguration(
    commandName: "piko-doctor", abstract: "Check that all is well, and mend what is not")

  @Flag(name: .long, help: "Mend what can be mended without losing anything.") var fix = false
  @Flag(name: .long, help: "Examine all projects, not the current one alone.") var all = false
  @Flag(name: .long, help: "Print JSON.") var json = false

  func perform() throws {
    if fix {
      Interrupt.trap()
      // The directory this was typed in may be one of those that go.
      if let project = try? ProjectRoot.locate() { try ProcessEnvironment.enter(project.root) }
    }
    var lines: [Examination.Line] = []
    try Examination(mends: fix, isWhole: all).perform { line in
      lines.append(line)
      if !json { show(line) }
    }
    if json { try Output.json(Answer(checks: lines.map(CheckAnswer.init))) }
    if lines.contains(where: { $0.stands && $0.finding.severity == .error }) {
      throw Finished(.failed)
    }
  }

  private func show(_ line: Examination.Line) {
    let word = line.done == nil ? line.finding.severity.rawValue : "mended"
    let padding = String(repeating: " ", count: 8 - word.count)
    let colour: Colour =
      switch (line.done, line.finding.severity) {
      case (nil, .error): .red
      case (nil, .warning): .yellow
      default: .green
      }
    let label = colour.paint(
      word, when: Terminal.allowsColour(onTerminal: Terminal.outputIsTerminal))
    Output.line("\(label)\(padding)\(line.check): \(line.finding.text.masked)")
    let indent = String(repeating: " ", count: 8)
    if let done = line.done {
      Output.line("\(indent)\(done.masked)")
    } else if let failure = line.failure {
      Output.line("\(indent)not mended: \(failure.message)")
      for hint in failure.hints { Output.line("\(indent)\(hint)") }
    } else if let command = line.finding.command {
      let purpose = line.finding.severity == .ok ? "to remove it" : "to mend it"
      Output.line("\(indent)\(purpose): \(command.masked)")
    }
  }

  private struct Answer: Encodable {
    let checks: [CheckAnswer]
  }

  private struct CheckAnswer: Encodable {
    let name: String
    let result: String
    let message: String
    let command: String?
    let mended: String?

    init(_ line: Examination.Line) {
      name = line.check
      result = line.finding.severity.rawValue
      message = line.finding.text
      command = line.finding.command
      mended = line.done
    }
  }
}
