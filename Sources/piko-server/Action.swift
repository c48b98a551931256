import PikoCore

/// A verb that runs or ran, as the API gives it.
struct Action: Encodable, Sendable {
  let id: Int
  let verb: String
  let project: String
  let environment: String
  let startedAt: Int
  var state = State.running
  /// What it wrote to standard error, the last lines of it.
  var lines: [String] = []
  /// What it wrote to standard output.
  var output: [String] = []
  /// Its exit status; nil while it runs.
  var status: Int?
  /// Why it failed.
  var error: FailureAnswer?

  enum State: String, Encodable { case running, done, failed }

  /// How many lines are kept of each.
  private static let kept = 200

  init(_ order: Order, id: Int, startedAt: Int) {
    self.id = id
    verb = order.verb
    project = order.project
    environment = order.environment
    self.startedAt = startedAt
  }

  mutating func note(_ line: String) {
    lines.append(line.masked)
    if lines.count > Self.kept { lines.removeFirst(lines.count - Self.kept) }
  }

  mutating func answer(_ line: String) {
    if output.count < Self.kept { output.append(line.masked) }
  }

  mutating func end(_ status: Int32) {
    self.status = Int(status)
    state = status == 0 ? .done : .failed
    if status != 0 { error = FailureAnswer(narration: lines, verb: verb, status: status) }
  }

  private enum Key: CodingKey {
    case id, verb, project, environment, startedAt, state, lines, output, status, error
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(id, forKey: .id)
    try container.encode(verb, forKey: .verb)
    try container.encode(project, forKey: .project)
    try container.encode(environment, forKey: .environment)
    try container.encode(Timestamp.rfc3339(startedAt), forKey: .startedAt)
    try container.encode(state, forKey: .state)
    try container.encode(lines, forKey: .lines)
    try container.encode(output, forKey: .output)
    try container.encodeIfPresent(status, forKey: .status)
    try container.encodeIfPresent(error, forKey: .error)
  }
}

/// A failure as the API gives it: the verb's own words.
struct FailureAnswer: Encodable, Sendable {
  let message: String
  let hints: [String]
  let detail: String?
  /// The verb's exit status.
  let status: Int

  init(_ failure: Failure) {
    message = failure.message
    hints = failure.hints
    detail = failure.detail
    status = Int(failure.status.code)
  }

  /// Reads the last failure that a verb told of on standard error: an `error:` line, indented detail,
  /// `hint:` lines.
  init(narration lines: [String], verb: String, status: Int32) {
    self.status = Int(status)
    guard let begin = lines.lastIndex(where: { $0.hasPrefix("error: ") }) else {
      message = "'piko \(verb)' ended with status \(status)"
      hints = []
      detail = lines.isEmpty ? nil : lines.suffix(20).joined(separator: "\n")
      return
    }
    message = String(lines[begin].dropFirst("error: ".count))
    let rest = lines[(begin + 1)...]
    let details = rest.prefix { $0.hasPrefix("  ") }.map { String($0.dropFirst(2)) }
    detail = details.isEmpty ? nil : details.joined(separator: "\n")
    hints = rest.filter { $0.hasPrefix("hint: ") }.map { String($0.dropFirst("hint: ".count)) }
  }
}
