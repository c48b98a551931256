package import PikoCore
package import SystemPackage

extension YAML {
  /// The greatest size of a file: configuration is written by hand.
  static let maximumSize = 1 << 20

  /// The document in `bytes`, which were read from `file`.
  ///
  /// A byte order mark is passed over. Refused, with the place: what is not UTF-8 or no YAML, a key
  /// given twice, a second document, an unknown alias, aliases that expand beyond measure.
  /// - Throws: a ``Failure`` with status 128 whose message begins with `FILE:LINE:COLUMN:`.
  package init(
    parsing bytes: [UInt8], from file: FilePath, for purpose: Purpose = .configuration
  ) throws(Failure) {
    self = try YAML.reading(bytes, from: file, for: purpose).yaml
  }

  /// The document, and for ``Purpose/check`` what is wrong in it and was passed over, in order.
  static func reading(
    _ bytes: [UInt8], from file: FilePath, for purpose: Purpose
  ) throws(Failure) -> (yaml: YAML, mistakes: [Failure]) {
    let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let text = bytes.starts(with: byteOrderMark) ? Array(bytes.dropFirst(3)) : bytes
    do {
      try Self.checkEncoding(of: text)
      var reading = try YAMLReading(text, purpose)
      let root = try reading.document()
      return (
        YAML(file: file, root: root), reading.mistakes.map { failure($0, in: file) }
      )
    } catch {
      throw failure(error, in: file)
    }
  }

  private static func failure(_ mistake: YAMLMistake, in file: FilePath) -> Failure {
    Failure(at: Origin(file, mistake.position), mistake.reason, hints: mistake.hints)
  }

  /// Another program's file, to say where something in it stands; nil where it cannot be read.
  package static func places(in file: FilePath) -> YAML? {
    guard let bytes = try? ConfigurationFile.bytes(of: file) else { return nil }
    return try? YAML(parsing: bytes, from: file, for: .places)
  }

  /// Refuses what is not UTF-8: libyaml would too, but cannot say where.
  private static func checkEncoding(of bytes: [UInt8]) throws(YAMLMistake) {
    var decoder = Unicode.UTF8.ForwardParser()
    var input = bytes.makeIterator()
    var (line, column) = (1, 1)
    while true {
      switch decoder.parseScalar(from: &input) {
      case .valid(let encoded):
        let isNewline = encoded.first == 0x0A
        (line, column) = isNewline ? (line + 1, 1) : (line, column + 1)
        let byte = encoded.first ?? 0
        if encoded.count == 1, byte < 0x20 && ![0x09, 0x0A, 0x0D].contains(byte) || byte == 0x7F {
          throw YAMLMistake(
            Position(line: line, column: column - 1), "a control character that YAML does not allow"
          )
        }
      case .emptyInput: return
      case .error: throw YAMLMistake(Position(line: line, column: column), "not UTF-8 text")
      }
    }
  }
}

/// What is wrong in a YAML file, and where.
struct YAMLMistake: Error {
  let position: YAML.Position
  let reason: String
  let hints: [String]

  init(_ position: YAML.Position, _ reason: String, hint: String? = nil) {
    self.position = position
    self.reason = reason
    hints = hint.map { [$0] } ?? []
  }
}
