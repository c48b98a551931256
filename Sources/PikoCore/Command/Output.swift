import FoundationEssentials
import Synchronization
import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The one door to standard output (the answer) and standard error (the narration).
package enum Output {
  /// Writes the answer, or a part of it, as it is.
  ///
  /// Where that fails, the verb goes on: what it has begun is not left half done because nobody could
  /// be told. ``Command/launch()`` reports it at the end; a verb with nothing but an answer that goes
  /// on and on asks ``requireWritten()``.
  package static func write(_ text: String) { answer(Array(text.utf8)) }

  /// Writes a part of an answer that may be no text.
  package static func write(_ bytes: [UInt8]) { answer(bytes) }

  /// Writes one line of the answer.
  package static func line(_ text: String) { write(text + "\n") }

  /// Writes the answer as one JSON document: sorted keys, slashes unescaped, one newline at the end.
  ///
  /// `value` encodes to an object; ``Versioned`` adds the version.
  package static func json<Answer: Encodable>(_ value: Answer) throws {
    answer(try document(value))
  }

  /// The document that ``json(_:)`` writes.
  package static func document<Answer: Encodable>(_ value: Answer) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    return Array(try encoder.encode(Versioned(answer: value))) + [UInt8(ascii: "\n")]
  }

  /// Why the answer, or a part of it, could not be written; 0 where it was. A reader that went away is
  /// no trouble of the answer's.
  private static let trouble = Atomic<Int32>(0)

  /// Makes sure that all of the answer so far was written.
  ///
  /// - Throws: status 128 with the reason, as git does for its answers.
  package static func requireWritten() throws(Failure) {
    let number = trouble.load(ordering: .relaxed)
    guard number != 0 else { return }
    throw Failure(
      "cannot write to standard output: \(Errno(rawValue: number))", status: .cannotStart)
  }

  /// Writes a table: header in capitals, two spaces between the columns, the last one unpadded; cut
  /// to its columns on a terminal.
  ///
  /// An empty table writes nothing.
  package static func table(header: [String], rows: [[String]]) {
    guard !rows.isEmpty else { return }
    write(Table(header: header, rows: rows).fitted().text)
  }

  /// Tells the user something on standard error, as it is.
  package static func narrate(_ text: String) { report(text + "\n") }

  /// Warns on standard error.
  package static func warn(_ text: String) { report(label("warning:", .yellow) + " \(text)\n") }

  /// Gives a hint on standard error.
  package static func hint(_ text: String) { report(label("hint:", .cyan) + " \(text)\n") }

  /// Reports a failure on standard error: its error line, the other program's words, its hints.
  package static func report(_ failure: Failure) {
    report(label("error:", .red) + " \(failure.message)\n" + reasons(of: failure))
  }

  /// Warns of what went wrong on the way of something that goes on: a line, and what a failure has
  /// besides its message.
  package static func warn(_ text: String, because failure: Failure) {
    report(label("warning:", .yellow) + " \(text)\n" + reasons(of: failure))
  }

  private static func reasons(of failure: Failure) -> String {
    var text = ""
    for line in (failure.detail ?? "").split(separator: "\n") { text += "  \(line)\n" }
    for hint in failure.hints { text += label("hint:", .cyan) + " \(hint)\n" }
    return text
  }

  /// Writes raw text to standard error in one piece, in the place of the moving line where there is
  /// one.
  package static func report(_ text: String) {
    isMoving.withLock { isMoving in
      tell((isMoving ? erasure : "") + text)
      isMoving = false
    }
  }

  /// Shows a line on standard error, a terminal, which the next one takes the place of, and so does
  /// anything else that is written there; nil removes it.
  static func move(_ line: String?) {
    isMoving.withLock { isMoving in
      if let line {
        tell(erasure + line)
      } else if isMoving {
        tell(erasure)
      }
      isMoving = line != nil
    }
  }

  /// Whether the cursor stands behind a moving line.
  private static let isMoving = Mutex<Bool>(false)
  /// Goes to the beginning of the line and clears it (ECMA-48, EL).
  private static let erasure = "\r\u{1B}[K"

  private static func tell(_ text: String) { _ = writeAll(Array(text.utf8), to: STDERR_FILENO) }

  private static func label(_ word: String, _ colour: Colour) -> String {
    colour.paint(word, when: Terminal.allowsColour(onTerminal: Terminal.errorIsTerminal))
  }

  /// Writes a part of the answer; after one that could not be written no further one is, for the
  /// answer would have a hole.
  private static func answer(_ bytes: [UInt8]) {
    guard trouble.load(ordering: .relaxed) == 0 else { return }
    let error = writeAll(bytes, to: STDOUT_FILENO)
    if error != 0, error != EPIPE { trouble.store(error, ordering: .relaxed) }
  }

  /// Gives the number of the error that kept it from being written; 0 for none.
  private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { systemWrite(descriptor, $0.baseAddress, $0.count) }
      let error = count < 0 ? errno : 0
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if error == EAGAIN {
        var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&ready, 1, -1)
      } else if error != EINTR {
        return error == 0 ? EIO : error
      }
    }
    return 0
  }

  private static func systemWrite(
    _ descriptor: Int32, _ start: UnsafeRawPointer?, _ count: Int
  ) -> Int {
    #if canImport(Glibc)
      Glibc.write(descriptor, start, count)
    #else
      Darwin.write(descriptor, start, count)
    #endif
  }
}

/// An answer with the version of its schema beside its own keys.
private struct Versioned<Answer: Encodable>: Encodable {
  let answer: Answer

  private enum Key: CodingKey { case version }

  func encode(to encoder: any Encoder) throws {
    try answer.encode(to: encoder)
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(1, forKey: .version)
  }
}

/// Columns of text laid out for a person.
package struct Table: Sendable {
  package let header: [String]
  package let rows: [[String]]

  package init(header: [String], rows: [[String]]) {
    self.header = header
    self.rows = rows
  }

  /// The table's lines, each ended by a newline.
  package var text: String {
    let lines = ([header] + rows).map { $0.map(\.masked) }
    var widths = [Int](repeating: 0, count: header.count)
    for line in lines {
      for (column, cell) in line.enumerated() { widths[column] = max(widths[column], cell.count) }
    }
    return lines.map { line in
      let cells = line.enumerated().map { column, cell in
        column == line.count - 1
          ? cell : cell + String(repeating: " ", count: widths[column] - cell.count)
      }
      return cells.joined(separator: "  ").trimmingTrailingBlanks + "\n"
    }.joined()
  }
}

extension String {
  fileprivate var trimmingTrailingBlanks: String {
    var text = self[...]
    while text.last == " " { text = text.dropLast() }
    return String(text)
  }
}
